"""Music on this machine: what is pinned is fetched, verified, and found again by its track.

A file is written to a part beside its place, and gets its name when it is whole: a name is a whole file,
whatever ended the process. Bytes of a file id never change, so a part goes on where it was.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mcma_client import items
from mcma_client.api import DELAYS, Api
from mcma_client.errors import BadAnswer, ClientError, DiskFull, Refused, Unreachable
from mcma_client.overlay import Overlay
from mcma_client.store import Store

PINS = ("track", "album", "playlist", "likes")
_HOPS = 5
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Fetched(NamedTuple):
    track_id: str
    path: Path


@dataclass
class Files:
    store: Store
    folder: Path

    def pin(self, kind: str, id_: str = "") -> None:
        """`likes` has no id."""
        if kind not in PINS:
            raise ClientError(f"There are pins of {', '.join(PINS)}.")
        with self.store.write() as connection:
            connection.execute("INSERT OR IGNORE INTO pins VALUES (?, ?)", (kind, id_))

    def unpin(self, kind: str, id_: str = "") -> None:
        with self.store.write() as connection:
            connection.execute("DELETE FROM pins WHERE kind = ? AND id = ?", (kind, id_))

    def pins(self) -> list[tuple[str, str]]:
        return [(kind, id_) for kind, id_ in self.store.rows("SELECT kind, id FROM pins ORDER BY kind, id")]

    def wanted(self) -> list[str]:
        """Tracks that are pinned, each once."""
        found = (track for kind, id_ in self.pins() for track in self._tracks(kind, id_))
        return list(dict.fromkeys(found))

    def _tracks(self, kind: str, id_: str) -> list[str]:
        if kind == "album":
            album = items.resolved(self.store, "album@1", id_)
            return [one.id for one in items.listed(self.store, "track@1", album)]
        if kind == "playlist":
            return Overlay(self.store).tracks(id_)
        if kind == "likes":
            return [one.id for one in Overlay(self.store).liked("track")]
        return [items.resolved(self.store, "track@1", id_)]

    def path(self, track_id: str) -> Path | None:
        """Of the file that is here, if one is."""
        query = "SELECT name FROM files WHERE track_id = ?"
        found = self.store.rows(query, items.resolved(self.store, "track@1", track_id))
        path = self.folder / str(found[0][0]) if found else None
        return path if path is not None and path.is_file() else None

    def here(self) -> list[str]:
        return [str(one) for (one,) in self.store.rows("SELECT track_id FROM files ORDER BY track_id")]

    def fetch(self, api: Api, failed: Callable[[str, ClientError], None]) -> Iterator[Fetched]:
        """What is pinned and not here. One that cannot be had is told to `failed`, and the next one follows;
        a full disk and a server that is gone end it."""
        for track_id in self.wanted():
            try:
                if fetched := self._fetch(api, track_id):
                    yield fetched
            except (Unreachable, DiskFull):
                raise
            except ClientError as error:
                failed(track_id, error)

    def tidy(self) -> int:
        """Delete what no pin wants any more. Returns how many files went."""
        unwanted = set(self.here()) - set(self.wanted())
        for track_id in unwanted:
            self._forget(track_id)
        return len(unwanted)

    def _forget(self, track_id: str) -> None:
        """The row goes first: one without a file would promise music."""
        [(name,)] = self.store.rows("SELECT name FROM files WHERE track_id = ?", track_id)
        with self.store.write() as connection:
            connection.execute("DELETE FROM files WHERE track_id = ?", (track_id,))
        (self.folder / str(name)).unlink(missing_ok=True)

    def _fetch(self, api: Api, track_id: str) -> Fetched | None:
        track = items.get(self.store, "track@1", track_id)
        file_id = track.data.get("file_id") if track is not None else None
        if file_id is None:
            raise ClientError("There is no such track, or it has no file now.")
        known = self.store.rows("SELECT file_id FROM files WHERE track_id = ?", track_id)
        if known and known[0][0] == file_id and self.path(track_id) is not None:
            return None
        path = self._had(api, str(file_id))
        self._noted(track_id, str(file_id), path)
        return Fetched(track_id, path)

    def _had(self, api: Api, file_id: str) -> Path:
        """Of the file, or of the one that is in its place by now."""
        for _ in range(_HOPS):
            try:
                return self._downloaded(api, file_id)
            except Refused as error:
                following = error.more.get("replaced_by")
                if error.status != 410 or not isinstance(following, str):
                    raise
                file_id = following
        raise BadAnswer("The server leads from file to file.")

    def _downloaded(self, api: Api, file_id: str) -> Path:
        if not all(letter in "0123456789abcdef-" for letter in file_id):
            raise BadAnswer("The server names a file by what is no id.")
        path = self.folder / file_id[-2:] / file_id
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_name(f"{file_id}.part")
            self._completed(api, file_id, part)
            part.replace(path)
        return path

    def _completed(self, api: Api, file_id: str, part: Path) -> None:
        file = items.get(self.store, "track_file@1", file_id)
        size, sha256 = (file.data.get("size"), file.data.get("sha256")) if file is not None else (None, None)
        for delay in (*DELAYS, None):
            try:
                whole = _received(api, file_id, part)
                break
            except Unreachable:
                if delay is None:
                    raise
                api.sleep(delay)
        else:
            raise AssertionError("unreachable: the last try succeeds or raises")
        wrong = part.stat().st_size != (whole if size is None else size)
        if wrong or (sha256 is not None and _sum_of(part) != sha256):
            part.unlink()
            raise BadAnswer("What came is not the file: it is fetched again the next time.")

    def _noted(self, track_id: str, file_id: str, path: Path) -> None:
        before = self.store.rows("SELECT name FROM files WHERE track_id = ?", track_id)
        name = path.relative_to(self.folder).as_posix()
        row = (track_id, file_id, name, path.stat().st_size)
        with self.store.write() as connection:
            connection.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)
        for (old,) in before:
            if old != name:
                (self.folder / str(old)).unlink(missing_ok=True)


def _received(api: Api, file_id: str, part: Path) -> int:
    """Appends what is missing. Returns how large the file is, as the server says."""
    held = part.stat().st_size if part.exists() else 0
    headers = {"accept-encoding": "identity"}
    if held:
        headers |= {"range": f"bytes={held}-", "if-range": f'"{file_id}"'}
    try:
        with api.stream(f"/files/{file_id}/content", headers) as response:
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
