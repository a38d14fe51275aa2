"""How often albums of a labelled set are known rightly, wrongly, or not at all."""

from collections import Counter
from typing import NamedTuple

from mcma_plugins.enrichers import Candidate
from mcma_plugins.testing import FakeRemote
from tests.support.musicbrainz import asking, open_musicbrainz, settings_of
from tests.support.musicbrainz_disturbing import Case, cases
from tests.support.musicbrainz_making import made_world

AUTOMATIC, REVIEW = 0.90, 0.50
"""Core's thresholds as they are at first."""
SEEDS = {"tuning": 1, "heldout": 2}
"""Worlds and what happens to their albums. Nothing was tuned by the second."""
TRACKS = 1100


class Verdicts(NamedTuple):
    known: int
    """Albums that MusicBrainz knows, so many of them in a way that is told below."""
    strangers: int
    false: int
    """Taken without asking, as another album or with a track as another one."""
    missed: int
    """Known, and not taken without asking."""
    lost: int
    """Known, and not even shown to a person."""
    shown: int
    """Strangers shown to a person."""
    requests: int
    tracks: int

    def percent(self) -> dict[str, float]:
        total = self.known + self.strangers
        return {
            "cases": total, "false": round(100 * self.false / total, 2),
            "missed": round(100 * self.missed / self.known, 2),
            "lost": round(100 * self.lost / self.known, 2),
            "requests_per_track": round(self.requests / self.tracks, 3),
        }  # fmt: skip


async def judged(name: str, tracks: int = TRACKS) -> Verdicts:
    world, owned = made_world(tracks, SEEDS[name])
    counted: Counter[str] = Counter()
    async with open_musicbrainz(world) as fake, asking(settings_of(fake), FakeRemote()) as enricher:
        for case in cases(world, owned, SEEDS[name]):
            found = await enricher.album(case.album)
            counted.update(_verdict(case, found[0] if found else None))
            counted["tracks"] += len(case.album.tracks)
        counted["requests"] = sum(fake.counts().values())
    return Verdicts(*(counted[field] for field in Verdicts._fields))


def _verdict(case: Case, best: Candidate | None) -> list[str]:
    score = best.score if best else 0.0
    if not case.groups:
        said = {"false": score >= AUTOMATIC, "shown": score >= REVIEW}
    else:
        said = {"false": score >= AUTOMATIC and not _is_right(case, best),
                "missed": score < AUTOMATIC, "lost": score < REVIEW}  # fmt: skip
    return ["known" if case.groups else "strangers", *(name for name, is_so in said.items() if is_so)]


def _is_right(case: Case, best: Candidate | None) -> bool:
    return (
        best is not None
        and best.fields["release_group_mbid"] in case.groups
        and all(case.truth.get(id_) == said["recording_mbid"] for id_, said in best.tracks.items())
    )
