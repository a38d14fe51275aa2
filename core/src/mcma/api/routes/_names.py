"""Pages of genres and labels: there are few, so all are sorted here; a cursor still stays right."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from mcma.api.paging import packed, unpacked


class Named(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...


One = TypeVar("One", bound=Named)
Key = tuple[Any, str]
_FIELDS = {"songs": "song_count", "albums": "album_count"}


def named(
    every: Sequence[One], q: str | None, sort: str, cursor: str | None, limit: int
) -> tuple[list[One], str | None]:
    """Those whose names begin with `q`, and the cursor of the next page."""
    down, start = sort.startswith("-"), (q or "").casefold()
    chosen = [one for one in every if one.name.casefold().startswith(start)]
    ordered = sorted(((_key(one, sort), one) for one in chosen), reverse=down, key=lambda pair: pair[0])
    if cursor is not None:
        after = _position(cursor, sort)
        ordered = [(key, one) for key, one in ordered if (key < after if down else key > after)]
    shown = [one for _, one in ordered[:limit]]
    more = packed(sort, *_key(shown[-1], sort)) if len(ordered) > limit else None
    return shown, more


def _key(one: Named, sort: str) -> Key:
    field = _FIELDS.get(sort.removeprefix("-"))
    return one.name.casefold() if field is None else getattr(one, field), str(one.id)


def _position(cursor: str, sort: str) -> Key:
    kind = str if sort.endswith("name") else int
    _, value, id_ = unpacked(cursor, str, kind, str)
    return value, id_
