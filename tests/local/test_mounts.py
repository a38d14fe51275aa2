"""Which folders have to be polled, by the table of mounts."""

import os
from pathlib import Path

import pytest

from mcma_local.mounts import network_reason

TABLE = r"""
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:30 / /mnt/nas rw - nfs4 nas:/music rw,vers=4.2
31 21 0:31 / /mnt/my\040music rw shared:7 master:2 - cifs //nas/music rw
32 21 0:32 / /mnt/remote rw - fuse.sshfs me@host: rw
33 30 0:33 / /mnt/nas/local rw - btrfs /dev/sdb rw
34 21 0:34 / /mnt/usb rw - fuseblk /dev/sdc1 rw
35 21 0:35 / /mnt/over rw - nfs nas:/x rw
36 21 0:36 / /mnt/over rw - ext4 /dev/sdd rw
37 21 0:37 / /srv/music/far rw - 9p host rw
nonsense
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ann/music", None),
        ("/mnt/nas", "nfs4"),
        ("/mnt/nas/Ann", "nfs4"),
        ("/mnt/nas2", None),
        ("/mnt/my music/Ann", "cifs"),
        ("/mnt/remote/x", "fuse.sshfs"),
        ("/mnt/nas/local/x", None),
        ("/mnt/usb", None),
        ("/mnt/over", None),
        ("/srv/music", "9p"),
        ("/srv/music/near", None),
    ],
)
def test_the_file_system_decides(tmp_path: Path, folder: str, kind: str | None) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE)
    reason = network_reason(os.fsencode(folder), table)
    assert reason == (None if kind is None else f"{kind} does not tell of changes made elsewhere")


def test_links_lead_to_what_counts(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"1 1 0:1 / {tmp_path}/far rw - nfs x rw\n2 1 0:2 / / rw - ext4 y rw\n")
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far")
    assert network_reason(bytes(tmp_path / "link"), table)


def test_without_a_table_everything_is_local(tmp_path: Path) -> None:
    assert network_reason(b"/", tmp_path / "none") is None


def test_this_machine(tmp_path: Path) -> None:
    network_reason(bytes(tmp_path))
