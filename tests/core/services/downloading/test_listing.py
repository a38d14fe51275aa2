"""Albums and playlists of a source: what is in them is got, each thing once, by and by."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import sqlalchemy as sa

from mcma.store.tables.machinery import jobs
from mcma.store.tables.wanted import download_parts, downloads
from tests.support.at_rest import at_rest
from tests.support.getting import Wanting, due, kept, round_of, rows
from tests.support.server import Person, Server
from tests.support.shop import Shop

pytestmark = pytest.mark.anyio


def stocked(shop: Shop, count: int) -> list[str]:
    ids = [f"t{n}" for n in range(count)]
    for n, id_ in enumerate(ids):
        shop.add_track(id_, f"Song {n}", album="First", track_number=n + 1, freq=300 + 10 * n)
    return ids


async def test_an_album_is_got_whole(shop: Shop, server: Server, listener: Wanting) -> None:
    tracks = stocked(shop, 3)
    shop.add_album("a1", "First", ["Ann Ash"], tracks)
    before = await listener.ask("t1")
    await listener.until(before, state="have")
    asked = await listener.ask("a1", kind="album")
    had = await listener.until(asked, state="have")
    assert (had["kind"], had["track_id"]) == ("album", None)
    assert (had["done"], had["total"]) == (3, 3)
    assert await kept(server) == [f"Ann Ash/First/0{n + 1} Song {n}.mp3" for n in range(3)]
    assert shop.count("/audio/t1") == 1, "what is here is not got again"
    [parent] = await rows(server.database, jobs, jobs.c.kind == "shops.listing_shop")
    children = await rows(server.database, jobs, jobs.c.parent_id == parent.id)
    assert {child.priority for child in children} == {100}
    assert len(children) == 2
    assert (await listener.ask("a1", 200, kind="album"))["state"] == "have"


async def test_what_cannot_be_got_is_told_and_tried_again(
    shop: Shop, server: Server, listener: Wanting
) -> None:
    tracks = stocked(shop, 2)
    shop.add_playlist("p1", "Mixed", [*tracks, "gone"])
    sound = shop.audio["t1"].read_bytes()
    shop.audio["t1"].write_bytes(b"<html>This song is not available in your country.</html>" * 50)
    asked = await listener.ask("p1", kind="playlist")
    told = await listener.until(asked, state="failed")
    assert (told["code"], told["error"]) == ("parts_failed", "1 of its tracks could not be got.")
    assert await kept(server) == ["Ann Ash/First/01 Song 0.mp3"]
    shop.audio["t1"].write_bytes(sound)
    await listener.do(asked, "retry")
    await listener.until(asked, state="have")
    assert [shop.count(f"/audio/{one}") for one in ("t0", "t1", "gone")] == [1, 2, 0]


@pytest.mark.soak
async def test_a_long_playlist_is_listed_in_portions(shop: Shop, server: Server, boss: Wanting) -> None:
    size = 10_000 if os.environ.get("MCMA_SOAK") else 600
    ids = [f"t{n}" for n in range(size)]
    for id_ in ids:
        shop.add_track(id_, id_, fmt=None)
    shop.add_playlist("p1", "All", ids)
    async with server.database.write() as transaction:
        held = sa.text("UPDATE schedules SET enabled = false")
        await transaction.connection.execute(held)
    async with clicking(server.user) as waits:
        asked = await boss.ask("p1", kind="playlist")
        listed = downloads.c.kind == "playlist", downloads.c.listed
        async with asyncio.timeout(120):
            while not await rows(server.database, downloads, *listed):
                assert (await boss.show(asked))["state"] in ("queued", "running")
                await asyncio.sleep(0.2)
        assert len(await rows(server.database, download_parts)) == size
        assert shop.count("/playlist/p1/contents") == size // 100
        mine = await boss.ask(ids[-1])
        [waiting] = await rows(server.database, jobs, jobs.c.dedup_key.is_not(None), jobs.c.priority == 50,
                               jobs.c.kind == "shops.download_shop")  # fmt: skip
        assert str(waiting.id) == (await boss.show(mine))["job_id"], "what a person waits for comes first"
        assert (await boss.do(asked, "cancel"))["state"] == "cancelled"
    active = downloads.c.state.in_(("queued", "running", "importing"))
    left = [one.source_id for one in await rows(server.database, downloads, active)]
    assert left in ([ids[-1]], [])
    [parent] = await rows(server.database, jobs, jobs.c.kind == "shops.listing_shop")
    below = jobs.c.parent_id == parent.id, jobs.c.state.in_(("queued", "running")), ~jobs.c.cancel_requested
    assert await rows(server.database, jobs, *below) == []
    await at_rest(server.database)
    print(f"{size} tracks: {len(waits)} clicks, the slowest {max(waits):.2f} s")  # noqa: T201 - measured, not judged: it is the machine's as well


@asynccontextmanager
async def clicking(person: Person) -> AsyncIterator[list[float]]:
    """Somebody else writes meanwhile, again and again: how long each time took."""
    waits: list[float] = []

    async def click() -> None:
        while True:
            began = time.monotonic()
            await person.post("/api/v1/playlists", {"name": f"Mine {len(waits)}"}, 201)
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.05)

    clicks = asyncio.create_task(click())
    try:
        yield waits
    finally:
        clicks.cancel()
        with suppress(asyncio.CancelledError):
            await clicks


async def test_the_quota_spreads_a_list_over_days(shop: Shop, server: Server, boss: Wanting) -> None:
    shop.add_album("a1", "First", ["Ann Ash"], stocked(shop, 3))
    asker = Wanting(await server.person("eager"))
    assert asker.person.caller is not None
    path = f"/api/v1/users/{asker.person.caller.user_id}"
    assert (await server.admin.patch(path, {"downloads_per_day": 2}))["downloads_per_day"] == 2
    asked = await asker.ask("a1", kind="album")
    told = await asker.until(asked, waiting_for="quota")
    assert (told["state"], told["code"]) == ("queued", "quota_exceeded")
    shop.add_track("more", "More")
    refused = await asker.ask("more", 409)
    assert refused["code"] == "quota_exceeded"
    assert (await asker.person.get("/api/v1/downloads"))["items"][0]["id"] == asked["id"]
    await boss.ask("more")
    await server.admin.patch(path, {"downloads_per_day": 0})
    await due(server, asked)
    await asker.until(asked, state="have")


async def test_what_was_left_half_done_is_mended(shop: Shop, server: Server, listener: Wanting) -> None:
    shop.add_track("t1", "Song")
    asked = await listener.ask("t1")
    await listener.until(asked, state="have")
    [job] = await rows(server.database, jobs, jobs.c.kind == "shops.download_shop")
    await server.core.services.jobs.wait(job.id, 20)
    async with server.database.write() as transaction:
        lost = sa.update(downloads).values(state="running", track_id=None)
        await transaction.connection.execute(lost)
        await transaction.connection.execute(
            sa.text("UPDATE download_requests SET state = 'running', track_id = NULL")
        )
    await round_of(server)
    had = await listener.until(asked, state="have")
    assert had["track_id"] is not None
    assert shop.count("/audio") == 1
