"""What smart playlists hold, asked of the database each time: nothing of it is kept.

An answer has a time limit, so that rules which no index helps cannot keep a large library busy.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, NotFound, Unavailable
from mcma.domain.smartrules import MOST_TRACKS, Rules, parsed, plain
from mcma.store.clock import utcnow
from mcma.store.dialect import limited
from mcma.store.queries import smart as queries
from mcma.store.queries.rows import track_views
from mcma.store.queries.smart import Asked
from mcma.store.tables.listening import playlists
from mcma.store.tables.people import users
from mcma_plugins.ids import PlaylistId, UserId
from mcma_plugins.values import Caller, TrackView

BUDGET_SECONDS = 3.0


class Totals(NamedTuple):
    songs: int
    """`MOST_TRACKS` at most."""
    duration_ms: int


def asked_by(caller: Caller, rules: Rules) -> Asked:
    """One's own rules."""
    return Asked(rules, caller, caller, utcnow())


async def asked_of(connection: AsyncConnection, reader: Caller, id_: PlaylistId) -> Asked:
    """The rules of a smart playlist, for somebody who may see it. `NotFound` for one that is not smart,
    `Unavailable` for rules of another version."""
    query = sa.select(playlists.c.rules, users.c.id, users.c.name, users.c.is_admin)
    chosen = query.join(users, users.c.id == playlists.c.owner_id).where(playlists.c.id == id_)
    row = (await connection.execute(chosen)).one_or_none()
    if row is None or row.rules is None:
        raise NotFound("There is no such smart playlist.")
    return Asked(_known(row.rules), Caller(UserId(row.id), row.name, row.is_admin), reader, utcnow())


def _known(document: Mapping[str, Any]) -> Rules:
    try:
        return parsed(document)
    except InvalidInput as error:
        raise Unavailable(
            f"This version does not know these rules: {error.message}", code="rules_unknown"
        ) from error


async def page(connection: AsyncConnection, asked: Asked, limit: int, offset: int = 0) -> list[TrackView]:
    rows = await _rows(connection, queries.page(asked, limit, offset), {"caller": asked.reader.user_id})
    return track_views(list(zip(*rows, strict=True)))


async def held(connection: AsyncConnection, asked: Asked, most: int = MOST_TRACKS) -> list[UUID]:
    return [row.id for row in await _rows(connection, queries.ids(asked, most), {})]


async def totals(connection: AsyncConnection, asked: Asked) -> Totals:
    [row] = await _rows(connection, queries.totals(asked), {})
    return Totals(*row)


async def columns(connection: AsyncConnection, owner: Caller, rules: Rules) -> dict[str, Any]:
    """What is kept of a smart playlist: its rules, and what they come to for its owner."""
    songs, duration = await totals(connection, asked_by(owner, rules))
    return {"rules": plain(rules), "song_count": songs, "duration_ms": duration}


async def _rows(connection: AsyncConnection, query: sa.Select[Any], values: Mapping[str, Any]) -> Any:
    try:
        async with limited(connection, BUDGET_SECONDS):
            return (await connection.execute(query, dict(values))).all()
    except TimeoutError:
        raise Unavailable(
            "These rules take too long in a library of this size.",
            code="rules_too_slow",
            hint="Narrow them down, or sort by title.",
        ) from None
