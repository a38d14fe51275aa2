"""Cursors and page tokens: opaque to clients, and checked as anything that comes from outside."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, NamedTuple, Self
from uuid import UUID

import orjson

from mcma.domain.errors import InvalidInput
from mcma.services.sync.kinds import PLUGIN
from mcma.services.sync.scopes import MOST
from mcma.store.queries.sync_items import KINDS

LONGEST = 16_384
"""Characters: of 100 scopes it has about 6,000."""


class BadCursor(InvalidInput):
    def __init__(self) -> None:
        super().__init__("This is no cursor of this server, or not of this user.", code="bad_cursor")


class Cursor(NamedTuple):
    """Everything of these scopes up to `seq` is known."""

    epoch: str
    seq: int
    scopes: tuple[str, ...]

    def packed(self) -> str:
        return _packed([*self[:2], *self.scopes])

    @classmethod
    def unpacked(cls, text: str) -> Self:
        """Raises `BadCursor` for anything that is none."""
        epoch, seq, *scopes = _unpacked(text, (str, int))
        return cls(epoch, _counted(seq), _texts(scopes))


class Page(NamedTuple):
    """Where in a snapshot: the next of `kind` in the scope at `place` behind `item`, and what was chosen."""

    cursor: Cursor
    place: int
    kind: str
    item: UUID
    kinds: tuple[str, ...]

    def packed(self) -> str:
        epoch, seq, scopes = self.cursor
        return _packed([epoch, seq, self.place, self.kind, str(self.item), list(self.kinds), *scopes])

    @classmethod
    def unpacked(cls, text: str) -> Self:
        epoch, seq, place, kind, item, kinds, *scopes = _unpacked(text, (str, int, int, str, str, list))
        try:
            at = UUID(item)
        except ValueError:
            raise BadCursor from None
        if not 0 <= place < len(scopes) or kind not in kinds or not _are_ours(kinds):
            raise BadCursor
        return cls(Cursor(epoch, _counted(seq), _texts(scopes)), place, kind, at, _texts(kinds))


def _packed(values: list[object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _unpacked(text: str, kinds: Sequence[type]) -> list[Any]:
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if not isinstance(values, list) or [type(value) for value in values[: len(kinds)]] != list(kinds):
            raise ValueError("another kind of cursor")
    except (ValueError, TypeError, binascii.Error):
        raise BadCursor from None
    return values


def _are_ours(kinds: Sequence[object]) -> bool:
    """Each once and in order: one that came twice would be begun again for ever. Those of plugins come last;
    a plugin may be gone by now, then there is nothing of it."""
    core = [kind for kind in KINDS if kind in kinds]
    others = list(kinds[len(core) :])
    if list(kinds[: len(core)]) != core or len(set(map(str, others))) != len(others):
        return False
    return all(isinstance(one, str) and one.startswith(PLUGIN) for one in others)


def _counted(value: int) -> int:
    if not 0 <= value < 2**63:
        raise BadCursor
    return value


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    if len(values) > MOST or not all(isinstance(one, str) for one in values):
        raise BadCursor
    return tuple(str(one) for one in values)
