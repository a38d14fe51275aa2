"""Tags as they are read here and now: with people's rules and the owner's separators."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain import naming
from mcma.domain.facts import TagFacts
from mcma.domain.naming import Naming, Separators
from mcma.services.catalogue.lookup import chunks
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.queries.prepared import Prepared
from mcma.store.tables.catalogue import artists, track_artists
from mcma.store.tables.machinery import key_values
from mcma.store.tables.naming import name_rules

OPTION = "mcma_separators"
ARTIST, LABEL = "artist", "label"
_ROW = {"namespace": "core", "key": "naming"}
_REVISION = Prepared(
    sa.select(key_values.c.value).where(*(key_values.c[name] == value for name, value in _ROW.items()))
)


def separators_of(connection: AsyncConnection) -> Separators:
    """Those of the database's connections, which the composition root sets."""
    inner = connection.sync_connection
    found = inner.get_execution_options().get(OPTION) if inner else None
    return found if isinstance(found, Separators) else Separators()


async def revision(connection: AsyncConnection) -> str | None:
    """Another one after every word of a person about names; None before the first."""
    found = await _REVISION.columns(connection, {})
    return str(found[0][0]) if found else None


async def revised(connection: AsyncConnection) -> None:
    """To be called with what a person says about names: who remembers names looks them up again."""
    row = {**_ROW, "value": str(uuid4()), "updated_at": utcnow()}
    await connection.execute(upsert(connection, key_values, ("namespace", "key")), [row])


async def read_tags(connection: AsyncConnection, said: Sequence[TagFacts]) -> list[TagFacts]:
    """In the same order. What nothing is said about costs one small query for all of them."""
    reading = Naming(await rules(connection, ARTIST), separators_of(connection))
    if not reading or not said:
        return list(said)
    whole = await _whole(connection, said, reading.separators)
    return [naming.read(tags, reading, whole) for tags in said]


async def rules(connection: AsyncConnection, kind: str) -> Mapping[str, Sequence[str]]:
    """Key to names."""
    if await revision(connection) is None:
        return {}
    query = sa.select(name_rules.c.name_key, name_rules.c.names).where(name_rules.c.kind == kind)
    return {row.name_key: tuple(row.names) for row in await connection.execute(query)}


async def add_rules(
    connection: AsyncConnection, kind: str, keys: Collection[str], names: Sequence[str], by_user: UUID | None
) -> None:
    """A person's word; a later one takes the place of an earlier one."""
    rows: list[dict[str, Any]] = [
        {"kind": kind, "name_key": key, "names": list(names), "by_user": by_user, "at": utcnow()}
        for key in sorted(keys)
    ]
    await connection.execute(upsert(connection, name_rules, ("kind", "name_key")), rows)
    await revised(connection)


async def drop_rules(connection: AsyncConnection, kind: str, keys: Collection[str]) -> None:
    here = name_rules.c.kind == kind, name_rules.c.name_key.in_(keys)
    await connection.execute(sa.delete(name_rules).where(*here))
    await revised(connection)


async def _whole(connection: AsyncConnection, said: Sequence[TagFacts], separators: Separators) -> set[str]:
    """Names that are one artist's although a separator is in them: an id says so, or a person, or tags that
    name this one as one of several."""
    keys = naming.candidates(said, separators)
    mine, other = track_artists.alias(), track_artists.alias()
    listed = (
        sa.exists()
        .where(mine.c.artist_id == artists.c.id, mine.c.role == "artist")
        .where(
            other.c.track_id == mine.c.track_id, other.c.role == "artist", other.c.position != mine.c.position
        )
    )
    surely = sa.or_(artists.c.mbid.is_not(None), artists.c.metadata_status == "manual", listed)
    query = sa.select(artists.c.name_key).where(artists.c.deleted_at.is_(None), surely)
    found: set[str] = set()
    for part in chunks(keys):
        found |= set(await connection.scalars(query.where(artists.c.name_key.in_(part))))
    return found
