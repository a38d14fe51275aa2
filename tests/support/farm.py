"""A server and workers as processes, over one PostgreSQL and one Redis."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx

from mcma.part import Part
from mcma.settings import load_settings
from mcma.wiring import Core, opened
from tests.support import probe_plugin
from tests.support.command import Mcma, Served
from tests.support.distributions import Site

PASSWORD = "correct horse battery"


@dataclass
class Farm:
    mcma: Mcma
    home: Path
    database_url: str
    redis_url: str | None

    @classmethod
    def on(cls, home: Path, database_url: str, redis_url: str | None, **environment: str) -> "Farm":
        site = home / "site"
        site.mkdir()
        Site(site).install("probe", Path(probe_plugin.__file__).read_text())
        variables = {"MCMA_DATABASE_URL": database_url, "PYTHONPATH": str(site), "MCMA_SHUTDOWN_SECONDS": "1"}
        if redis_url is not None:
            variables["MCMA_REDIS_URL"] = redis_url
        return cls(Mcma(home / "data", home, {**variables, **environment}), home, database_url, redis_url)

    @contextmanager
    def workers(self, count: int, *arguments: str) -> Iterator[list[Served]]:
        with ExitStack() as stack:
            yield [stack.enter_context(self.mcma.working(*arguments)) for _ in range(count)]

    @asynccontextmanager
    async def core(self) -> AsyncIterator[Core]:
        """In this process, without running jobs: to ask and to look."""
        settings = load_settings(
            data_dir=self.mcma.data, database_url=self.database_url, redis_url=self.redis_url
        )
        async with opened(settings, running_jobs=False, part=Part("command")) as core:
            yield core

    @contextmanager
    def admin(self, served: Served) -> Iterator[httpx.Client]:
        self.mcma.run("user", "add", "ada", "--admin", "--password-stdin", given=PASSWORD)
        with httpx.Client(base_url=f"http://127.0.0.1:{served.port}", timeout=30) as client:
            tokens = client.post("/api/v1/auth/login", json={"username": "ada", "password": PASSWORD}).json()
            client.headers["authorization"] = f"Bearer {tokens['access_token']}"
            yield client

    @property
    def log(self) -> Path:
        return self.home / "log"

    def lines(self, what: str) -> list[list[str]]:
        """What the probe's jobs wrote: (what, job, process)."""
        text = self.log.read_text() if self.log.exists() else ""
        return [line.split() for line in text.splitlines() if line.startswith(f"{what} ")]
