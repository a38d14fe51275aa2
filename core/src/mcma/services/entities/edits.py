"""What people say about artists, and all that is known of one. It wins over credits and enrichers, and can be
taken back."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import ARTIST_CHECKS, FORMER_IDS
from mcma.domain.artistfacts import DETAILS
from mcma.domain.credits import name_key
from mcma.domain.errors import Conflict, InvalidInput
from mcma.domain.folding import fold
from mcma.domain.statuses import MANUAL, PENDING
from mcma.services.callers import require_admin
from mcma.services.catalogue.lookup import one
from mcma.services.enriching.statuses import settle_artists
from mcma.services.entities.reading import revised
from mcma.services.entities.telling import tell_artists
from mcma.services.persons import put_words, words_left
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import artist_libraries, artists
from mcma.store.tables.naming import artist_aliases
from mcma_plugins.ids import ArtistId
from mcma_plugins.values import ArtistView, Caller, ItemKind, ItemRef


class AliasView(NamedTuple):
    name: str
    sort_name: str | None
    locale: str | None
    primary: bool
    origin: str


class ArtistDetails(NamedTuple):
    artist: ArtistView
    known: Mapping[str, Any]
    """Field to value: `DETAILS`."""
    aliases: Sequence[AliasView]
    origins: Mapping[str, str]
    """Field to who said it, where it is not the credits."""
    status: str
    rev: int


class ArtistEdits:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def details(self, caller: Caller, artist: ArtistId) -> ArtistDetails:
        """Raises `NotFound`."""
        async with self._database.read() as connection:
            view: ArtistView = await one(connection, caller, ItemKind.ARTIST, artist)
            return await _details(connection, view)

    async def named(self, caller: Caller, name: str) -> Sequence[ArtistId]:
        """All that tags, or whatever is laid over them, call so, whatever the case and accents; where there
        are none, those with such an alias. For admins."""
        require_admin(caller)
        key, shown = name_key(name), fold(name)
        called = sa.or_(artists.c.name_key == key, artists.c.sort_key == shown)
        present = sa.exists().where(artist_libraries.c.artist_id == artists.c.id)
        here = sa.select(artists.c.id).where(artists.c.deleted_at.is_(None), present)
        also = sa.select(artist_aliases.c.artist_id).where(artist_aliases.c.name_key == key)
        async with self._database.read() as connection:
            for where in (called, artists.c.id.in_(also)):
                if found := (await connection.scalars(here.where(where).order_by(artists.c.id))).all():
                    return [ArtistId(id_) for id_ in found]
        return []

    async def edit(
        self, caller: Caller, artist: ArtistId, values: Mapping[str, Any], base_rev: int | None = None
    ) -> ArtistDetails:
        """Sets fields (`domain.answers.ARTIST_CHECKS`); None takes a field back to what others say.

        For admins: `Forbidden`, `NotFound`, `InvalidInput` naming the field, `Conflict`: `rev_conflict`, and
        `mbid_taken` where another artist has the id (merge them instead).
        """
        require_admin(caller)
        said = {name: _checked(name, value) for name, value in values.items()}
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_catalogue(connection)
            view: ArtistView = await one(connection, caller, ItemKind.ARTIST, artist)
            await _check(connection, view.id, said, base_rev)
            await _store(connection, view.id, said, caller)
            await tell_artists(connection, [view.id])
            await revised(connection)
        return await self.details(caller, artist)


def _checked(name: str, value: Any) -> Any:
    if name not in ARTIST_CHECKS or name == FORMER_IDS:
        raise InvalidInput(f"{name} is no field of an artist.", code="invalid_field")
    return None if value is None else ARTIST_CHECKS[name](name, value)


async def _check(
    connection: AsyncConnection, artist: UUID, said: Mapping[str, Any], base_rev: int | None
) -> None:
    rev = await connection.scalar(sa.select(artists.c.rev).where(artists.c.id == artist))
    if base_rev is not None and rev != base_rev:
        raise Conflict(f"The artist has changed: it is at revision {rev}.", code="rev_conflict")
    if said.get("mbid") is None:
        return
    taken = artists.c.mbid == UUID(said["mbid"]), artists.c.id != artist, artists.c.deleted_at.is_(None)
    if await connection.scalar(sa.select(sa.true()).where(*taken).limit(1)):
        raise Conflict("Another artist has this id: merge them instead.", code="mbid_taken")


async def _store(connection: AsyncConnection, artist: UUID, said: Mapping[str, Any], caller: Caller) -> None:
    await put_words(connection, ItemRef(ItemKind.ARTIST, artist), said, caller)
    left = await words_left(connection, artist) & ARTIST_CHECKS.keys()
    now = {"metadata_status": MANUAL if left else PENDING, "updated_at": utcnow()}
    await connection.execute(sa.update(artists).where(artists.c.id == artist).values(now))
    await settle_artists(connection, [artist])


async def _details(connection: AsyncConnection, view: ArtistView) -> ArtistDetails:
    columns = artists.c
    query = sa.select(columns.details, columns.provenance, columns.metadata_status, columns.rev)
    row: Any = (await connection.execute(query.where(columns.id == view.id))).one()
    names = artist_aliases.c
    said = sa.select(names.name, names.sort_name, names.locale, names.is_primary, names.origin)
    said = said.where(names.artist_id == view.id).add_columns(names.name_key)
    others = (await connection.execute(said)).all()
    known = {name: (row.details or {}).get(name) for name in DETAILS}
    listed = sorted(others, key=lambda one: (one.name_key, one.name, one.origin))
    aliases = [AliasView(one.name, one.sort_name, one.locale, one.is_primary, one.origin) for one in listed]
    return ArtistDetails(view, known, aliases, row.provenance or {}, row.metadata_status, row.rev)
