"""Similar tracks, similar artists, and the top tracks of an artist."""

from collections import defaultdict
from collections.abc import Sequence
from math import log
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import VARIOUS_ARTISTS
from mcma.domain.errors import InvalidInput
from mcma.domain.variety import LISTED, RADIO, Choice, Variety, arranged
from mcma.services.catalogue.lookup import one, some
from mcma.services.radio.likeness import Candidate, Likeness
from mcma.store.access import sight
from mcma.store.engine import Database
from mcma.store.queries import lists
from mcma.store.queries import similar as walks
from mcma.store.queries.rows import track_views
from mcma_plugins.ids import ArtistId
from mcma_plugins.suggestions import (
    ArtistSuggestion,
    Reason,
    SuggestedArtists,
    SuggestedTracks,
    Suggestion,
)
from mcma_plugins.values import ArtistView, Caller, ItemKind, ItemRef, TrackView

MOST = 500
"""Suggestions of one answer."""
_ABOUT_ARTISTS = frozenset({"same_artist"})
"""Codes that say nothing of another artist."""


class SimilarService:
    """The same question has the same answer while the library and its plays stay the same."""

    def __init__(self, database: Database, likeness: Likeness) -> None:
        self._database, self._likeness = database, likeness

    async def similar_tracks(
        self, caller: Caller, item: ItemRef, limit: int = 50, *, shuffle: int | None = None
    ) -> SuggestedTracks:
        """The best first, an artist at most three times among ten. `shuffle`: in an order that is better at
        its beginning, another one for each number."""
        seeds = await self.seeds_of(caller, item)
        random = Random(seeds[0].int if shuffle is None and seeds else shuffle)  # noqa: S311
        around = await self._likeness.around(caller, seeds, random)
        rule = LISTED if shuffle is None else RADIO
        chosen = chosen_from(around.candidates, limit, rule, random)
        return SuggestedTracks(await self.told(caller, chosen), around.notes)

    async def similar_artists(self, caller: Caller, artist_id: ArtistId, limit: int = 20) -> SuggestedArtists:
        """Those whose tracks are like this artist's."""
        seeds = await self.seeds_of(caller, ItemRef(ItemKind.ARTIST, artist_id))
        if not seeds:
            return SuggestedArtists([])
        around = await self._likeness.around(caller, seeds, Random(seeds[0].int))  # noqa: S311
        async with self._database.read() as connection:
            artist: ArtistView = await one(connection, caller, ItemKind.ARTIST, artist_id)
            best = _by_artist(around.candidates, artist)[: min(limit, MOST)]
            views = await _shown(connection, caller, ItemKind.ARTIST, [id_ for id_, _, _ in best])
        items = [ArtistSuggestion(views[id_], score, why) for id_, score, why in best if id_ in views]
        return SuggestedArtists(items, around.notes)

    async def top_tracks(self, caller: Caller, artist_id: ArtistId, limit: int = 20) -> Sequence[TrackView]:
        """Played most by everybody, then liked by most, then played most by the caller, then any."""
        async with self._database.read() as connection:
            artist: ArtistView = await one(connection, caller, ItemKind.ARTIST, artist_id)
            ids = await _top(connection, caller, artist.id, min(limit, MOST))
            views = await _shown(connection, caller, ItemKind.TRACK, ids)
        return [views[id_] for id_ in ids if id_ in views]

    async def seeds_of(self, caller: Caller, item: ItemRef) -> list[UUID]:
        """At most twelve tracks that stand for an item. `NotFound`; `InvalidInput` for kinds without."""
        if item.kind not in (ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST):
            raise InvalidInput("Only tracks, albums and artists have something similar.")
        async with self._database.read() as connection:
            found = await one(connection, caller, item.kind, item.id)
            if item.kind is ItemKind.TRACK:
                return [found.id]
            if item.kind is ItemKind.ARTIST:
                return await _top(connection, caller, found.id, walks.SEEDS)
            seen = sight(caller)
            columns = await lists.tracks_of_album(seen.scope).columns(
                connection, seen.values | {"album": found.id}
            )
            tracks = [view.id for view in track_views(columns)]
        return Random(item.id.int).sample(tracks, min(len(tracks), walks.SEEDS))  # noqa: S311

    async def told(self, caller: Caller, chosen: Sequence[Candidate]) -> list[Suggestion]:
        """With their views; what went away meanwhile is left out."""
        async with self._database.read() as connection:
            views = await _shown(connection, caller, ItemKind.TRACK, [one.facts.id for one in chosen])
        return [
            Suggestion(views[one.facts.id], one.score, one.reasons) for one in chosen if one.facts.id in views
        ]


def chosen_from(
    candidates: Sequence[Candidate],
    limit: int,
    rule: Variety,
    random: Random,
    before: Sequence[Choice] = (),
) -> list[Candidate]:
    by_id = {candidate.facts.id: candidate for candidate in candidates}
    choices = [candidate.choice for candidate in candidates]
    return [by_id[choice.id] for choice in arranged(choices, min(limit, MOST), rule, random, before)]


async def _top(connection: AsyncConnection, caller: Caller, artist: UUID, limit: int) -> list[UUID]:
    """Those of a main artist; of somebody who is none (a composer), those with any part in them."""
    seen = sight(caller)
    values = seen.values | {"caller": caller.user_id, "artist": artist, "limit": limit}
    for main in (True, False):
        columns = await walks.top_of(seen.scope, main).columns(connection, values)
        if columns:
            return list(columns[0])
    return []


async def _shown(
    connection: AsyncConnection, caller: Caller, kind: ItemKind, ids: Sequence[UUID]
) -> dict[UUID, Any]:
    return await some(connection, caller, kind, ids) if ids else {}


def _by_artist(
    candidates: Sequence[Candidate], artist: ArtistView
) -> list[tuple[UUID, float, tuple[Reason, ...]]]:
    """(artist, score, why): as their best track, and a little for each further one."""
    tracks: defaultdict[UUID, list[tuple[float, tuple[Reason, ...]]]] = defaultdict(list)
    for candidate in candidates:
        why = tuple(reason for reason in candidate.reasons if reason.code not in _ABOUT_ARTISTS)
        for who in candidate.facts.artists:
            if who.id != artist.id and who.name != VARIOUS_ARTISTS and why:
                tracks[who.id].append((sum(reason.weight for reason in why), why))
    made = []
    for id_, found in tracks.items():
        score, why = max(found, key=lambda one: one[0])
        made.append((id_, round(score + 0.2 * log(len(found)), 3), why))
    return sorted(made, key=lambda one: (-one[1], one[0]))
