"""Files of an import folder, copied to where they can be read and taken in. Blocking."""

import os
from collections.abc import Sequence
from contextlib import suppress
from errno import EDQUOT, ENOSPC

from mcma.domain.errors import OutOfSpace
from mcma.domain.facts import FileProblem, ProblemReason
from mcma.media.copying import UnfitError, take_over
from mcma.services.indexing.values import ToTake, joined, parted
from mcma_plugins.sources import FoundFile


class Copies:
    """From a folder into a staging folder below the root. Paths inside stay as they are: names of folders may
    say what an untagged file is."""

    def __init__(self, source: bytes, root: bytes, staged: bytes, *, link: bool) -> None:
        self._source, self._root, self._staged, self._link = source, root, staged, link

    def make(self, path: bytes, found: FoundFile) -> ToTake | FileProblem:
        """The copy as a file to be read, its place relative to the root. Raises `OutOfSpace`; all else is a
        fault of this file."""
        inside, name = parted(path)
        folder = joined(self._staged, inside)
        target = self._root + b"/" + folder
        try:
            os.makedirs(target, exist_ok=True)  # noqa: PTH103 - bytes
            take_over(self._source + b"/" + path, target + b"/" + name, link=self._link)
            copied = os.stat(target + b"/" + name)  # noqa: PTH116 - bytes
        except UnfitError as unfit:
            return FileProblem(unfit.reason, unfit.message)
        except OSError as error:
            if error.errno in (ENOSPC, EDQUOT):
                raise OutOfSpace("The disk that holds imported music is full.") from error
            return FileProblem(ProblemReason.UNREADABLE, error.strerror or type(error).__name__)
        beside = self._sidecars(inside, target, found.sidecars)
        return ToTake(folder, found._replace(inode=copied.st_ino, sidecars=beside), None)

    def _sidecars(self, inside: bytes, target: bytes, names: Sequence[bytes]) -> tuple[bytes, ...]:
        """Music without its cover is better than none."""
        for name in names:
            with suppress(OSError, UnfitError):
                take_over(self._source + b"/" + joined(inside, name), target + b"/" + name, link=self._link)
        return tuple(name for name in names if os.path.lexists(target + b"/" + name))
