"""Who had which part in the making, of MusicBrainz's relations: as the contract's credits have it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from mcma_musicbrainz.names import Naming
from mcma_musicbrainz.values import Recording, Relation, Release

MOST: Final = 100
MOST_TOGETHER: Final = 3000
"""On all tracks of a release: an answer has a size, and a box of operas has thousands."""
LEAST: Final = 5
_ROLES: Final = {
    "composer": "composer",
    "lyricist": "lyricist",
    "librettist": "lyricist",
    "writer": "writer",
    "arranger": "arranger",
    "orchestrator": "arranger",
    "instrument arranger": "arranger",
    "vocal arranger": "arranger",
    "conductor": "conductor",
    "chorus master": "conductor",
    "performer": "performer",
    "instrument": "performer",
    "vocal": "performer",
    "performing orchestra": "performer",
    "concertmaster": "performer",
    "producer": "producer",
    "engineer": "engineer",
    "audio": "engineer",
    "sound": "engineer",
    "recording": "engineer",
    "mix": "mixer",
    "mix-DJ": "mixer",
    "remixer": "remixer",
}
_SAID: Final = {"vocal": "vocals", "performing orchestra": "orchestra", "concertmaster": "concertmaster"}
"""The detail of a performer whose relation says no more."""
_HOW: Final = frozenset({"additional", "guest", "solo", "minor", "assistant", "associate", "co", "executive"})


def roles(recording: Recording, release: Release | None, naming: Naming) -> list[dict[str, Any]]:
    """Of a work, of its recording, of the whole release, in this order, each once."""
    seen: dict[tuple[str, str, str], dict[str, Any]] = {}
    for relation in _all(recording, release):
        role = _ROLES.get(relation.kind)
        if role is not None:
            for detail in _details(relation, role):
                made = {**naming.artist(relation.artist, relation.credited_as), "role": role}
                seen.setdefault(
                    (role, relation.artist.mbid, detail), {**made, "detail": detail} if detail else made
                )
    tracks = sum(medium.count for medium in release.media) if release else 1
    return list(seen.values())[: max(LEAST, min(MOST, MOST_TOGETHER // max(1, tracks)))]


def _all(recording: Recording, release: Release | None) -> Iterator[Relation]:
    for work in recording.works:
        yield from work.relations
    yield from recording.relations
    yield from release.relations if release else ()


def _details(relation: Relation, role: str) -> Sequence[str]:
    """What is played or sung; empty for everybody else."""
    if role != "performer":
        return ("",)
    played = [one for one in relation.details if one not in _HOW]
    return played or (_SAID.get(relation.kind, ""),)
