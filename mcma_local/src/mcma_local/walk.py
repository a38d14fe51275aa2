"""Every folder below a root, each once, parents before children, in an order that stays the same."""

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from mcma_local.ignore import IgnoreRules
from mcma_local.listing import Listing, Place, WalkRules
from mcma_local.root import trusted
from mcma_plugins import FoundFolder

__all__ = ["WalkRules", "walk"]

Identity = tuple[int, int]


def walk(root: bytes, rules: WalkRules | None = None) -> Iterator[FoundFolder]:
    """As `IndexableSource.walk` says; the root is looked at when the first folder is asked for."""
    yield from _Walk(trusted(root), rules or WalkRules()).folders()


@dataclass
class _Walk:
    """First the real tree, then the links to folders: a real path wins over a link to it.

    A folder's (device, inode) decides only below links. The real tree has no loops, and on file systems that
    reuse inodes a false twin there would make files vanish."""

    root: bytes
    rules: WalkRules

    def __post_init__(self) -> None:
        self._real_root = os.path.realpath(self.root)
        self._seen: set[Identity] = set()
        self._links: deque[Place] = deque()

    def folders(self) -> Iterator[FoundFolder]:
        yield from self._below(Place(b"", IgnoreRules()))
        while self._links:
            yield from self._below(self._links.popleft())

    def _below(self, top: Place) -> Iterator[FoundFolder]:
        stack = [top]
        while stack:
            place = stack.pop()
            if self._is_again(place):
                continue
            listing = Listing(self.root, self._real_root, place, self.rules)
            if listing.skipped:
                continue
            yield listing.folder()
            stack.extend(reversed(listing.folders))
            self._links.extend(listing.links)

    def _is_again(self, place: Place) -> bool:
        try:
            found = os.stat(self.root + b"/" + place.path)  # noqa: PTH116 - bytes
        except OSError:
            return False
        identity = (found.st_dev, found.st_ino)
        again = place.below_link and identity in self._seen
        self._seen.add(identity)
        return again
