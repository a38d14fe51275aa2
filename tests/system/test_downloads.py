"""Downloads by real processes: killed with -9, told by a Redis that forgets all, asked for by all at once.

One source, one download, one file, whatever happens to whoever is at work on it.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa

from mcma.part import Part
from mcma.services.callers import SYSTEM
from mcma.store.engine import Database, sqlite_url
from mcma.store.tables.machinery import jobs, workers
from mcma.store.tables.people import users
from mcma.wiring import Core, opened
from mcma_plugins.values import Caller
from tests.conftest import TEMPLATE, empty_postgres
from tests.support.at_rest import at_rest, one_of
from tests.support.command import Mcma, Served
from tests.support.distributions import Site
from tests.support.farm import Farm
from tests.support.getting import rows
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer
from tests.support.server import settings_for
from tests.support.shop import LIMITED, SOURCE, STUCK, Shop, open_shop

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
PEOPLE = 10
PATH = "/api/v1/downloads"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    folder.mkdir()
    with open_shop(folder) as made:
        made.add_track("t1", "Song", seconds=12)
        made.fault, made.only = STUCK, "/audio"
        yield made


def variables(shop: Shop, site: Path) -> dict[str, str]:
    """For processes that have the plugin of the shop."""
    site.mkdir(exist_ok=True)
    Site(site).install("shops", SOURCE)
    return {
        "MCMA_PLUGIN_SHOPS_SHOPS": json.dumps({"shop": shop.url}), "MCMA_DOWNLOAD_RESERVE_GB": "0",
        "PYTHONPATH": os.pathsep.join((str(site), str(ROOT))),
    }  # fmt: skip


async def tokens(core: Core, count: int) -> list[str]:
    """Of so many people, logged in without the cost of hashing passwords."""
    made = []
    for number in range(count):
        user = await core.services.users.create(SYSTEM, f"person{number}", None)
        pair = await core.services.sessions.open(Caller(user.id, user.name, False, "tests"))
        made.append(pair.access.value)
    return made


class Person:
    def __init__(self, client: httpx.Client, token: str) -> None:
        self.client, self.token = client, token
        self._headers = {"authorization": f"Bearer {token}"}

    def ask(self, source_id: str) -> httpx.Response:
        sent = {"source": "shop", "source_id": source_id}
        return self.client.post(PATH, json=sent, headers=self._headers)

    def show(self, asked: httpx.Response) -> Any:
        return self.client.get(f"{PATH}/{asked.json()['id']}", headers=self._headers).json()

    def until(self, asked: httpx.Response, **fields: Any) -> Any:
        def met() -> Any:
            shown = self.show(asked)
            return all(shown[name] == value for name, value in fields.items()) and shown

        return until(met, lambda: self.show(asked))


@contextmanager
def people_at(served: Sequence[Served], all_tokens: Sequence[str]) -> Iterator[list[Person]]:
    """Each at one of the servers."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{one.port}", timeout=30))
            for one in served
        ]
        yield [Person(clients[n % len(clients)], token) for n, token in enumerate(all_tokens)]


def until(condition: Callable[[], Any], said: Callable[[], object] = str, seconds: float = 40.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, said()
        time.sleep(0.05)
    return found


def at_once(people: Sequence[Person], source_id: str) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(lambda one: one.ask(source_id), people))


def has_some(data: Path) -> bool:
    return any(part.stat().st_size > 0 for part in (data / "music").rglob("song.part"))


def everybody_has_it(people: Sequence[Person], asked: Sequence[httpx.Response]) -> None:
    had = [one.until(its, state="have") for one, its in zip(people, asked, strict=True)]
    assert len({one["track_id"] for one in had}) == 1


async def it_is_one(database: Database, data: Path, shop: Shop) -> None:
    await at_rest(database)
    await one_of(database, "t1")
    assert len(await rows(database, jobs, jobs.c.kind == "shops.download_shop")) == 1
    assert [path.name for path in (data / "music").rglob("*.mp3")] == ["Song.mp3"]
    ranges = [headers.get("range") for path, headers in shop.requests if path.startswith("/audio/t1")]
    assert (len(ranges), ranges[0]) == (2, None)
    assert ranges[1] is not None, "the rest of it was asked for alone"


async def test_a_server_killed_in_mid_download(shop: Shop, tmp_path: Path) -> None:
    """The shape of one process: it runs its own jobs."""
    mcma = Mcma(tmp_path / "data", tmp_path, variables(shop, tmp_path / "site"))
    url = sqlite_url(mcma.data / "mcma.db")
    async with opened(settings_for(tmp_path, url), running_jobs=False, part=Part("command")) as core:
        all_tokens = await tokens(core, PEOPLE)
    with mcma.serving() as served, people_at([served], all_tokens) as people:
        asked = at_once(people, "t1")
        assert [one.status_code for one in asked] == [201] * PEOPLE
        until(lambda: has_some(mcma.data), lambda: served.logged)
        served.stop(signal.SIGKILL)
    shop.fault = None
    shop.released.set()
    with mcma.serving() as served, people_at([served], all_tokens) as people:
        everybody_has_it(people, asked)
        assert served.stop() == 0, served.logged
        assert "Traceback" not in served.logged, served.logged
    database = Database(url)
    await it_is_one(database, mcma.data, shop)
    await database.close()


async def test_two_servers_and_workers_that_are_killed(
    shop: Shop, postgres: Postgres, own_redis: RedisServer, tmp_path: Path
) -> None:
    async with empty_postgres(postgres, TEMPLATE) as name:
        farm = Farm.on(
            tmp_path, postgres.url(name), own_redis.url, **variables(shop, tmp_path / "shop-site"),
        )  # fmt: skip
        async with farm.core() as core:
            all_tokens = await tokens(core, PEOPLE)
            with running(farm, 2) as (servers, at_work), people_at(servers, all_tokens) as people:
                asked = at_once(people, "t1")
                assert [one.status_code for one in asked] == [201] * PEOPLE
                until(lambda: has_some(farm.mcma.data), lambda: [one.logged for one in at_work])
                own_redis.command("FLUSHALL")
                await kill_the_one_at_work(core.database, at_work)
                shop.fault = None
                everybody_has_it(people, asked)
                await it_is_one(core.database, farm.mcma.data, shop)
                await nobody_gets_more_than_may_be(core.database, people)
                await a_pause_holds_for_all(shop, core.database, people)
                await at_rest(core.database)


@contextmanager
def running(farm: Farm, count: int) -> Iterator[tuple[list[Served], list[Served]]]:
    """So many servers and as many workers, all begun at once."""
    with ThreadPoolExecutor(2 * count) as pool, ExitStack() as stack:
        contexts = [farm.mcma.serving() for _ in range(count)] + [farm.mcma.working() for _ in range(count)]
        began = [one.result(120) for one in [pool.submit(stack.enter_context, each) for each in contexts]]
        yield began[:count], began[count:]


async def kill_the_one_at_work(database: Database, at_work: Sequence[Served]) -> None:
    [job] = await rows(database, jobs, jobs.c.kind == "shops.download_shop")
    [row] = await rows(database, workers, workers.c.id == job.owner)
    [holder] = [one for one in at_work if one.process.pid == row.pid]
    holder.stop(signal.SIGKILL)
    async with database.write() as transaction:
        await transaction.connection.exec_driver_sql(
            "UPDATE jobs SET lease_until = lease_until - interval '1 hour' WHERE state = 'running'"
        )


async def nobody_gets_more_than_may_be(database: Database, people: Sequence[Person]) -> None:
    """One person asks for ten things at both servers at the same moment, and may have four more."""
    async with database.write() as transaction:
        mine = sa.update(users).where(users.c.name == "person0").values(downloads_per_day=5)
        await transaction.connection.execute(mine)
    asking = [Person(each.client, people[0].token) for each in people]
    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = list(pool.map(lambda n: asking[n].ask(f"quota{n}"), range(PEOPLE)))
    assert sorted(one.status_code for one in answers) == [201] * 4 + [409] * 6
    for one, answer in zip(asking, answers, strict=True):
        if answer.status_code == 201:
            one.until(answer, state="failed", code="not_found")


async def a_pause_holds_for_all(shop: Shop, database: Database, people: Sequence[Person]) -> None:
    """Whichever process it was said to."""
    for n in range(2, 6):
        shop.add_track(f"t{n}", f"Song {n}", freq=400 + 50 * n)
    shop.fault, shop.retry_after = LIMITED, "600"
    before = shop.count("/audio")
    first = people[1].ask("t2")
    people[1].until(first, code="rate_limited")
    for n in range(3, 6):
        people[n].until(people[n].ask(f"t{n}"), code="source_paused", waiting_for="source")
    assert shop.count("/audio") == before + 1
