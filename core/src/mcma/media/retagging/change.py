"""What is to be done to the tags of one file."""

from typing import NamedTuple

from mcma.domain.tagfields import Texts, is_meant


class Cover(NamedTuple):
    data: bytes
    mime: str
    width: int
    height: int


class Change(NamedTuple):
    keys: frozenset[str]
    """Common names: whatever the tags say under them goes."""
    texts: Texts
    """What they say instead."""
    cover: Cover | None = None

    def drops(self, key: str) -> bool:
        return is_meant(key, self.keys)


class Unwritable(Exception):
    """Nothing was written; `reason` is one word for programs."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message
