"""The fields of a track: which value counts, who says it, and what everybody else says."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain import tagdocs
from mcma.domain.layering import LYRICS, Layered, layered
from mcma.domain.layerrules import DEFAULTS
from mcma.services.indexing.overlays import layering_of
from mcma.store.tables.catalogue import field_values, track_files, tracks


class SaidValue(NamedTuple):
    value: Any
    origin: str
    """tag, file_name, person, or plugin:<name of the enricher>."""
    at: datetime | None = None
    """When it was said; null of files."""
    user_id: UUID | None = None
    candidate_id: UUID | None = None
    """Which answer of an enricher it is of."""


class FieldView(NamedTuple):
    field: str
    value: Any
    """The one that counts."""
    origin: str
    rule: str
    """prefer, fill, add or off: how far enrichers go (`MCMA_ENRICH_RULES`)."""
    values: Sequence[SaidValue]


async def field_views(connection: AsyncConnection, track_id: UUID) -> list[FieldView]:
    """Of every field somebody says anything of. Lyrics have pages of their own."""
    query = (
        sa.select(track_files.c.tags, track_files.c.artwork_id)
        .join_from(tracks, track_files, track_files.c.id == tracks.c.file_id, isouter=True)
        .where(tracks.c.id == track_id)
    )
    row = (await connection.execute(query)).one()
    spoken = (await connection.execute(_spoken(track_id))).all()
    said: dict[str, dict[str, Any]] = {}
    for one in spoken:
        said.setdefault(one.origin, {})[one.field] = one.value
    file = Layered(tagdocs.from_doc(row.tags), row.artwork_id)
    rules = layering_of(connection)
    what = layered(file.tags, said, rules, file.artwork)
    views = []
    for name in (one for one in DEFAULTS if one != LYRICS):
        values = list(_values(name, file, spoken))
        if values:
            view = FieldView(name, what.value(name), what.origin(name), rules.rules[name].value, values)
            views.append(view)
    return views


def _spoken(track_id: UUID) -> sa.Select[Any]:
    columns = field_values.c
    return sa.select(field_values).where(columns.item_id == track_id).order_by(columns.field, columns.origin)


def _values(name: str, file: Layered, spoken: Sequence[Any]) -> Iterator[SaidValue]:
    value = file.value(name)
    if value is not None:
        yield SaidValue(value, file.origin(name))
    for row in spoken:
        if row.field == name:
            yield SaidValue(row.value, row.origin, row.at, row.user_id, row.candidate_id)


async def origins_of(connection: AsyncConnection, track_id: UUID) -> Mapping[str, str]:
    """Field to who says it, of those that no tag gave."""
    found = await connection.scalar(sa.select(tracks.c.provenance).where(tracks.c.id == track_id))
    return found or {}
