"""Finds the tracks that are meant by what somebody says: by id, by where it has come from, by path, by codes,
by name, in this order.

Each way is one query for some hundred of them. What is found must be visible to the caller; when two tracks
may be meant, it is none of them by itself. Whatever is left is looked for by its words and compared as
`mcma.domain.matching` does: it may be it surely enough, or is a question to a person.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import Ambiguous, Candidate, Link, Said, bare_title, choose
from mcma.domain.folding import fold
from mcma.domain.matching import Facts
from mcma.services.catalogue.lookup import reachable
from mcma.services.claims.lookup_paths import Paths
from mcma.services.matching.blocking import NOTHING, Blocks, blocks_for
from mcma.services.matching.judging import verdict
from mcma.services.matching.library import alike
from mcma.services.matching.thresholds import bands_of
from mcma.services.matching.values import Judged, Outcome, Thing, Verdict
from mcma.store.queries import claims as queries
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller, ItemKind

CHUNK = 500
"""Of what is looked up by one query."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of one recording."""

    said: Said
    isrc: str | None = None
    recording_mbid: UUID | None = None
    track_id: UUID | None = None
    path: bytes | None = None
    link: Link | None = None

    @property
    def facts(self) -> Facts:
        mbid = None if self.recording_mbid is None else str(self.recording_mbid)
        said = self.said
        return Facts(said.title, said.artists, said.album, said.duration_ms, self.isrc, mbid)


class Match(NamedTuple):
    """`track_id` is None with the reason in `method`: nothing like it, several, or something much like it."""

    track_id: UUID | None
    method: str
    """id, source, path, path_folded, isrc, mbid, name, alike; or unknown, ambiguous, review."""
    score: float = 0.0
    found: tuple[Judged, ...] = ()
    """What was compared with it, the best first."""
    outcome: Outcome = Outcome.NONE

    @property
    def verdict(self) -> Verdict:
        thing = None if self.track_id is None else Thing(TrackId(self.track_id))
        return Verdict(self.outcome, thing, self.found[0].score if self.found else self.score)


_SURE = {"id": 1.0, "source": 1.0, "path": 1.0, "path_folded": 0.95, "isrc": 0.98, "mbid": 0.98, "name": 0.9}
UNKNOWN, AMBIGUOUS = Match(None, "unknown"), Match(None, "ambiguous")
Numbered = dict[int, Wanted]


@dataclass(slots=True)
class Matcher:
    connection: AsyncConnection
    caller: Caller
    _found: dict[int, Match] = field(default_factory=dict)
    _claims: Sequence[UUID | None] = ()
    _blocks: Blocks = NOTHING

    async def match(self, wanted: Sequence[Wanted], claims: Sequence[UUID | None] = ()) -> list[Match]:
        """One for each, in order. `claims` are the ids of those that are there already, in the same order."""
        self._found, self._claims = {}, claims
        if not wanted:
            return []
        known = [id_ for id_ in claims if id_ is not None]
        self._blocks = await blocks_for(self.connection, self.caller.user_id, known)
        for way in (self._by_id, self._by_source, self._by_path, self._by_mbid, self._by_isrc, self._by_name):
            left = {n: one for n, one in enumerate(wanted) if self._found.get(n, UNKNOWN).track_id is None}
            await way(left)
        await self._by_likeness(
            {n: one for n, one in enumerate(wanted) if self._found.get(n, UNKNOWN).track_id is None}
        )
        return [self._found.get(number, UNKNOWN) for number in range(len(wanted))]

    def _settle(self, number: int, track: UUID, method: str) -> None:
        if method == "id" or self._may(number, track):
            self._found[number] = Match(track, method, _SURE[method])

    def _may(self, number: int, track: UUID) -> bool:
        claim = self._claims[number] if self._claims else None
        return not self._blocks.has(claim, Thing(TrackId(track)))

    async def _by_id(self, left: Numbered) -> None:
        asked = {number: one.track_id for number, one in left.items() if one.track_id is not None}
        if asked:
            ids = list(set(asked.values()))
            found = await reachable(self.connection, self.caller, ItemKind.TRACK, ids)
            for number, id_ in asked.items():
                if id_ in found:
                    self._settle(number, found[id_], "id")

    async def _by_source(self, left: Numbered) -> None:
        asked = {number: one.link for number, one in left.items() if one.link is not None}
        held: dict[Link, UUID] = {}
        for part in _parts(set(asked.values())):
            rows = await self.connection.execute(queries.fetched(part))
            held |= {Link(source, id_.decode()): track for source, id_, track in rows}
        if held:
            found = await reachable(self.connection, self.caller, ItemKind.TRACK, list(set(held.values())))
            for number, link in asked.items():
                if link in held and held[link] in found:
                    self._settle(number, found[held[link]], "source")

    async def _by_path(self, left: Numbered) -> None:
        asked = {number: one.path for number, one in left.items() if one.path}
        if asked:
            for number, (track, exact) in (await Paths(self.connection, self.caller).found(asked)).items():
                self._settle(number, track, "path" if exact else "path_folded")

    async def _by_mbid(self, left: Numbered) -> None:
        asked = {number: one.recording_mbid for number, one in left.items() if one.recording_mbid}
        await self._by_code(asked, queries.recorded, "mbid")

    async def _by_isrc(self, left: Numbered) -> None:
        asked = {number: one.isrc for number, one in left.items() if one.isrc}
        await self._by_code(asked, queries.coded, "isrc")

    async def _by_code(self, asked: dict[int, Any], query: Any, method: str) -> None:
        """A code names a recording, so several tracks that carry it are the same one."""
        held: dict[Any, list[Candidate]] = defaultdict(list)
        for part in _parts(set(asked.values())):
            for *row, code in await self.connection.execute(query(part, self.caller)):
                held[code].append(queries.candidate(row))
        for number, code in asked.items():
            for track in sorted(one.id for one in held.get(code, ()) if self._may(number, one.id))[:1]:
                self._settle(number, track, method)

    async def _by_name(self, left: Numbered) -> None:
        asked = {number: one for number, one in left.items() if one.said.title and one.said.artists}
        titles = {
            fold(title) for one in asked.values() for title in (one.said.title, bare_title(one.said.title))
        }
        held: dict[str, list[Candidate]] = defaultdict(list)
        for part in _parts(titles):
            for row in await self.connection.execute(queries.called(part, self.caller)):
                found = queries.candidate(row)
                held[fold(bare_title(found.title))].append(found)
        self._found |= await asyncio.to_thread(self._chosen, asked, held)

    def _chosen(self, asked: Numbered, held: Mapping[str, Sequence[Candidate]]) -> dict[int, Match]:
        found: dict[int, Match] = {}
        for number, one in asked.items():
            near = held.get(fold(bare_title(one.said.title)), ())
            try:
                chosen = choose(one.said, [track for track in near if self._may(number, track.id)])
            except Ambiguous:
                found[number] = AMBIGUOUS
            else:
                if chosen is not None:
                    found[number] = Match(chosen.id, "name", _SURE["name"])
        return found

    async def _by_likeness(self, left: Numbered) -> None:
        asked = {number: one.facts for number, one in left.items() if one.said.title}
        bands = bands_of(self.connection)
        for number, found in (await alike(self.connection, self.caller, asked)).items():
            before = self._found.get(number, UNKNOWN)
            free = [one for one in found if one.thing.track_id and self._may(number, one.thing.track_id)]
            self._found[number] = _of_verdict(before, found, verdict(free, bands))


def _of_verdict(before: Match, found: Sequence[Judged], made: Verdict) -> Match:
    if before.method == AMBIGUOUS.method and made.outcome is not Outcome.NONE:
        return before._replace(found=tuple(found), outcome=Outcome.HELD)
    if made.outcome is Outcome.AUTOMATIC and made.thing is not None:
        return Match(made.thing.track_id, "alike", made.score, tuple(found), made.outcome)
    method = "review" if made.outcome is Outcome.HELD and before.method == "unknown" else before.method
    return Match(None, method, 0.0, tuple(found), made.outcome)


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
