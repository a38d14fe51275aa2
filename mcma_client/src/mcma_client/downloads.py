"""One file, whole and verified.

It is written to a part beside its place, and gets its name when it is whole: a name is a whole file, whatever
ended the process. An ETag never names other bytes, so a part goes on where it was.
"""

import errno
import hashlib
import os
from pathlib import Path

from mcma_client import items
from mcma_client.api import DELAYS, Api
from mcma_client.errors import BadAnswer, ClientError, DiskFull, Refused, Unreachable
from mcma_client.plans import Entry, original
from mcma_client.store import Store

_HOPS = 5
_FULL = {errno.ENOSPC, errno.EDQUOT}


class NotYet(ClientError):
    """The server has something else by now, or makes it anew: the next plan knows."""


def downloaded(api: Api, store: Store, entry: Entry, folder: Path) -> tuple[Entry, Path]:
    """The entry, or that of the file in its place by now."""
    for _ in range(_HOPS):
        try:
            return entry, _whole(api, store, entry, folder)
        except Refused as error:
            following = error.more.get("replaced_by")
            if error.status == 410 and entry.original and isinstance(following, str):
                entry = _following(store, entry, following)
            elif error.status == 410 or error.code == "rendition_pending":
                raise NotYet(str(error)) from None
            else:
                raise
    raise BadAnswer("The server leads from file to file.")


def _following(store: Store, entry: Entry, file_id: str) -> Entry:
    if not items.is_id(file_id):
        raise BadAnswer("The server names a file by what is no id.")
    return original(store, entry.track_id, file_id, entry.pins)


def _whole(api: Api, store: Store, entry: Entry, folder: Path) -> Path:
    assert entry.etag is not None
    path = folder / entry.etag[-2:] / f"{entry.etag}.{entry.suffix}"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.part")
        _completed(api, store, entry, part)
        part.replace(path)
    return path


def _completed(api: Api, store: Store, entry: Entry, part: Path) -> None:
    file = items.get(store, "track_file@1", entry.file_id) if entry.original else None
    sha256 = file.data.get("sha256") if file is not None else None
    for delay in (*DELAYS, None):
        try:
            whole = _received(api, entry, part)
            break
        except Unreachable:
            if delay is None:
                raise
            api.sleep(delay)
    else:
        raise AssertionError("unreachable: the last try succeeds or raises")
    wrong = part.stat().st_size != (whole if entry.size is None else entry.size)
    if wrong or (sha256 is not None and _sum_of(part) != sha256):
        part.unlink()
        raise BadAnswer("What came is not the file: it is fetched again the next time.")


def _received(api: Api, entry: Entry, part: Path) -> int:
    """Appends what is missing. Returns how large the file is, as the server says."""
    held = part.stat().st_size if part.exists() else 0
    headers = {"accept-encoding": "identity"}
    if held:
        headers |= {"range": f"bytes={held}-", "if-range": f'"{entry.etag}"'}
    try:
        with api.stream(entry.path, headers) as response:
            if response.headers.get("etag", f'"{entry.etag}"') != f'"{entry.etag}"':
                raise NotYet("It was made anew meanwhile.")
            going_on = response.status_code == 206
            length = int(response.headers.get("content-length", 0)) + (held if going_on else 0)
            with part.open("ab" if going_on else "wb") as file:
                for piece in response.iter_bytes():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
    except Refused as error:
        if error.status != 416:
            raise
        return held  # all of it was there already, or more: the comparison tells
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(f"The disk is full: what came is in {part.parent}, and kept.") from None
    if part.stat().st_size < length:
        raise Unreachable("The file was cut off.")
    return length


def _sum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
