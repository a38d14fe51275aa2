"""Tracks of the library as candidates, found by words for many claims with few queries."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import Candidate
from mcma.domain.folding import query_words
from mcma.domain.matching import Facts
from mcma.domain.matching.names import channel_of
from mcma.domain.matching.titles import splits_of, title_of
from mcma.services.matching.judging import judged
from mcma.services.matching.values import LIBRARY, Judged, Proposal, Thing
from mcma.store.queries import claims as queries
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller

TOGETHER = 40
"""Claims asked for by one query."""
MOST_HITS = 1000
"""Tracks that one such query may find."""
MOST_JUDGED = 40
"""Tracks that one claim is compared with."""
_MOST_WORDS = (6, 3)
"""Of the title, of the artist."""
Words = frozenset[str]


class Asked(NamedTuple):
    facts: Facts
    groups: Sequence[Words]
    """A track that has all words of one of these may be it."""


async def alike(
    connection: AsyncConnection, caller: Caller, wanted: Mapping[int, Facts]
) -> dict[int, list[Judged]]:
    """By number, the best first; nothing for those that no track is like."""
    asked = {number: Asked(facts, _groups(facts)) for number, facts in wanted.items()}
    asked = {number: one for number, one in asked.items() if one.groups}
    numbers, found = list(asked), dict[int, list[Judged]]()
    for start in range(0, len(numbers), TOGETHER):
        part = {number: asked[number] for number in numbers[start : start + TOGETHER]}
        found |= await _some(connection, caller, part)
    return found


async def _some(
    connection: AsyncConnection, caller: Caller, asked: Mapping[int, Asked]
) -> dict[int, list[Judged]]:
    groups = {group for one in asked.values() for group in one.groups}
    query, values = queries.worded(connection.dialect.name, sorted(map(sorted, groups)), caller, MOST_HITS)
    words = {row.item_id: frozenset(row.words.split()) for row in await connection.execute(query, values)}
    if not words:
        return {}
    rows = (await connection.execute(queries.of_ids(list(words), caller))).all()
    tracks = {row[0]: candidate_of(row[:-1], row[-1]) for row in rows}
    return await asyncio.to_thread(_judged, asked, words, tracks)


class Track(NamedTuple):
    candidate: Candidate
    facts: Facts


def candidate_of(row: Sequence[object], mbid: UUID | None) -> Track:
    found = queries.candidate(row)
    artists = (found.artist,) if found.artist else found.artists
    facts = Facts(
        found.title, artists, found.album, found.duration_ms, None, None if mbid is None else str(mbid)
    )
    return Track(found, facts)


def proposed(track: Track) -> Proposal:
    return Proposal(Thing(TrackId(track.candidate.id)), track.facts, LIBRARY)


def judged_tracks(said: Facts, tracks: Iterable[Track]) -> list[Judged]:
    held = {track.candidate.id: track for track in tracks}
    found = judged(said, map(proposed, held.values()))
    return [one._replace(recording_id=_recording(held, one)) for one in found]


def _recording(held: Mapping[UUID, Track], one: Judged) -> UUID | None:
    return None if one.thing.track_id is None else held[one.thing.track_id].candidate.recording_id


def _judged(
    asked: Mapping[int, Asked], words: Mapping[UUID, Words], tracks: Mapping[UUID, Track]
) -> dict[int, list[Judged]]:
    by_word: dict[str, list[UUID]] = defaultdict(list)
    for id_, held in words.items():
        if id_ in tracks:
            for word in held:
                by_word[word].append(id_)
    found = {}
    for number, one in asked.items():
        hits = [id_ for group in one.groups for id_ in _with_all(group, by_word, words)]
        near = [tracks[id_] for id_ in list(dict.fromkeys(hits))[:MOST_JUDGED]]
        if near:
            found[number] = judged_tracks(one.facts, near)
    return found


def _with_all(group: Words, by_word: Mapping[str, list[UUID]], words: Mapping[UUID, Words]) -> list[UUID]:
    rarest = min((by_word.get(word, []) for word in group), key=len)
    return [id_ for id_ in rarest if group <= words[id_]]


def _groups(facts: Facts) -> list[Words]:
    """What a track must have: the words of the title and of the first artist, as they are said, and as they
    are where the title has the artist in it."""
    ways = [(facts.title, artist) for artist in facts.artists[:1]] or [(facts.title, "")]
    ways += [(split.title, split.artist) for split in splits_of(facts.title)[:2]]
    found = [_words(title, artist) for title, artist in ways]
    return list(dict.fromkeys(group for group in found if len(group) > 1))


def _words(title: str, artist: str) -> Words:
    most, few = _MOST_WORDS
    names = query_words(channel_of(artist).split(",")[0].split("&")[0])
    return frozenset([*query_words(title_of(title).bare)[:most], *names[:few]])
