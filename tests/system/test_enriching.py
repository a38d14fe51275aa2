"""From files with poor tags to a library one is proud of, and back: processes, and services on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mcma.store.engine import sqlite_url
from tests.conftest import TEMPLATE, empty_postgres
from tests.support.command import Mcma
from tests.support.enriched import (
    HITS,
    NIGHT,
    QUIET,
    Fakes,
    Household,
    catalogue,
    poor_music,
    services,
    serving_household,
)
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def fakes() -> AsyncIterator[Fakes]:
    async with services() as made:
        yield made


@pytest.fixture(params=["alone", "scaled"])
async def house(
    request: pytest.FixtureRequest, postgres: Postgres, redis: RedisServer, fakes: Fakes, tmp_path: Path
) -> AsyncIterator[Household]:
    """A server on SQLite; or one on PostgreSQL and Redis, with a worker that does the asking."""
    alone = request.param == "alone"
    async with empty_postgres(postgres, TEMPLATE) as name:
        url = sqlite_url(tmp_path / "data" / "mcma.db") if alone else postgres.url(name)
        shared = {} if alone else {"MCMA_DATABASE_URL": url, "MCMA_REDIS_URL": redis.url}
        mcma = Mcma(tmp_path / "data", tmp_path, {**QUIET, **fakes.environment, **shared})
        async with serving_household(mcma, url, 0 if alone else 1) as made:
            yield made


async def undone(house: Household) -> None:
    for run in await house.all("/enrichment/runs", outcome="applied"):
        await house.ask("POST", f"/enrichment/runs/{run['id']}/undo")
    await house.idle()


async def test_poor_tags_become_a_library_and_again_what_they_were(
    house: Household, fakes: Fakes, tmp_path: Path
) -> None:
    await house.take_in(poor_music(tmp_path / "music"))
    replica, before = await house.replica(), await catalogue(house.database)
    await house.round()
    await house.round()
    await is_known(house, fakes)
    kinds = [one["item"]["kind"] for one in await house.all("/enrichment/runs", outcome="applied")
             if one["enricher"] == "musicbrainz"]  # fmt: skip
    assert sorted(kinds) == ["album", "folder"]
    await replica.follow()
    await replica.agrees()
    assert {one["title"] for one in replica.of("album@1").values()} == {"Night Songs", "Hits of the Year"}
    await undone(house)
    await replica.follow()
    await replica.agrees()
    after = await catalogue(house.database)
    for name, rows in before.items():
        assert settled(rows, name) == settled(
            [row for row in after[name] if is_old(row, rows, name)], name
        ), name
    assert {name for name, rows in after.items() if len(rows) != len(before.get(name, ()))} <= REMAIN


REMAIN = {"genres", "labels", "artists"}
"""Names stay, with nothing that has them, for whenever they come again."""


def is_old(row: dict[str, Any], rows: list[dict[str, Any]], name: str) -> bool:
    return name not in REMAIN or row["id"] in {one["id"] for one in rows}


def settled(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """It is remembered that they were asked about."""
    assert all(row.get("metadata_status") in ("pending", "failed", None) for row in rows), name
    return [{key: value for key, value in row.items() if key != "metadata_status"} for row in rows]


async def is_known(house: Household, fakes: Fakes) -> None:
    tracks = {one["title"]: one for one in await house.all("/tracks")}
    assert tracks.keys() == {*NIGHT, *HITS, "Noise 1", "Noise 2"}
    albums = {one["title"]: one for one in await house.all("/albums")}
    night, hits = albums["Night Songs"], albums["Hits of the Year"]
    assert (night["artist"], night["original_date"], night["genres"][0]) == ("Ann Ash", "1997-03-01", "folk")
    assert (hits["artist"], hits["date"], hits["compilation"]) == ("Various Artists", "2003-12-01", True)
    assert night["artwork_id"] and hits["artwork_id"]
    places = [(one["disc"], one["track"]) for title in HITS for one in [tracks[title]]]
    assert [track for _, track in places] == [1, 2, 3, 4], "the order of the release"
    assert {tracks[title]["metadata_status"] for title in (*NIGHT, *HITS)} == {"enriched"}
    assert {tracks[title]["metadata_status"] for title in ("Noise 1", "Noise 2")} == {"failed"}
    assert [one["name"] for one in tracks["Both of Us"]["artists"]] == ["Ann Ash", "The Bobs"]
    counts = fakes.musicbrainz.counts()
    assert counts["release?"] + counts["release"] <= 5, "albums and folders are asked about once"
    assert counts["front-1200"] == 2
    await says_who(house, tracks["First Light"]["id"])
    [lyrics] = (await house.ask("GET", f"/tracks/{tracks['Harbour']['id']}/lyrics"))["items"]
    assert lyrics["synced"] and [line["text"] for line in lyrics["lines"]] == ["one", "two"]
    app = await house.app()
    shown = await app("search3", query="First Light")
    [song] = shown["searchResult3"]["song"]
    assert (song["album"], song["year"], song["genre"], song["track"]) == ("Night Songs", 1997, "folk", 1)
    assert (await app("getLyricsBySongId", id=f"tr-{tracks['Harbour']['id']}"))["lyricsList"][
        "structuredLyrics"
    ]


async def says_who(house: Household, track: str) -> None:
    fields = {one["field"]: one for one in (await house.ask("GET", f"/tracks/{track}/fields"))["items"]}
    assert fields["recording_mbid"]["origin"] == "plugin:musicbrainz"
    album = fields["album"]
    assert (album["value"], album["origin"]) == ("Night Songs", "plugin:musicbrainz")
    assert {one["origin"]: one["value"] for one in album["values"]}["tag"] == "night songs"
