"""The scaled-out shape as people run it: `mcma serve` and `mcma worker` in processes of their own."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mcma.services.callers import SYSTEM
from mcma.store.engine import Database
from tests.conftest import TEMPLATE, empty_postgres
from tests.support.command import Mcma, Served
from tests.support.farm import Farm
from tests.support.postgres import Postgres
from tests.support.redis import RedisServer
from tests.support.server import make_music

pytestmark = pytest.mark.anyio
DEADLINE = 15.0
"""Seconds from SIGTERM to the end."""


@pytest.fixture
async def farm(postgres: Postgres, redis: RedisServer, tmp_path: Path) -> Any:
    async with empty_postgres(postgres, TEMPLATE) as name:
        yield Farm.on(tmp_path, postgres.url(name), redis.url)


@pytest.fixture
async def bare_farm(postgres: Postgres, redis: RedisServer, tmp_path: Path) -> Any:
    """On a database without any tables."""
    async with empty_postgres(postgres) as name:
        yield Farm.on(tmp_path, postgres.url(name), redis.url)


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def stopped(served: Served) -> float:
    began = time.monotonic()
    assert served.stop() == 0, served.logged
    assert "Traceback" not in served.logged
    return time.monotonic() - began


async def test_a_server_and_two_workers_from_nothing(bare_farm: Farm) -> None:
    """All three start at once on an empty database; the scan runs in a worker, the server tells of it."""
    farm = bare_farm
    music = make_music(farm.home / "music")
    with ThreadPoolExecutor(3) as pool, ExitStack() as stack:
        began = [pool.submit(stack.enter_context, context)
                 for context in (farm.mcma.serving(), farm.mcma.working(), farm.mcma.working())]  # fmt: skip
        server, *workers = [one.result(120) for one in began]
        client = stack.enter_context(farm.admin(server))
        ready = client.get("/health/ready").json()
        assert ready["checks"]["doorbell"]["details"] == {"kind": "redis"}
        assert ready["checks"]["workers"]["details"] == {"alive": 2, "missing": []}
        client.post("/api/v1/libraries", json={"path": str(music), "name": "Music"}).raise_for_status()
        with client.stream("GET", "/api/v1/events") as events:
            lines = events.iter_lines()
            asked = list(pool.map(lambda _: client.post("/api/v1/sources/local/scan", json={}), range(20)))
            jobs = {one["id"] for answer in asked for one in answer.json()["items"]}
            assert len(jobs) == 1, "twenty requests, one job"
            seen = followed(lines)
        assert seen[-1]["state"] == "succeeded", seen
        assert {one["id"] for one in seen} == jobs
        listed = farm.mcma.ok("job", "workers", "--json").json
        assert sorted(one["role"] for one in listed if "scan" in one["kinds"]) == ["worker", "worker"]
        assert [one["name"] for one in farm.mcma.ok("schedule", "list", "--json").json].count(
            "probe.hourly"
        ) == 1
        assert client.get("/api/v1/tracks").json()["items"]
        for one in (server, *workers):
            assert stopped(one) < DEADLINE


def followed(lines: Iterator[str]) -> list[dict[str, Any]]:
    """The jobs that are told of until one is over."""
    seen = []
    for line in lines:
        if line.startswith("data: {") and "state" in line:
            seen.append(json.loads(line.removeprefix("data: ")))
            if seen[-1]["finished_at"] is not None:
                break
    return seen


async def test_a_stopped_worker_gives_its_job_to_another(farm: Farm) -> None:
    async with farm.core() as core:
        jobs, go = core.services.jobs, farm.home / "go"
        with farm.workers(2) as workers:
            job = await jobs.submit("probe.hold", {"log": str(farm.log), "until": str(go)})
            [_, _, pid] = until(lambda: farm.lines("began"))[0]
            [holder] = [one for one in workers if one.process.pid == int(pid)]
            assert stopped(holder) < DEADLINE
            until(lambda: len(farm.lines("began")) == 2)
            go.touch()
            view = await jobs.wait(job, 20)
            assert (view.state, view.attempt) == ("succeeded", 2)
            assert len(farm.lines("ended")) == 1


async def test_a_killed_worker_s_job_runs_once_more(farm: Farm) -> None:
    async with farm.core() as core:
        jobs, go = core.services.jobs, farm.home / "go"
        with farm.workers(2) as workers:
            held = await jobs.submit("probe.hold", {"log": str(farm.log), "until": str(go)})
            [_, _, pid] = until(lambda: farm.lines("began"))[0]
            [holder] = [one for one in workers if one.process.pid == int(pid)]
            holder.stop(signal.SIGKILL)
            others = [await jobs.submit("probe.note", {"log": str(farm.log)}) for _ in range(20)]
            await lapse(core.database)
            until(lambda: len(farm.lines("began")) == 2)
            go.touch()
            assert (await jobs.wait(held, 20)).state == "succeeded"
            assert {(await jobs.wait(one, 20)).state for one in others} == {"succeeded"}
            assert sorted(line[1] for line in farm.lines("ran")) == sorted(map(str, others)), "none twice"
            assert len(farm.lines("ended")) == 1


async def lapse(database: Database) -> None:
    """As if a minute had gone by."""
    async with database.write() as transaction:
        await transaction.connection.exec_driver_sql(
            "UPDATE jobs SET lease_until = lease_until - interval '1 hour' WHERE state = 'running'"
        )


async def test_a_limit_holds_over_worker_processes(farm: Farm) -> None:
    async with farm.core() as core:
        with farm.workers(2):
            jobs = core.services.jobs
            made = [await jobs.submit("probe.narrow", {"log": str(farm.log)}) for _ in range(12)]
            assert {(await jobs.wait(one, 30)).state for one in made} == {"succeeded"}
    now = most = 0
    for line in farm.log.read_text().splitlines():
        now += 1 if line.startswith("began") else -1
        most = max(most, now)
    assert most == 2
    assert len({line[2] for line in farm.lines("began")}) == 2, "both processes took part"


async def test_a_worker_takes_what_it_was_told_to(farm: Farm) -> None:
    async with farm.core() as core:
        jobs = core.services.jobs
        with farm.workers(1, "--plugins", "probe", "--kinds", "probe.note", "--slots", "1") as [worker]:
            other = await jobs.submit("probe.narrow", {"log": str(farm.log)})
            assert (
                await jobs.wait(await jobs.submit("probe.note", {"log": str(farm.log)}), 20)
            ).state == "succeeded"
            assert (await jobs.wait(other, 0)).state == "queued"
            assert "probe.narrow" not in worker.printed
    for arguments, said in ((("--kinds", "nothing"), "probe.hold"), (("--plugins", "nobody"), "nobody")):
        ran = farm.mcma.run("worker", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err


async def test_several_serving_processes_behind_one_address(farm: Farm) -> None:
    async with farm.core() as core:

        async def serving() -> set[int]:
            return {one.pid for one in await core.services.jobs.workers(SYSTEM) if one.role == "serve"}

        with farm.mcma.serving("--processes", "2", MCMA_SERVE_JOBS="yes") as served:
            await eventually(lambda: serving(), 2)
            with farm.admin(served) as client:
                assert client.get("/api/v1/jobs").status_code == 200
            first = await serving()
            os.kill(next(iter(first)), signal.SIGKILL)
            async with asyncio.timeout(120):
                while not await serving() - first:  # noqa: ASYNC110 - another in its place
                    await asyncio.sleep(0.1)
            assert httpx.get(f"http://127.0.0.1:{served.port}/health").status_code == 200
            assert served.printed.count("listening on") == 1, "said once"
            assert stopped(served) < DEADLINE
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{served.port}/health")


async def eventually(found: Callable[[], Any], count: int) -> None:
    async with asyncio.timeout(120):
        while len(await found()) != count:  # noqa: ASYNC110 - of other processes
            await asyncio.sleep(0.1)


async def test_an_idle_worker_lives_on(farm: Farm) -> None:
    """redis 8 with taskiq-redis, left to themselves, begin anew every few seconds, and hang at a stop."""
    seconds = 60 if os.environ.get("MCMA_SOAK") else 8
    with farm.workers(1) as [worker]:
        await asyncio.sleep(seconds)
        assert worker.process.poll() is None
        assert "doorbell" not in worker.logged, worker.logged
        assert stopped(worker) < DEADLINE


async def test_readiness_without_redis_and_without_workers(
    postgres: Postgres, own_redis: RedisServer, tmp_path: Path
) -> None:
    own_redis.stop()
    async with empty_postgres(postgres, TEMPLATE) as name:
        farm = Farm.on(tmp_path, postgres.url(name), own_redis.url)
        with farm.mcma.serving() as served, farm.admin(served) as client:
            ready = client.get("/health/ready")
            checks = ready.json()["checks"]
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
            assert checks["doorbell"]["state"] == "unreachable"
            assert "Connect" in checks["doorbell"]["details"]["reason"]
            assert "start `mcma worker`" in checks["workers"]["details"]["reason"]
            assert {"scan", "probe.note"} <= set(checks["workers"]["details"]["missing"])
            own_redis.start()
            until(lambda: client.get("/health/ready").json()["checks"]["doorbell"]["ok"])
            assert served.logged.count("doorbell_lost") == served.logged.count("doorbell_back") == 1
            assert stopped(served) < DEADLINE


def test_more_than_one_process_needs_postgresql(tmp_path: Path) -> None:
    mcma = Mcma(tmp_path / "data", tmp_path)
    for command in (("worker",), ("serve", "--processes", "2", "--port", "0")):
        ran = mcma.run(*command)
        assert (ran.code, ran.out) == (2, "")
        assert "PostgreSQL" in ran.err or "postgresql" in ran.err
