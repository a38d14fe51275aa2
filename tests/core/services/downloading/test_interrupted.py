"""Downloads that are stopped in the middle: by the server that stops, by a person, by people who go away."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from mcma.services.downloading.queueing import LOOKING
from mcma.store.tables.listening import claims
from mcma.store.tables.machinery import jobs
from mcma.store.tables.wanted import download_requests, downloads
from tests.support.at_rest import at_rest, one_of
from tests.support.getting import Wanting, due, kept, round_of, rows
from tests.support.jobs import until
from tests.support.server import Server, serving
from tests.support.shop import STUCK, Shop

pytestmark = pytest.mark.anyio


async def in_the_middle(server: Server, wanting: Wanting, source_id: str = "t1") -> dict[str, str]:
    """Asked for, and half of it is here."""
    asked: dict[str, str] = await wanting.ask(source_id)

    def has_some() -> bool:
        parts = (server.core.settings.data_dir / "music").rglob("song.part")
        return any(part.stat().st_size > 0 for part in parts)

    await until(has_some)
    return asked


@pytest.fixture
def stuck(shop: Shop) -> Shop:
    shop.add_track("t1", "Song", seconds=12)
    shop.fault, shop.only = STUCK, "/audio"
    return shop


async def test_a_server_that_stops_is_no_fault_of_the_source(
    stuck: Shop, database_url: str, tmp_path: Path
) -> None:
    async with serving(
        tmp_path, database_url, scanned=False, jobs=True, download_reserve_gb=0, shutdown_seconds=0.1
    ) as server:
        asked = await in_the_middle(server, Wanting(server.user))
        owner = server.user.caller
    assert owner is not None
    stuck.released.set()
    stuck.fault = None
    async with serving(
        tmp_path, database_url, scanned=False, download_reserve_gb=0, people=("x", "y")
    ) as one:
        [download] = await rows(one.database, downloads)
        [job] = await rows(one.database, jobs, jobs.c.id == download.job_id)
        assert (download.faults, download.code, download.retry_at) == (0, None, None)
        assert (job.state, job.error) == ("queued", None)
    async with serving(
        tmp_path, database_url, scanned=False, jobs=True, download_reserve_gb=0, people=("v", "w")
    ) as server:
        await Wanting(await server.known(owner)).until(asked, state="have")
        await at_rest(server.database)
        await one_of(server.database, "t1")


async def test_cancelling_in_the_middle_leaves_nothing(
    stuck: Shop, server: Server, listener: Wanting
) -> None:
    asked = await in_the_middle(server, listener)
    assert (await listener.do(asked, "cancel"))["state"] == "cancelled"
    await until(lambda: job_is(server, asked, "cancelled"))
    assert await kept(server) == []
    await at_rest(server.database)
    stuck.fault = None
    await listener.do(asked, "retry")
    await listener.until(asked, state="have")
    await at_rest(server.database)


async def job_is(server: Server, asked: dict[str, str], state: str) -> bool:
    [download] = await rows(server.database, downloads, downloads.c.source_id == "t1")
    [job] = await rows(server.database, jobs, jobs.c.id == download.job_id)
    return bool(job.state == state)


async def test_people_who_are_gone_want_nothing(stuck: Shop, server: Server) -> None:
    """Somebody is deleted while it comes: it goes on for the other; with the other it is stopped."""
    people = [await server.person(name) for name in ("ann", "ben")]
    asked = await in_the_middle(server, Wanting(people[0]))
    await Wanting(people[1]).ask("t1")
    for person, state in zip(people, ("running", "cancelled"), strict=True):
        assert person.caller is not None
        await server.admin.delete(f"/api/v1/users/{person.caller.user_id}")
        await round_of(server)
        await until(lambda state=state: job_is(server, asked, state))  # type: ignore[misc]
    assert await rows(server.database, download_requests) == []
    assert await kept(server) == []
    await at_rest(server.database)


async def test_a_library_that_is_taken_away_meanwhile(stuck: Shop, server: Server, listener: Wanting) -> None:
    """It is here, as was said, but not for everybody's eyes; asking again makes no second one."""
    asked = await in_the_middle(server, listener)
    assert server.user.caller is not None
    await server.admin.patch(f"/api/v1/users/{server.user.caller.user_id}", {"libraries": []})
    stuck.fault = None
    stuck.released.set()
    await listener.until(asked, code="retry_later")
    await due(server, asked)
    await listener.until(asked, state="have")
    had = await listener.show(asked)
    await listener.person.get(f"/api/v1/tracks/{had['track_id']}", 404)
    await listener.ask("t1", 200)
    await listener.until(asked, state="have")
    await at_rest(server.database)
    await one_of(server.database, "t1")


async def test_a_claim_that_goes_while_it_is_looked_for(
    shop: Shop, server: Server, listener: Wanting
) -> None:
    shop.add_track("t1", "Sinnerman", ["Nina Simone"])
    async with server.database.write() as transaction:
        await transaction.connection.execute(sa.text("UPDATE schedules SET enabled = false"))
    shop.fault, shop.only = "slow", "/search"
    sent = {"claim": {"title": "Sinnerman", "artists": ["Nina Simone"]}}
    asked = await listener.person.post("/api/v1/downloads", sent, 201)
    async with asyncio.timeout(20):
        await asyncio.to_thread(shop.asked.wait, 20)
    async with server.database.write() as transaction:
        await transaction.connection.execute(sa.delete(download_requests))
        await transaction.connection.execute(sa.delete(claims))
    shop.fault = None
    shop.released.set()
    [job] = await rows(server.database, jobs, jobs.c.kind == LOOKING)
    view = await server.core.services.jobs.wait(job.id, 20)
    assert view.state == "succeeded", view
    await listener.show(asked, 404)
    await at_rest(server.database)


async def test_a_right_that_is_taken_away(shop: Shop, server: Server, listener: Wanting) -> None:
    """Of somebody whose download failed: trying again waits for an administrator like anything new."""
    shop.add_track("t1", "Song")
    shop.audio["t1"].write_bytes(b"<html>This song is not available in your country.</html>" * 50)
    asked = await listener.ask("t1")
    await listener.until(asked, state="failed")
    caller = server.user.caller
    assert caller is not None
    await server.admin.patch(f"/api/v1/users/{caller.user_id}", {"rights": ["download"]})
    person = Wanting(await server.known(replace(caller, rights=frozenset())))
    told = await person.do(asked, "retry")
    assert (told["state"], told["waiting_for"]) == ("requested", "approval")
    await at_rest(server.database)
