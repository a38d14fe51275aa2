"""What stands below the values of enrichers: tags, what people said, and codes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.lyricranks import OF_FILES
from mcma.services.enriching.known import Base
from mcma.store.tables.catalogue import external_ids, field_values, lyrics

PERSON = "person"
IDENTIFYING = frozenset(
    ("title", "artists", "album", "album_artists", "album_version", "track", "disc", "date",
     "recording_mbid", "release_mbid", "release_track_mbid", "release_group_mbid", "isrcs", "barcode")
)  # fmt: skip
"""Fields that tell what something is: other values of these are a reason to ask again."""
_WEIGHTLESS = frozenset(("from_name", "lyrics", "comment", "genres", "moods", "bpm", "gain"))


class Details(NamedTuple):
    """By track."""

    codes: Mapping[UUID, Mapping[str, Sequence[str]]]
    values: Mapping[UUID, Sequence[Any]]
    """(field, origin, value)"""
    lyrics: Mapping[UUID, Sequence[str]]
    """Their origins."""


async def details_of(connection: AsyncConnection, ids: Collection[UUID], schemes: Collection[str]) -> Details:
    if not ids:
        return Details({}, {}, {})
    return Details(
        await _codes(connection, ids, schemes), await _values(connection, ids), await _lyrics(connection, ids)
    )


async def _codes(
    connection: AsyncConnection, ids: Collection[UUID], schemes: Collection[str]
) -> dict[UUID, dict[str, list[str]]]:
    query = (
        sa.select(external_ids.c.item_id, external_ids.c.scheme, external_ids.c.value)
        .where(external_ids.c.item_id.in_(ids), external_ids.c.scheme.in_(schemes))
        .order_by(external_ids.c.item_id, external_ids.c.scheme, external_ids.c.value)
    )
    found: dict[UUID, dict[str, list[str]]] = defaultdict(dict)
    for id_, scheme, value in await connection.execute(query):
        found[id_].setdefault(scheme, []).append(value)
    return found


async def _values(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """Long ones, such as lyrics, are there or not: what they are tells nothing."""
    value = sa.case((field_values.c.field.in_(IDENTIFYING), field_values.c.value), else_=sa.null())
    query = sa.select(
        field_values.c.item_id, field_values.c.field, field_values.c.origin,
        sa.type_coerce(value, field_values.c.value.type).label("value"),
    ).where(field_values.c.item_id.in_(ids))  # fmt: skip
    found: dict[UUID, list[Any]] = defaultdict(list)
    for id_, *rest in await connection.execute(query):
        found[id_].append(tuple(rest))
    return found


async def _lyrics(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Those of files are worth another question as long as they have no times."""
    done = sa.or_(lyrics.c.synced.is_not(None), lyrics.c.origin.not_in(OF_FILES))
    query = sa.select(lyrics.c.track_id, lyrics.c.origin).where(lyrics.c.track_id.in_(ids), done).distinct()
    found: dict[UUID, list[str]] = defaultdict(list)
    for id_, origin in await connection.execute(query):
        found[id_].append(origin)
    return found


def bases_of(rows: Sequence[Any], details: Details) -> dict[UUID, Base]:
    return {row.id: _base(row, details) for row in rows}


def _base(row: Any, details: Details) -> Base:
    values = details.values.get(row.id, ())
    guessed = set((row.tags or {}).get("from_name") or ())
    tags = {name: value for name, value in (row.tags or {}).items() if name not in guessed | _WEIGHTLESS}
    others: dict[str, dict[str, Any]] = {}
    for name, origin, value in values:
        if origin.startswith("plugin:") and name in IDENTIFYING:
            others.setdefault(origin.removeprefix("plugin:"), {})[name] = value
    person = {name: value for name, origin, value in values if origin == PERSON and name in IDENTIFYING}
    manual = row.metadata_status == "manual"
    return Base(tags, person, others, _origins(row, details, tags), row.updated_at, manual)


def _origins(row: Any, details: Details, tags: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name in tags:
        found[name].add("tag")
    for name, origin, _ in details.values.get(row.id, ()):
        found[name].add(origin)
    found["lyrics"] |= set(details.lyrics.get(row.id, ()))
    if row.artwork_id is not None and "artwork" not in found:
        found["artwork"].add("tag")
    return {name: frozenset(origins) for name, origins in found.items()}
