"""Tracks that are like some others, as one caller may have them: found by a fixed number of index walks,
judged by `domain.similarity`. Four queries, whatever the size of the library."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from asyncpg.pgproto import pgproto
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import name_key
from mcma.domain.similarity import Evidence, Facts, Named, Profile, profile_of, reasons_of, score_of
from mcma.domain.variety import Choice
from mcma.services.radio.sounds import Sounds, absent
from mcma.store.access import Sight, sight
from mcma.store.engine import Database
from mcma.store.queries import similar as walks
from mcma.store.queries.prepared import Columns
from mcma_plugins.suggestions import Note, Reason
from mcma_plugins.values import Caller

DISLIKED = 1
SOUNDS = 100
"""Asked of each plugin that compares sound."""
_UUID: Callable[[str], UUID] = pgproto.UUID


class Candidate(NamedTuple):
    facts: Facts
    score: float
    reasons: tuple[Reason, ...]

    @property
    def choice(self) -> Choice:
        artists = self.facts.artists
        return Choice(self.facts.id, self.score, artists[0].id if artists else None, self.facts.album_id)


class Around(NamedTuple):
    candidates: list[Candidate]
    """In no order."""
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is not to be suggested."""

    tracks: Collection[UUID] = ()
    albums: Collection[UUID] = ()
    artists: Collection[UUID] = ()
    radio: UUID | None = None
    """Nothing that this radio has given."""

    def takes(self, facts: Facts) -> bool:
        return not (
            facts.id in self.tracks
            or facts.album_id in self.albums
            or (facts.artists and facts.artists[0].id in self.artists)
        )


NOTHING_LEFT_OUT = Leaving()


class Likeness:
    def __init__(self, database: Database, sounds: Sounds = absent) -> None:
        self._database, self._sounds = database, sounds

    async def around(
        self, caller: Caller, seeds: Sequence[UUID], random: Random, leaving: Leaving = NOTHING_LEFT_OUT
    ) -> Around:
        """Around at most `walks.SEEDS` tracks. Those themselves, other releases of the same recordings and
        what the caller gave one star are left out."""
        chosen = list(seeds[: walks.SEEDS])
        heard = await self._sounds(chosen, SOUNDS)
        search = _Search(sight(caller), random, leaving)
        async with self._database.read() as connection:
            known = await search.facts(connection, chosen, shown=False)
            found = _Found(known)
            if known:
                await search.walk(connection, known, found)
                await search.heard(connection, heard.scores, found)
        return Around(found.judged(search.profile, leaving), heard.notes)


class _Found:
    """Evidence by track."""

    def __init__(self, seeds: Sequence[Facts]) -> None:
        self._seeds = seeds
        self._facts: dict[UUID, Facts] = {}
        self._evidence: dict[UUID, Evidence] = {}

    def add(self, facts: Facts, liked: bool, rating: int | None) -> None:
        if facts.id not in self._facts:
            self._facts[facts.id] = facts
            self._evidence[facts.id] = Evidence(liked=liked, rating=rating)

    def together(self, id_: UUID, score: float) -> None:
        held = self._evidence[id_]
        self._evidence[id_] = held._replace(together=held.together + score)

    def knows(self, id_: UUID) -> bool:
        return id_ in self._facts

    def hears(self, id_: UUID, score: float) -> None:
        self._evidence[id_] = self._evidence[id_]._replace(sound=score)

    def judged(self, profile: Profile, leaving: Leaving) -> list[Candidate]:
        recordings = {one.recording_id for one in self._seeds if one.recording_id}
        themselves = {one.id for one in self._seeds}
        made: list[Candidate] = []
        for id_, facts in self._facts.items():
            evidence = self._evidence[id_]
            if id_ in themselves or facts.recording_id in recordings or evidence.rating == DISLIKED:
                continue
            if leaving.takes(facts) and (reasons := reasons_of(profile, facts, evidence)):
                made.append(Candidate(facts, score_of(reasons), reasons))
                if facts.recording_id:
                    recordings.add(facts.recording_id)
        return made


class _Search:
    """One search of one caller."""

    def __init__(self, seen: Sight, random: Random, leaving: Leaving) -> None:
        self._seen, self._random, self._leaving = seen, random, leaving
        self.profile = Profile()

    async def facts(self, connection: AsyncConnection, ids: Sequence[UUID], *, shown: bool) -> list[Facts]:
        columns = await self._features(connection, ids, shown=shown)
        return [facts for facts, _, _ in rows_of(columns)]

    async def _features(self, connection: AsyncConnection, ids: Sequence[UUID], *, shown: bool) -> Columns:
        if not ids:
            return []
        size = next(size for size in (1, walks.SEEDS, 500) if size >= len(ids))
        prepared = walks.facts(self._seen.scope, size, shown)
        return await prepared.columns(connection, self._seen.values | walks.filled("id", ids, size))

    async def walk(self, connection: AsyncConnection, seeds: Sequence[Facts], found: _Found) -> None:
        ids = [one.id for one in seeds]
        artists = _artists(seeds)
        values = self._seen.values | walks.filled("seed", ids, walks.SEEDS)
        asked = values | walks.filled("artist", artists, walks.ARTISTS)
        standing = _Standing(await walks.standing(self._seen.scope).columns(connection, asked))
        self.profile = profile_of(seeds, standing.songs_of_genre, standing.songs)
        values = asked | self._starts(artists, standing) | {"radio": self._leaving.radio}
        prepared = walks.candidates(self._seen.scope, self._leaving.radio is not None)
        columns = await prepared.columns(connection, values)
        if columns:
            for (facts, liked, rating), walk, value in zip(
                rows_of(columns[2:]), columns[0], columns[1], strict=True
            ):
                found.add(facts, liked, rating)
                if walk == "together":
                    found.together(facts.id, value)

    def _starts(self, artists: Sequence[UUID], standing: "_Standing") -> dict[str, Any]:
        """Where each walk begins: anywhere, as long as it does not run into the end too soon."""
        random, values = self._random, dict[str, Any]()
        for place in range(walks.ARTISTS):
            songs = standing.songs_of_artist.get(artists[place], 0) if place < len(artists) else 0
            last = min(max(0, songs - walks.OF_ARTIST), walks.OFFSET)
            values[f"artist_at_{place}"] = random.randint(0, last)
        best = sorted(self.profile.genres.items(), key=lambda one: (-one[1], one[0]))
        named = [standing.genres[key] for key, _ in best if key in standing.genres][: walks.GENRES]
        values |= walks.filled("genre", [id_ for id_, _ in named], walks.GENRES)
        for place in range(walks.GENRES):
            songs = named[place][1] if place < len(named) else 1
            values[f"genre_from_{place}"] = random.random() * max(0.0, 1 - 1.5 * walks.OF_GENRE / songs)
        known = sorted(set(self.profile.years))
        years = random.sample(known, min(len(known), walks.YEARS))
        near = [year + step for year in years[:1] for step in (-1, 1)] if len(years) == 1 else []
        for place, year in enumerate([*years, *near, 0, 0, 0][: walks.YEARS]):
            values[f"year_{place}"] = year
        return values | {"year_from": random.random() * 0.9}

    async def heard(self, connection: AsyncConnection, scores: Mapping[UUID, float], found: _Found) -> None:
        """What plugins found, as far as the caller may see it."""
        unknown = [id_ for id_ in scores if not found.knows(id_)][:500]
        for facts, liked, rating in rows_of(await self._features(connection, unknown, shown=True)):
            found.add(facts, liked, rating)
        for id_, score in scores.items():
            if found.knows(id_):
                found.hears(id_, score)


class _Standing:
    """How many songs: of genres and artists, and in all."""

    def __init__(self, columns: Columns) -> None:
        self.genres: dict[str, tuple[UUID, int]] = {}
        self.songs_of_artist: dict[UUID, int] = {}
        self.songs = 0
        for what, id_, name, songs in zip(*columns, strict=True):
            if what == "genre":
                self.genres[name_key(name)] = (id_, int(songs))
            elif what == "artist":
                self.songs_of_artist[id_] = int(songs)
            else:
                self.songs = int(songs or 0)

    @property
    def songs_of_genre(self) -> dict[str, int]:
        return {key: songs for key, (_, songs) in self.genres.items()}


def _artists(seeds: Sequence[Facts]) -> list[UUID]:
    """Main ones first, those of most seeds first."""
    count: dict[UUID, tuple[int, int]] = {}
    for one in seeds:
        for weight, people in ((0, one.artists), (1, one.others)):
            for who in people:
                main, times = count.get(who.id, (weight, 0))
                count[who.id] = (min(main, weight), times - 1)
    return sorted(count, key=lambda id_: (*count[id_], id_))[: walks.ARTISTS]


def rows_of(columns: Columns) -> Iterable[tuple[Facts, bool, int | None]]:
    """(facts, liked, rating) of `walks.FEATURES`."""
    if not columns:
        return
    for id_, album, recording, year, bpm, details, of_album, liked, rating in zip(*columns, strict=True):
        doc, labels = _doc(details), _doc(of_album).get("labels") or ()
        facts = Facts(
            id_, _named(doc.get("artists")), _named([one[1:3] for one in doc.get("contributors") or ()]),
            tuple(doc.get("genres") or ()), year, bpm, tuple(doc.get("moods") or ()), tuple(labels), album,
            recording,
        )  # fmt: skip
        yield facts, liked is not None, rating


def _doc(stored: str | dict[str, Any] | None) -> dict[str, Any]:
    """PostgreSQL's driver has decoded it already."""
    if isinstance(stored, str):
        found: dict[str, Any] = orjson.loads(stored)
        return found
    return stored or {}


def _named(people: Sequence[Sequence[str]] | None) -> tuple[Named, ...]:
    return tuple([Named(_UUID(one[0]), one[1]) for one in people]) if people else ()
