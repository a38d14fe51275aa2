"""Sources that fail, files that are none, disks that are full: told in stable words, nothing left over."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.services.downloading.faults import MOST
from mcma.store.tables.catalogue import track_files
from mcma.store.tables.machinery import jobs
from mcma.store.tables.wanted import downloads
from tests.support.getting import Wanting, due, kept, rows
from tests.support.jobs import until
from tests.support.server import Server
from tests.support.shop import DOWN, FORBIDDEN, HALF, HUGE, LIMITED, NO_AUDIO, Shop

pytestmark = pytest.mark.anyio


async def is_queued(server: Server, job: str) -> bool:
    """Again, by the attempt that failed."""
    [row] = await rows(server.database, jobs, jobs.c.id == UUID(job))
    return bool(row.state == "queued" and row.attempt > 0)


async def test_a_pause_that_a_source_asks_for_is_kept(shop: Shop, server: Server, listener: Wanting) -> None:
    for id_ in ("t1", "t2"):
        shop.add_track(id_, f"Song {id_}", freq=500 + len(shop.audio))
    shop.fault, shop.retry_after, shop.only = LIMITED, "600", "/audio"
    asked = await listener.ask("t1")
    told = await listener.until(asked, code="rate_limited")
    assert (told["state"], told["waiting_for"]) == ("queued", "source")
    again = datetime.fromisoformat(told["retry_at"])
    now = datetime.now(UTC)
    assert now + timedelta(seconds=590) < again < now + timedelta(seconds=630)
    await until(lambda: is_queued(server, told["job_id"]))
    [job] = await rows(server.database, jobs, jobs.c.id == UUID(told["job_id"]))
    assert abs((job.run_after - again).total_seconds()) < 5
    late = Wanting(await server.person("late"))
    joined = await late.show(await late.ask("t1"))
    assert (joined["waiting_for"], joined["retry_at"]) == ("source", told["retry_at"])
    other = await listener.ask("t2")
    paused = await listener.until(other, code="source_paused")
    assert paused["waiting_for"] == "source"
    await until(lambda: is_queued(server, paused["job_id"]))
    assert shop.count("/audio") == 1, "the other was not asked for while the source wants its pause"
    assert "pause" in (await listener.do(asked, "retry", 409))["detail"]
    shop.fault = None
    await due(server, asked, other)
    for one in (asked, other):
        assert (await listener.until(one, state="have"))["retry_at"] is None


@pytest.mark.parametrize(
    ("fault", "code"), [(DOWN, "retry_later"), (FORBIDDEN, "blocked"), (HALF, "retry_later")]
)
async def test_what_fails_is_tried_again_and_given_up_in_the_end(
    shop: Shop, server: Server, listener: Wanting, fault: str, code: str
) -> None:
    shop.add_track("t1", "Song", seconds=12)
    shop.fault, shop.only = fault, "/audio"
    asked = await listener.ask("t1")
    told = await listener.until(asked, state="queued", code=code)
    assert told["waiting_for"] == "source"
    assert datetime.fromisoformat(told["retry_at"]) > datetime.now(UTC)
    async with server.database.write() as transaction:
        last = sa.update(downloads).values(faults=MOST - 1)
        await transaction.connection.execute(last)
    await due(server, asked)
    given_up = await listener.until(asked, state="failed")
    assert (given_up["code"], given_up["waiting_for"], given_up["retry_at"]) == (code, None, None)
    assert await rows(server.database, track_files) == []
    shop.fault = None
    assert (await listener.do(asked, "retry"))["state"] == "queued"
    assert (await listener.until(asked, state="have"))["code"] is None
    assert await kept(server) == ["Ann Ash/Song.mp3"]
    if fault == HALF:
        asked_for = [headers.get("range") for path, headers in shop.requests if path.startswith("/audio")]
        assert asked_for[-1] is not None, "the second half was asked for alone"


async def test_what_waits_for_its_source_is_tried_at_once_when_somebody_says_so(
    shop: Shop, server: Server, listener: Wanting
) -> None:
    shop.add_track("t1", "Song")
    shop.fault, shop.only = DOWN, "/audio"
    asked = await listener.ask("t1")
    told = await listener.until(asked, state="queued", waiting_for="source")
    await until(lambda: is_queued(server, told["job_id"]))
    shop.fault = None
    await listener.do(asked, "retry")
    assert (await listener.until(asked, state="have"))["job_id"] == told["job_id"]


@pytest.mark.parametrize(("fault", "code"), [(NO_AUDIO, "not_music"), (HUGE, "too_large")])
async def test_what_can_never_be_taken_is_refused_at_once(
    shop: Shop, server: Server, listener: Wanting, fault: str, code: str
) -> None:
    shop.add_track("t1", "Song")
    shop.fault, shop.only = fault, "/audio"
    asked = await listener.ask("t1")
    told = await listener.until(asked, state="failed")
    assert (told["code"], told["retry_at"]) == (code, None)
    assert await rows(server.database, track_files) == []
    assert await kept(server) == []
    assert shop.count("/audio") == 1


async def test_a_full_disk_is_waited_for(
    shop: Shop, server: Server, listener: Wanting, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add_track("t1", "Song")
    real = shutil.disk_usage
    full = SimpleNamespace(total=10**9, used=10**9, free=0)

    def usage(path: Any) -> Any:
        return full if "music" in os.fsdecode(path) else real(path)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    asked = await listener.ask("t1")
    told = await listener.until(asked, waiting_for="space")
    assert (told["state"], told["code"]) == ("queued", "out_of_space")
    assert await rows(server.database, track_files) == []
    monkeypatch.setattr(shutil, "disk_usage", real)
    await due(server, asked)
    await listener.until(asked, state="have")


async def test_the_last_one_who_wants_it_stops_it(shop: Shop, server: Server, listener: Wanting) -> None:
    shop.add_track("t1", "Song")
    shop.fault, shop.only = DOWN, "/audio"
    other = Wanting(await server.person("other"))
    asked, too = await listener.ask("t1"), await other.ask("t1")
    await listener.until(asked, code="retry_later")
    await other.until(too, code="retry_later")
    assert (await listener.do(asked, "cancel"))["state"] == "cancelled"
    [row] = await rows(server.database, downloads)
    assert row.state == "queued"
    await server.admin.delete(f"/api/v1/downloads/{too['id']}")
    [row] = await rows(server.database, downloads)
    [job] = await rows(server.database, jobs, jobs.c.id == row.job_id)
    assert (row.state, job.state) == ("cancelled", "cancelled")
    assert await kept(server) == []
    shop.fault = None
    assert (await listener.do(asked, "retry"))["state"] == "queued"
    await listener.until(asked, state="have")
