"""Genres."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import PAGE, Cursor, Libraries, Limit, Words
from mcma.api.openapi import area, told
from mcma.api.paging import packed, page, unpacked
from mcma.api.routes._libraries import numbers_of
from mcma_plugins.values import GenreView

router = area("/genres", "catalogue")
GenreSort = Literal["name", "-name", "songs", "-songs", "albums", "-albums"]
Sort = Annotated[GenreSort, Query(description="Sorted by; `-` is the other direction.")]
Key = tuple[Any, str]


@router.get("", **told("List genres", "GenrePage"))
async def list_genres(
    call: SignedIn,
    q: Words = None,
    libraries: Libraries = None,
    sort: Sort = "name",
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Response:
    """With the number of their songs and albums."""
    every = await call.services.catalogue.genres(call.caller, await numbers_of(call, libraries))
    chosen = [one for one in every if one.name.casefold().startswith((q or "").casefold())]
    listed, more = _page(chosen, sort, cursor, limit)
    return page(call.request, [shapes.genre(one) for one in listed], more)


def _page(
    listed: Sequence[GenreView], sort: GenreSort, cursor: str | None, limit: int
) -> tuple[list[GenreView], str | None]:
    """There are few genres, so all are sorted here; a cursor still stays right while they change."""
    down = sort.startswith("-")
    ordered = sorted(((_key(one, sort), one) for one in listed), reverse=down)
    if cursor is not None:
        after = _position(cursor, sort)
        ordered = [(key, one) for key, one in ordered if (key < after if down else key > after)]
    shown = [one for _, one in ordered[:limit]]
    more = packed(sort, *_key(shown[-1], sort)) if len(ordered) > limit else None
    return shown, more


def _key(one: GenreView, sort: str) -> Key:
    by: dict[str, Any] = {"name": one.name.casefold(), "songs": one.song_count, "albums": one.album_count}
    return by[sort.removeprefix("-")], str(one.id)


def _position(cursor: str, sort: str) -> Key:
    kind = str if sort.endswith("name") else int
    _, value, id_ = unpacked(cursor, str, kind, str)
    return value, id_
