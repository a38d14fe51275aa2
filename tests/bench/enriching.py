"""Enriching against a MusicBrainz of its own, and how often rightly: `python -m tests.bench.enriching`."""

import argparse
import asyncio
import json
import time

from mcma_plugins.testing import FakeRemote
from tests.support.musicbrainz import asking, open_musicbrainz, settings_of
from tests.support.musicbrainz_judging import judged
from tests.support.musicbrainz_known import known
from tests.support.musicbrainz_making import made_world

_WAYS = {"ids": {"ids": True}, "words": {}}
"""As well tagged as can be, and without a single id."""


async def enriched(tracks: int, way: str) -> dict[str, float]:
    world, owned = made_world(tracks)
    count = sum(len(one.slots) for one in owned)
    async with open_musicbrainz(world) as fake, asking(settings_of(fake), FakeRemote()) as enricher:
        begun = time.monotonic()
        sure = [await enricher.album(known(one, **_WAYS[way])) for one in owned]
        seconds = time.monotonic() - begun
        requests = sum(fake.counts().values())
    taken = sum(1 for found in sure if found and found[0].score >= 0.9)
    return {
        "albums": len(owned), "tracks": count, "seconds": round(seconds, 2),
        "requests_per_track": round(requests / count, 3),
        "requests_per_album": round(requests / len(owned), 2),
        "taken_percent": round(100 * taken / len(owned), 1),
    }  # fmt: skip


async def measured(tracks: int, labelled: int) -> dict[str, object]:
    found: dict[str, object] = {way: await enriched(tracks, way) for way in _WAYS}
    return found | {half: (await judged(half, labelled)).percent() for half in ("tuning", "heldout")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--labelled", type=int, default=1000)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(measured(options.tracks, options.labelled))))


if __name__ == "__main__":
    main()
