"""What plugins share of services outside, over processes; the stand-in for tests keeps the same promises."""

import asyncio
import hashlib
import math
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from mcma.services.server.plugin_remote import LARGEST, LONGEST_PAUSE, PluginRemote
from mcma.services.server.remote_answers import RemoteAnswers
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.tables.enriching import remote_answers, remote_turns
from mcma_plugins.errors import RetryLater
from mcma_plugins.remote import Remote
from mcma_plugins.testing import FakeRemote
from tests.support.remote_asker import SERVICE

pytestmark = pytest.mark.anyio
DAY = timedelta(days=1)
NUL, LONELY = "a\0b", "\ud800"
ODD = ("", NUL, LONELY, "x" * 100_000, "é/?&=%00", "'; DROP TABLE remote_turns; --")


@pytest.fixture(params=["real", "fake"])
async def remote(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Remote]:
    if request.param == "fake" and not database.is_sqlite:
        pytest.skip("the stand-in has no database")
    yield FakeRemote() if request.param == "fake" else PluginRemote(database, "p")


async def test_answers_are_kept_by_their_keys(remote: Remote) -> None:
    assert await remote.recall("a") is None
    for number, key in enumerate(ODD):
        await remote.remember(key, bytes([number]), DAY)
    assert [await remote.recall(key) for key in ODD] == [bytes([number]) for number in range(len(ODD))]
    await remote.remember("", b"other", DAY)
    assert await remote.recall("") == b"other"
    await remote.remember("large", b"x" * LARGEST, DAY)
    await remote.remember("larger", b"x" * (LARGEST + 1), DAY)
    await remote.remember("gone", b"x", timedelta(0))
    await remote.remember("long", b"x", timedelta(days=999_999))
    assert [await remote.recall(key) is None for key in ("large", "larger", "gone", "long")] == [
        False, True, True, False,
    ]  # fmt: skip


async def test_a_pause_is_refused_at_once_and_never_shortened(remote: Remote) -> None:
    for service in ODD:
        await remote.turn(service, 0)
        await remote.pause(service, 600)
        await remote.pause(service, 100)
        with pytest.raises(RetryLater) as caught:
            await remote.turn(service, 0)
        assert caught.value.stable_code == "rate_limited"
        assert caught.value.after is not None and 590 < caught.value.after <= 600
    await remote.turn("another", 0)


async def test_each_plugin_has_its_own(database: Database) -> None:
    one, other = PluginRemote(database, "one"), PluginRemote(database, "other")
    await one.remember("key", b"1", DAY)
    await one.pause(SERVICE, 600)
    assert await other.recall("key") is None
    await other.turn(SERVICE, 5)


async def test_turns_are_apart_and_a_short_pause_is_waited_for(database: Database) -> None:
    remote, began = PluginRemote(database, "p"), time.monotonic()
    await remote.pause(SERVICE, 0.2)
    for _ in range(3):
        await remote.turn(SERVICE, 0.2)
    assert time.monotonic() - began >= 0.6 - 0.01


@pytest.mark.parametrize("odd", [math.nan, math.inf, -1.0, 1e300])
async def test_odd_numbers_block_nobody_for_long(database: Database, odd: float) -> None:
    remote = PluginRemote(database, "p")
    await remote.turn("a", odd)
    await remote.pause("b", odd)
    async with database.read() as connection:
        last = await connection.scalar(sa.select(sa.func.max(remote_turns.c.next_at)))
    assert last is not None
    assert last <= utcnow() + timedelta(seconds=LONGEST_PAUSE + 5)


async def test_a_clock_that_was_set_back_blocks_nobody(database: Database) -> None:
    remote = PluginRemote(database, "p")
    await remote.turn(SERVICE, 1)
    async with database.write() as transaction:
        far = sa.update(remote_turns).values(next_at=utcnow() + timedelta(days=30))
        await transaction.connection.execute(far)
    async with asyncio.timeout(10):
        await remote.turn(SERVICE, 0)


async def test_several_processes_take_turns_and_one_that_dies_holds_up_nobody(database: Database) -> None:
    every, count = 0.5, 3
    command = [sys.executable, "-m", "tests.support.remote_asker", database.url, str(every)]
    pipe = asyncio.subprocess.PIPE
    dying = await asyncio.create_subprocess_exec(*command, "1000", stdout=pipe)
    living = [await asyncio.create_subprocess_exec(*command, str(count), stdout=pipe) for _ in range(2)]
    try:
        async with asyncio.timeout(60):
            assert dying.stdout is not None
            first = float(await dying.stdout.readline())
            dying.kill()
            said = [first, *map(float, (await dying.communicate())[0].split())]
            for one in living:
                said += map(float, (await one.communicate())[0].split())
    finally:
        for one in (dying, *living):
            if one.returncode is None:
                one.kill()
                await one.wait()
    assert [one.returncode for one in living] == [0, 0]
    assert len(said) >= 1 + 2 * count
    said.sort()
    gaps = [after - before for before, after in pairwise(said)]
    assert min(gaps) >= every * 0.6, gaps


async def test_a_database_that_cannot_is_a_reason_to_come_back(database: Database) -> None:
    remote = PluginRemote(database, "p")
    async with database.write() as transaction:
        for table in (remote_turns, remote_answers):
            await transaction.connection.exec_driver_sql(f"DROP TABLE {table.name}")
    for work in (remote.turn("s", 1), remote.pause("s", 1)):
        with pytest.raises(RetryLater) as caught:
            await work
        assert caught.value.stable_code == "database"
    await remote.remember("key", b"x", DAY)
    assert await remote.recall("key") is None


async def test_a_full_disk_is_a_reason_to_come_back(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL says it as it says any other fault")
    remote = PluginRemote(database, "p")
    async with database.write() as transaction:
        pages = await transaction.connection.exec_driver_sql("PRAGMA page_count")
        await transaction.connection.exec_driver_sql(f"PRAGMA max_page_count={pages.scalar_one()}")
    await remote.remember("key", b"x" * 100_000, DAY)
    assert await remote.recall("key") is None
    with pytest.raises(RetryLater):
        for number in range(1000):
            await remote.pause(f"{number:0200}", 1)


async def test_what_has_aged_is_not_recalled_and_goes(database: Database) -> None:
    remote, keeper = PluginRemote(database, "p"), RemoteAnswers(database, 10**9)
    for key in ("old", "new"):
        await remote.remember(key, b"x", DAY)
    async with database.write() as transaction:
        old = sa.update(remote_answers).where(remote_answers.c.key_hash == _hash_of("old"))
        await transaction.connection.execute(old.values(expires_at=utcnow() - timedelta(seconds=1)))
    assert await remote.recall("old") is None
    assert (await keeper.forget_aged(), await keeper.forget_aged()) == (1, 0)
    assert await remote.recall("new") == b"x"


async def test_of_too_much_the_oldest_goes(database: Database) -> None:
    remote, keeper = PluginRemote(database, "p"), RemoteAnswers(database, 10_000)
    assert await keeper.forget_oldest() == 0
    for number in range(10):
        await remote.remember(str(number), b"x" * 1000, DAY)
    assert await keeper.forget_oldest() == 0
    await remote.remember("0", b"x" * 1000, DAY)
    await remote.remember("more", b"x" * 1000, DAY)
    assert await keeper.forget_oldest() == 2
    kept = [key for key in map(str, range(10)) if await remote.recall(key) is not None]
    assert kept == ["0", *map(str, range(3, 10))]


def _hash_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
