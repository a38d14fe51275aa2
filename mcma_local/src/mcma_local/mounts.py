"""Does the file system below a folder tell of changes? Network file systems only know of this machine's own.

inotify(7): "applications should fall back to polling" for network file systems.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TYPES = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "davfs2", "drvfs", "gfs2", "glusterfs",
        "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "prl_fs", "smb2", "smb3", "smbfs",
        "vboxsf", "virtiofs", "vmhgfs",
    }
)  # fmt: skip
_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(rb"\\([0-7]{3})")


class Mount(NamedTuple):
    point: bytes
    kind: str


def network_reason(root: bytes, table: Path = _MOUNTS) -> str | None:
    """Why a folder has to be polled: in words for people, or None. Unknown systems are taken as local."""
    try:
        mounts = list(_mounts(table.read_bytes()))
    except OSError:
        return None
    place = os.path.realpath(root)
    holder = max((one for one in mounts if _within(place, one.point)), key=_depth, default=None)
    below = (one for one in mounts if _within(one.point, place))
    for mount in (*([] if holder is None else [holder]), *below):
        if mount.kind in _TYPES or mount.kind.startswith("fuse."):
            return f"{mount.kind} does not tell of changes made elsewhere"
    return None


def _mounts(table: bytes) -> Iterator[Mount]:
    """proc(5): the mount point is the fifth field, the type comes after a lone hyphen. Of several mounts at
    one place the last is the one that is seen."""
    found: dict[bytes, Mount] = {}
    for line in table.splitlines():
        before, _, after = line.partition(b" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) >= 5 and kinds:
            point = _ESCAPED.sub(lambda octal: bytes([int(octal[1], 8)]), fields[4])
            found[point] = Mount(point, kinds[0].decode("ascii", "replace"))
    yield from found.values()


def _within(inner: bytes, outer: bytes) -> bool:
    return inner == outer or inner.startswith(outer.rstrip(b"/") + b"/")


def _depth(mount: Mount) -> int:
    return len(mount.point)
