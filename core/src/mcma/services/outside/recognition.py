"""What we know about things of sources: here already, in better quality, another version, on its way, new.

A fixed number of queries tells it for any number of things. Whatever the caller may not see does not count.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.folding import fold
from mcma.domain.matching import Bands
from mcma.services.catalogue.lookup import reachable
from mcma.services.matching.thresholds import bands_of
from mcma.services.outside.candidates import Pool, here_of
from mcma.services.outside.folded_keys import beginnings, named, titles_of
from mcma.services.outside.relations import NEW, Found, Known, Relation, best_of, of_album, owned
from mcma.store.engine import Database
from mcma.store.queries import outside as queries
from mcma_plugins.sources import SourceKind
from mcma_plugins.values import Caller, ItemKind

PART = 500
"""Things that are looked up at once."""


class Knowing:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, caller: Caller, found: Sequence[Found]) -> list[Known]:
        """One for each, in the same order."""
        known: list[Known] = []
        async with self._database.read() as connection:
            for start in range(0, len(found), PART):
                known += await self._part(connection, caller, found[start : start + PART])
        return known

    async def _part(self, connection: AsyncConnection, caller: Caller, found: Sequence[Found]) -> list[Known]:
        look = _Look(connection, caller, found, bands_of(connection))
        tracks = await look.tracks()
        albums = await look.albums()
        artists = await look.artists()
        coming = await look.coming()
        return [
            _settled(tracks.get(place) or albums.get(place) or artists.get(place) or NEW, one, coming)
            for place, one in enumerate(found)
        ]


def _settled(known: Known, one: Found, coming: set[tuple[str, str, str]]) -> Known:
    here = known.relation in (Relation.OWNED, Relation.OWNED_BETTER)
    if not here and (one.source, one.item.kind.value, one.item.source_id) in coming:
        return known._replace(relation=Relation.DOWNLOADING)
    return known


class _Look(NamedTuple):
    connection: AsyncConnection
    caller: Caller
    found: Sequence[Found]
    bands: Bands

    def _of(self, kind: SourceKind) -> dict[int, Found]:
        return {place: one for place, one in enumerate(self.found) if one.item.kind is kind}

    async def tracks(self) -> dict[int, Known]:
        asked = self._of(SourceKind.TRACK)
        if not asked:
            return {}
        came = await self._came(asked)
        left = {place: one for place, one in asked.items() if place not in came}
        pool = await self._pool(left)
        return came | await asyncio.to_thread(judged, left, pool, self.bands)

    async def _came(self, asked: dict[int, Found]) -> dict[int, Known]:
        """From there itself."""
        rows = await self.connection.execute(queries.referred(_by_source(asked.values())))
        refs = {(source, bytes(id_).decode()): track for source, id_, track in rows}
        if not refs:
            return {}
        leads = await reachable(self.connection, self.caller, ItemKind.TRACK, list(set(refs.values())))
        ids = list(set(leads.values()))
        rows = await self.connection.execute(queries.tracks_by_id(ids, self.caller))
        here = {one.id: one for one in map(here_of, rows)}
        made: dict[int, Known] = {}
        for place, one in asked.items():
            got = refs.get((one.source, one.item.source_id))
            if got in leads and leads[got] in here:
                made[place] = owned(here[leads[got]], one.item.audio, 1.0)
        return made

    async def _pool(self, left: dict[int, Found]) -> Pool:
        items = [one.item for one in left.values()]
        mbids = {UUID(item.recording_mbid) for item in items if item.recording_mbid}
        isrcs = {item.isrc for item in items if item.isrc}
        names = {name for item in items for name in named(item)}
        titles = {title for item in items for title in titles_of(item)}
        pool, seen = Pool(), self.caller
        if mbids:
            pool.add(await self.connection.execute(queries.tracks_recorded(mbids, seen)))
        if isrcs:
            pool.add_coded(await self.connection.execute(queries.tracks_coded(isrcs, seen)))
        if names:
            pool.add(await self.connection.execute(queries.tracks_named(names, seen)))
        if titles:
            pool.add(await self.connection.execute(queries.tracks_called(titles, seen)))
        return pool

    async def albums(self) -> dict[int, Known]:
        asked = self._of(SourceKind.ALBUM)
        names = {name for one in asked.values() for name in named(one.item)}
        if not names:
            return {}
        held: dict[str, list[Any]] = defaultdict(list)
        for row in await self.connection.execute(queries.albums_named(names, self.caller)):
            for key in beginnings(row.sort_key):
                held[key].append(row)
        return {place: of_album(one.item, held) for place, one in asked.items()}

    async def artists(self) -> dict[int, Known]:
        asked = {place: fold(one.item.title) for place, one in self._of(SourceKind.ARTIST).items()}
        if not asked:
            return {}
        held: dict[str, UUID] = {}
        for id_, key in await self.connection.execute(
            queries.artists_named(set(asked.values()), self.caller)
        ):
            held.setdefault(key, id_)
        return {
            place: Known(Relation.OWNED, artist_id=held[key]) for place, key in asked.items() if key in held
        }

    async def coming(self) -> set[tuple[str, str, str]]:
        if not self.found:
            return set()
        rows = await self.connection.execute(queries.coming(_by_source(self.found), self.caller))
        return {(source, kind, id_) for source, kind, id_ in rows}


def judged(left: dict[int, Found], pool: Pool, bands: Bands) -> dict[int, Known]:
    made = {place: best_of(one.item, pool.candidates(one.item), bands) for place, one in left.items()}
    return {place: known for place, known in made.items() if known is not None}


def _by_source(found: Iterable[Found]) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = defaultdict(list)
    for one in found:
        wanted[one.source].append(one.item.source_id)
    return wanted
