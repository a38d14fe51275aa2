"""Finds the tracks that are meant by what somebody says: by id, by where it has come from, by path, by codes,
by name, in this order.

Each way is one query for some hundred of them. What is found must be visible to the caller; when two tracks
may be meant, it is none.
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
from mcma.services.catalogue.lookup import reachable
from mcma.services.claims.matching_paths import Paths
from mcma.store.queries import claims as queries
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


class Match(NamedTuple):
    """`track_id` is None with the reason in `method`: nothing like it, or several."""

    track_id: UUID | None
    method: str
    """id, source, path, path_folded, isrc, mbid, name; or unknown, ambiguous."""
    score: float = 0.0


_SURE = {"id": 1.0, "source": 1.0, "path": 1.0, "path_folded": 0.95, "isrc": 0.98, "mbid": 0.98, "name": 0.9}
UNKNOWN, AMBIGUOUS = Match(None, "unknown"), Match(None, "ambiguous")
Numbered = dict[int, Wanted]


@dataclass(slots=True)
class Matcher:
    connection: AsyncConnection
    caller: Caller
    _found: dict[int, Match] = field(default_factory=dict)

    async def match(self, wanted: Sequence[Wanted]) -> list[Match]:
        """One for each, in order."""
        self._found = {}
        for way in (self._by_id, self._by_source, self._by_path, self._by_mbid, self._by_isrc, self._by_name):
            left = {n: one for n, one in enumerate(wanted) if self._found.get(n, UNKNOWN).track_id is None}
            await way(left)
        return [self._found.get(number, UNKNOWN) for number in range(len(wanted))]

    def _settle(self, number: int, track: UUID, method: str) -> None:
        self._found[number] = Match(track, method, _SURE[method])

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
                held[code].append(_candidate(row))
        for number, code in asked.items():
            if code in held:
                self._settle(number, min(one.id for one in held[code]), method)

    async def _by_name(self, left: Numbered) -> None:
        asked = {number: one for number, one in left.items() if one.said.title and one.said.artists}
        titles = {
            fold(title) for one in asked.values() for title in (one.said.title, bare_title(one.said.title))
        }
        held: dict[str, list[Candidate]] = defaultdict(list)
        for part in _parts(titles):
            for row in await self.connection.execute(queries.called(part, self.caller)):
                found = _candidate(row)
                held[fold(bare_title(found.title))].append(found)
        self._found |= await asyncio.to_thread(_chosen, asked, held)


def _chosen(asked: Numbered, held: Mapping[str, Sequence[Candidate]]) -> dict[int, Match]:
    found: dict[int, Match] = {}
    for number, one in asked.items():
        try:
            chosen = choose(one.said, held.get(fold(bare_title(one.said.title)), ()))
        except Ambiguous:
            found[number] = AMBIGUOUS
        else:
            if chosen is not None:
                found[number] = Match(chosen.id, "name", _SURE["name"])
    return found


def _parts(values: Iterable[Any]) -> Iterator[list[Any]]:
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def _candidate(row: Sequence[Any]) -> Candidate:
    id_, title, artist, details, album, duration, recording = row
    names = tuple(credit[1] for credit in (details or {}).get("artists") or ())
    return Candidate(id_, title, artist, names, album, duration, recording)
