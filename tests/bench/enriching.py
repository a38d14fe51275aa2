"""Enriching against a MusicBrainz of its own, and how often rightly: `python -m tests.bench.enriching`."""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from mcma.services.server.plugin_remote import PluginRemote
from mcma.store.engine import Database, sqlite_url
from mcma.store.migrate import migrate_core
from mcma.store.tables.catalogue import albums
from mcma_plugins.testing import FakeRemote
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.enriching import Study
from tests.support.musicbrainz import asking, open_musicbrainz, settings_of
from tests.support.musicbrainz_judging import TRACKS, judged
from tests.support.musicbrainz_known import known
from tests.support.musicbrainz_making import made_world
from tests.support.musicbrainz_world import Credit, Edition
from tests.support.scanning import Music

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


async def library(tracks: int) -> dict[str, float]:
    """The whole way: files with tags and no ids, scanned, asked about, and what was found laid over them."""
    world, owned = made_world(tracks)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder) / "mcma.db"))
        await migrate_core(database, Path(folder))
        music = await Music(database, Path(folder) / "music").create()
        for place, edition in enumerate(owned):
            _put(music, place, edition)
        await music.scan()
        remote = PluginRemote(database, "musicbrainz")
        async with open_musicbrainz(world) as fake, asking(settings_of(fake), remote) as enricher:
            study = Study.of(music, enricher)
            items = [ItemRef(ItemKind.ALBUM, row.id) for row in await music.rows(albums)]
            begun = time.monotonic()
            found = await study.ask(*items, of="musicbrainz")
            seconds = time.monotonic() - begun
            asked = sum(fake.counts().values())
        await database.close()
    count = sum(len(one.slots) for one in owned)
    return {"albums": len(items), "tracks": count, "seconds": round(seconds, 2),
            "requests_per_track": round(asked / count, 3),
            "taken_percent": round(100 * found.get("applied", 0) / len(items), 1)}  # fmt: skip


def _put(music: Music, place: int, edition: Edition) -> None:
    """All of one sound for each place on an album: a thousand tones of their own are a minute's work."""
    for disc, number, slot in edition.slots:
        slot.ms = slot.song.ms = 550
        music.put(
            f"{place}/{disc}-{number:02}.mp3", sound=disc * 20 + number, title=slot.title,
            artist=_phrase(slot.credit), album=edition.title, albumartist=_phrase(edition.credit),
            tracknumber=number, discnumber=disc, date=edition.date,
        )  # fmt: skip


def _phrase(credit: Credit) -> str:
    return "".join((one.name or one.person.name) + one.join for one in credit)


async def measured(tracks: int, labelled: int) -> dict[str, object]:
    found: dict[str, object] = {way: await enriched(tracks, way) for way in _WAYS}
    found["library"] = await library(tracks)
    return found | {half: (await judged(half, labelled)).percent() for half in ("tuning", "heldout")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=1000)
    parser.add_argument("--labelled", type=int, default=TRACKS)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(measured(options.tracks, options.labelled))))


if __name__ == "__main__":
    main()
