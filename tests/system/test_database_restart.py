"""PostgreSQL goes away and comes back under load: writes are refused plainly, reads and workers go on."""

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.support.farm import Farm
from tests.support.postgres import running_postgres
from tests.support.redis import RedisServer

ROUNDS = 20 if os.environ.get("MCMA_SOAK") else 2


class Client(threading.Thread):
    """Reads and writes until it is told to stop; keeps what it was answered."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self._client, self.over = client, threading.Event()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.made: set[str] = set()
        self.wrong: list[httpx.Response] = []

    def run(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            with suppress(httpx.TimeoutException):
                self._keep("read", self._client.get("/api/v1/playlists"))
                self._keep("write", self._client.post("/api/v1/playlists", json={"name": f"list {number}"}))

    def _keep(self, what: str, answer: httpx.Response) -> None:
        self.answers[what, answer.status_code] += 1
        if answer.status_code == 201:
            self.made.add(answer.json()["id"])
        elif answer.status_code == 503:
            if "retry-after" not in answer.headers:
                self.wrong.append(answer)
        elif answer.status_code != 200:
            self.wrong.append(answer)


async def note(farm: Farm) -> str:
    async with farm.core() as core:
        job = await core.services.jobs.submit("probe.note", {"log": str(farm.log)})
        return (await core.services.jobs.wait(job, 30)).state


@pytest.mark.soak
def test_a_database_that_crashes_costs_some_503_and_nothing_else(redis: RedisServer, tmp_path: Path) -> None:
    with running_postgres() as postgres:
        farm = Farm.on(tmp_path, postgres.url(), redis.url)
        with farm.mcma.serving() as served, farm.workers(1), farm.admin(served) as http:
            client = Client(http)
            client.start()
            for _ in range(ROUNDS):
                time.sleep(0.5)
                postgres.stop(signal.SIGQUIT)
                time.sleep(0.5)
                postgres.start()
                before = client.answers["write", 201]
                deadline = time.monotonic() + 20
                while client.answers["write", 201] < before + 5:
                    assert time.monotonic() < deadline, client.answers
                    time.sleep(0.05)
            client.over.set()
            client.join(60)
            assert client.wrong == [], served.logged[-20000:]
            assert client.answers["write", 503] + client.answers["read", 503] > 0, "it was noticed"
            for made in client.made:
                assert http.get(f"/api/v1/playlists/{made}").status_code == 200, (
                    "what was acknowledged is there"
                )
            assert asyncio.run(note(farm)) == "succeeded"
            assert "Traceback" not in served.logged
