"""Bad days of services outside, and of servers: states and reasons, and nothing lost or overwritten."""

import asyncio
import os
import signal
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.store.engine import Database, sqlite_url
from mcma.store.tables.enriching import enrichment_candidates, enrichment_runs
from tests.support import catalogue_truth
from tests.support.at_rest_enriching import enriching_at_rest
from tests.support.command import Mcma
from tests.support.enriched import (
    QUIET,
    Fakes,
    Household,
    catalogue,
    poor_music,
    services,
    serving_household,
)
from tests.support.webserver import Answer, Request, Write, saying

pytestmark = pytest.mark.anyio
MUSICBRAINZ = "/ws/2/"


@pytest.fixture
async def fakes() -> AsyncIterator[Fakes]:
    async with services() as made:
        yield made


@pytest.fixture
def mcma(fakes: Fakes, tmp_path: Path) -> Mcma:
    return Mcma(tmp_path / "data", tmp_path, {**QUIET, **fakes.environment})


def url(mcma: Mcma) -> str:
    return sqlite_url(mcma.data / "mcma.db")


def status(mcma: Mcma) -> dict[str, Any]:
    """Of the enricher, as an administrator sees it."""
    return {one["name"]: one for one in mcma.ok("enrich", "status", "--json").json}


def huge_picture() -> bytes:
    """A hundred million pixels in some kilobytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    side = 10_000
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BAD_DAYS = {
    "down": saying(503, b"<html>Service Unavailable</html>", retry_after="3600"),
    "a page": saying(200, b"<html><body>Welcome</body></html>", content_type="text/html"),
    "cut off": saying(
        200,
        b'<?xml version="1.0"?><metadata><release-list count="3"><release id="',
        content_type="application/xml",
    ),
}


async def test_bad_days_are_states_with_reasons_and_lose_nothing(
    mcma: Mcma, fakes: Fakes, tmp_path: Path
) -> None:
    fakes.musicbrainz.images.otherwise = saying(content=huge_picture(), content_type="image/png")
    async with serving_household(mcma, url(mcma)) as house:
        await house.take_in(poor_music(tmp_path / "music"))
        harbour = await mine(house)
        before = await catalogue(house.database)
        for day, fault in BAD_DAYS.items():
            fakes.musicbrainz.faults[MUSICBRAINZ] = fault
            await house.round()
            told = status(mcma)["musicbrainz"]
            assert told["states"].get("enriched", 0) == 0, day
            assert told["reason"], day
            assert told["condition"] == "paused" or day != "down", told
            assert named(await catalogue(house.database)) == named(before), day
            await house.later(24)
        asked = len(fakes.musicbrainz.web.asked)
        assert asked < 30, "seldom"
        fakes.musicbrainz.faults.clear()
        await house.round()
        await house.later(24)
        await house.round()
        await is_known_but_for(house, harbour)
        told = status(mcma)["musicbrainz"]
        assert (told["condition"], told["reason"], told["waits"]) == ("running", None, {})
        await covers_are_unfit(house)
        await enriching_at_rest(house.database)


def named(rows: dict[str, list[dict[str, Any]]]) -> list[Any]:
    return [[row["id"], row["title"], row["artist"]] for name in ("tracks", "albums") for row in rows[name]]


async def mine(house: Household) -> str:
    """A track that a person calls by another name."""
    [harbour] = (await house.ask("GET", "/tracks", params={"q": "Harbour"}))["items"]
    await house.ask("PATCH", f"/tracks/{harbour['id']}", json={"title": "The Harbour", "only_fields": True})
    return str(harbour["id"])


async def is_known_but_for(house: Household, harbour: str) -> None:
    tracks = {one["id"]: one for one in await house.all("/tracks")}
    assert tracks[harbour]["title"] == "The Harbour"
    assert sorted(one["metadata_status"] for one in tracks.values()) == ["enriched"] * 12 + ["failed"] * 2
    assert {one["title"] for one in await house.all("/albums")} == {"Night Songs", "Hits of the Year"}


async def covers_are_unfit(house: Household) -> None:
    wanted = sa.select(enrichment_candidates.c.picture_state, enrichment_candidates.c.picture_reason)
    taken = wanted.join(enrichment_runs, enrichment_runs.c.candidate_id == enrichment_candidates.c.id)
    found = await house.rows(taken.where(enrichment_candidates.c.picture.is_not(None)))
    assert {row.picture_state for row in found} == {"unfit"}
    assert all(row.picture_reason for row in found)


POINTS: dict[str, Callable[[Request], bool]] = {
    "a search": lambda asked: "query=" in asked.target,
    "a release": lambda asked: asked.path.startswith("/ws/2/release/"),
    "a cover": lambda asked: "/front" in asked.path,
    "words": lambda asked: asked.path.startswith("/api/"),
}


STATES = {"enriched": 7, "nothing": 3}
"""An album, a folder and the album that it became, and four artists; a folder of which nobody knows anything,
and its two tracks."""


@pytest.mark.soak
async def test_killed_in_the_middle_of_it_goes_on_and_ends_the_same(
    mcma: Mcma, fakes: Fakes, tmp_path: Path
) -> None:
    music = poor_music(tmp_path / "music")
    async with serving_household(mcma, url(mcma)) as house:
        await house.take_in(music)
    for point in list(POINTS) if os.environ.get("MCMA_SOAK") else ("a release", "a cover"):
        at = POINTS[point]
        reached, webs = asyncio.Event(), (fakes.musicbrainz.web, fakes.musicbrainz.covers, fakes.lrclib.web)
        former = [web.otherwise for web in webs]
        for web in webs:
            web.otherwise = stopping(web.otherwise, at, reached)
        async with serving_household(mcma, url(mcma)) as house:
            await house.lapse()
            beginning = asyncio.create_task(house.round())
            await asyncio.wait_for(reached.wait(), 60)
            beginning.cancel()
            house.served.stop(signal.SIGKILL)
        for web, answer in zip(webs, former, strict=True):
            web.otherwise = answer
        await whole(mcma)
    async with serving_household(mcma, url(mcma)) as house:
        await house.lapse()
        for _ in range(3):
            await house.round()
            await house.later(24)
        assert status(mcma)["musicbrainz"]["states"] == STATES
        titles = {one["title"] for one in await house.all("/albums")}
        assert titles == {"Night Songs", "Hits of the Year"}
        assert all(one["artwork_id"] for one in await house.all("/albums"))
    await whole(mcma)


def stopping(answer: Answer | None, at: Callable[[Request], bool], reached: asyncio.Event) -> Answer:
    """Nobody answers what the server is to be killed in."""

    async def stop(asked: Request, write: Write) -> None:
        if at(asked):
            reached.set()
            await asyncio.Event().wait()
        assert answer is not None
        await answer(asked, write)

    return stop


async def whole(mcma: Mcma) -> None:
    database = Database(url(mcma))
    try:
        await catalogue_truth.check(database)
        await enriching_at_rest(database)
    finally:
        await database.close()
