"""One folder, listed."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from mcma_local import links
from mcma_local.ignore import IgnoreRules
from mcma_local.names import (
    AUDIO_EXTENSIONS,
    IGNORE_FILE,
    SKIP_MARKER,
    is_junk,
    join,
    printable,
    reason_of,
    split,
)
from mcma_local.sidecars import Sidecars, is_sidecar
from mcma_plugins import FoundFile, FoundFolder, FoundProblem

Entry = os.DirEntry[bytes]
_by_name = attrgetter("name")


@dataclass(frozen=True, slots=True)
class WalkRules:
    extensions: frozenset[bytes] = frozenset(one.encode() for one in AUDIO_EXTENSIONS)
    """Lower case, without the dot."""
    follow_symlinks: bool = True
    ignore_hidden: bool = True


class Place(NamedTuple):
    """A folder to list."""

    path: bytes
    ignores: IgnoreRules
    below_link: bool = False


class Listing:
    """Reads the folder at `place` when made; no entry of it can make it raise."""

    def __init__(self, root: bytes, real_root: bytes, place: Place, rules: WalkRules) -> None:
        self._real_root = real_root
        self._place = place
        self._rules = rules
        self._full = root.rstrip(b"/") + b"/" + place.path
        self._ignores = place.ignores
        self._audio: list[tuple[Entry, os.stat_result]] = []
        self._beside: list[Entry] = []
        self._problems: list[FoundProblem] = []
        self._unknown = False
        self.skipped = False
        """The folder asks not to be listed."""
        self.folders: list[Place] = []
        self.links: list[Place] = []
        self._read()

    def folder(self) -> FoundFolder:
        return FoundFolder(self._place.path, self._files(), tuple(self._problems), self._unknown)

    # The folder itself

    def _read(self) -> None:
        try:
            with os.scandir(self._full or b"/") as found:
                entries = sorted(found, key=_by_name)
            names = {entry.name for entry in entries}
            self.skipped = SKIP_MARKER in names
            if IGNORE_FILE in names:
                self._read_ignore_file()
        except OSError as error:
            self._lost(self._place.path, error)
            return
        if not self.skipped:
            self._sort_out(entries)

    def _read_ignore_file(self) -> None:
        try:
            self._ignores, wrong = self._ignores.within(self._place.path, self._full.rstrip(b"/"))
        except OSError as error:
            raise OSError(error.errno, f".mcmaignore: {reason_of(error)}") from error
        for words in wrong:
            self._problem(join(self._place.path, IGNORE_FILE), "unreadable", words)

    def _sort_out(self, entries: list[Entry]) -> None:
        hidden = self._rules.ignore_hidden
        for entry in entries:
            name = entry.name
            if (hidden and name.startswith(b".")) or is_junk(name):
                continue
            try:
                self._take(entry)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._lost(join(self._place.path, name), error)

    def _take(self, entry: Entry) -> None:
        if entry.is_symlink():
            if self._rules.follow_symlinks:
                self._take_link(entry)
        elif entry.is_dir(follow_symlinks=False):
            self._add_folder(entry, self.folders)
        elif self._is_audio(entry.name):
            self._add_audio(entry, entry.stat(follow_symlinks=False))
        elif is_sidecar(entry.name):
            self._beside.append(entry)

    # Links

    def _take_link(self, entry: Entry) -> None:
        try:
            found = links.follow(self._path_of(entry), self._real_root)
        except links.LinkRefused as refused:
            self._refuse(entry, refused)
        except FileNotFoundError:
            self._dangling(entry)
        else:
            self._add_linked(entry, found)

    def _add_linked(self, entry: Entry, found: os.stat_result) -> None:
        if stat.S_ISDIR(found.st_mode):
            self._add_folder(entry, self.links)
        elif self._is_audio(entry.name):
            self._add_audio(entry, found)
        elif is_sidecar(entry.name):
            self._beside.append(entry)

    def _refuse(self, entry: Entry, refused: links.LinkRefused) -> None:
        path = join(self._place.path, entry.name)
        if not self._hides_any(path):
            self._problem(path, refused.reason, f"This link {refused}.")

    def _dangling(self, entry: Entry) -> None:
        """The name says what it was; a folder is kept as it was known, for its target may come back."""
        path = join(self._place.path, entry.name)
        if self._hides_any(path):
            return
        if self._is_audio(entry.name) or is_sidecar(entry.name):
            self._problem(path, "unreadable", "This link leads to nothing.")
        else:
            self._add_folder(entry, self.links)

    # What is kept

    def _add_folder(self, entry: Entry, into: list[Place]) -> None:
        path = join(self._place.path, entry.name)
        if not self._ignores.hides(path, folder=True):
            linked = self._place.below_link or into is self.links
            into.append(Place(path, self._ignores, linked))

    def _add_audio(self, entry: Entry, found: os.stat_result) -> None:
        path = join(self._place.path, entry.name)
        if self._ignores.hides(path, folder=False):
            return
        if stat.S_ISREG(found.st_mode):
            self._audio.append((entry, found))
        else:
            self._problem(path, "not_regular", f"This is {_kind(found)}, not a file.")

    def _files(self) -> tuple[FoundFile, ...]:
        if not self._audio:
            return ()
        sidecars = Sidecars()
        for entry in self._beside:
            sidecars.add(entry, self._sidecar_stat)
        return tuple(
            FoundFile(
                entry.name,
                found.st_size,
                found.st_mtime_ns,
                found.st_ino,
                *sidecars.of(split(entry.name)[0]),
            )
            for entry, found in self._audio
        )

    def _sidecar_stat(self, entry: Entry) -> os.stat_result | None:
        if self._ignores.hides(join(self._place.path, entry.name), folder=False):
            return None
        try:
            found = entry.stat()
        except OSError:
            return None
        return found if stat.S_ISREG(found.st_mode) else None

    # What is not

    def _lost(self, path: bytes, error: OSError) -> None:
        """Something is there that cannot be looked at: absence from the listing means nothing."""
        self._unknown = True
        self._problem(path, "unreadable", f"'{printable(path)}' cannot be read: {reason_of(error)}.")

    def _problem(self, path: bytes, reason: str, words: str) -> None:
        self._problems.append(FoundProblem(path, reason, words))

    def _hides_any(self, path: bytes) -> bool:
        return self._ignores.hides(path, folder=False) or self._ignores.hides(path, folder=True)

    def _is_audio(self, name: bytes) -> bool:
        return split(name)[1] in self._rules.extensions

    def _path_of(self, entry: Entry) -> bytes:
        return self._full.rstrip(b"/") + b"/" + entry.name


_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)


def _kind(found: os.stat_result) -> str:
    return next((words for test, words in _KINDS if test(found.st_mode)), "something special")
