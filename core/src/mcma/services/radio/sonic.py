"""What sounds alike, and nothing else: only where a plugin compares sound. Satisfies
`mcma_plugins.services.Sonic`.

A path between two songs is made by halving: between two neighbours goes the song that is most like both taken
together (for plugins with vectors, the one nearest to the middle), and so on in each half, until the path is
long enough or nothing new is found. A level is asked for at once, so a path of 25 takes five rounds.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from mcma.domain.errors import Conflict
from mcma.services.catalogue.lookup import one, some
from mcma.services.radio.sounds import SoundAnswer, Sounds
from mcma.store.engine import Database
from mcma_plugins.ids import TrackId
from mcma_plugins.suggestions import UNKNOWN_LIKENESS, Note, SonicMatch, SonicTracks
from mcma_plugins.values import Caller, ItemKind, TrackView

MOST = 500
LONGEST_PATH = 100
MIDDLES = 40
"""Asked for between two neighbours: some may be taken, or not be the caller's to hear."""
FROM_START = 1000
"""So far from the start likeness is known; beyond, it is not."""


class SonicService:
    """`hears`: whether a plugin that compares sound runs here."""

    def __init__(self, database: Database, sounds: Sounds, hears: Callable[[], bool]) -> None:
        self._database, self._sounds, self._hears = database, sounds, hears

    @property
    def available(self) -> bool:
        return self._hears()

    async def sounding_like(self, caller: Caller, track_id: TrackId, limit: int = 10) -> SonicTracks:
        """The most alike first. `Conflict` where nothing compares sound; `NotFound`."""
        self._require()
        track = await self._track(caller, track_id)
        heard = await self._sounds([track.id], 2 * min(limit, MOST) + MIDDLES)
        views = await self._shown(caller, heard.scores)
        found = [SonicMatch(views[id_], score) for id_, score in _best(heard.scores)
                 if id_ in views and views[id_].id == id_ != track.id]  # fmt: skip
        return SonicTracks(found[: min(limit, MOST)], heard.notes)

    async def path(self, caller: Caller, start: TrackId, end: TrackId, limit: int = 25) -> SonicTracks:
        """From one song to the other, both included, without repeating a song or a recording."""
        self._require()
        first, last = await self._track(caller, start), await self._track(caller, end)
        limit = max(1, min(limit, LONGEST_PATH))
        way = _Way([first] if limit == 1 or first.id == last.id else [first, last])
        notes: set[Note] = set()
        while len(way.tracks) > 1 and (gaps := way.gaps(limit)):
            answers = await asyncio.gather(*(self._between(way.tracks[at : at + 2]) for at in gaps))
            views = await self._shown(caller, {id_ for answer in answers for id_ in answer.scores})
            notes |= {note for answer in answers for note in answer.notes}
            if not way.fill(gaps, answers, views):
                break
        near = await self._sounds([first.id], FROM_START)
        likeness = {**near.scores, first.id: 1.0}
        found = [SonicMatch(track, likeness.get(track.id, UNKNOWN_LIKENESS)) for track in way.tracks]
        return SonicTracks(found, tuple(sorted({*notes, *near.notes})))

    def _require(self) -> None:
        if not self.available:
            raise Conflict(
                "Nothing here knows how songs sound.",
                code="no_sound_comparison",
                hint="Install a plugin that compares sound.",
            )

    async def _between(self, two: Sequence[TrackView]) -> SoundAnswer:
        return await self._sounds([track.id for track in two], MIDDLES)

    async def _track(self, caller: Caller, track_id: TrackId) -> TrackView:
        async with self._database.read() as connection:
            found: TrackView = await one(connection, caller, ItemKind.TRACK, track_id)
        return found

    async def _shown(self, caller: Caller, ids: Iterable[UUID]) -> Mapping[UUID, TrackView]:
        wanted = list(ids)
        if not wanted:
            return {}
        async with self._database.read() as connection:
            return await some(connection, caller, ItemKind.TRACK, wanted)


class _Way:
    """A path that grows between its ends."""

    def __init__(self, ends: Sequence[TrackView]) -> None:
        self.tracks = list(ends)
        self._taken = {key for track in ends for key in _keys(track)}
        self._closed: set[tuple[UUID, UUID]] = set()
        """Neighbours between which nothing was found."""

    def gaps(self, limit: int) -> list[int]:
        """Places of neighbours to look between; spread evenly when there is not room for all."""
        found = [at for at in range(len(self.tracks) - 1) if self._pair(at) not in self._closed]
        room = limit - len(self.tracks)
        if room >= len(found):
            return found
        return [found[len(found) * place // room] for place in range(room)] if room > 0 else []

    def fill(
        self, gaps: Sequence[int], answers: Sequence[SoundAnswer], views: Mapping[UUID, TrackView]
    ) -> bool:
        """Whether anything was found."""
        chosen = {at: self._choose(answer, views) for at, answer in zip(gaps, answers, strict=True)}
        for at in sorted(chosen, reverse=True):
            middle = chosen[at]
            if middle is None:
                self._closed.add(self._pair(at))
            else:
                self.tracks.insert(at + 1, middle)
        return any(chosen.values())

    def _choose(self, answer: SoundAnswer, views: Mapping[UUID, TrackView]) -> TrackView | None:
        for id_, _ in _best(answer.scores):
            track = views.get(id_)
            if track is not None and not self._taken.intersection(_keys(track)):
                self._taken.update(_keys(track))
                return track
        return None

    def _pair(self, at: int) -> tuple[UUID, UUID]:
        return self.tracks[at].id, self.tracks[at + 1].id


def _best(scores: Mapping[UUID, float]) -> list[tuple[UUID, float]]:
    return sorted(scores.items(), key=lambda each: (-each[1], each[0]))


def _keys(track: TrackView) -> Sequence[UUID]:
    """The song and its recording."""
    return [track.id] if track.recording_mbid is None else [track.id, track.recording_mbid]
