"""How the server is, on one page: for administrators, and for `mcma doctor`."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from mcma.services.callers import require_admin
from mcma.services.jobs import Jobs
from mcma.services.libraries.libraries import Libraries
from mcma.services.server.concerns import Concern, concerns
from mcma.store.clock import utcnow
from mcma.store.dialect import database_size, engine_version
from mcma.store.engine import Database
from mcma.store.queries.job_workers import WorkerView
from mcma.store.tables.machinery import jobs as job_rows
from mcma_plugins.notices import Notice
from mcma_plugins.values import Caller, LibraryView


class PluginNote(NamedTuple):
    name: str
    state: str
    reason: str | None
    hint: str | None
    notices: Sequence[Notice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the server knows of itself beside its database; asked anew each time."""

    version: str
    data_dir: Path
    listens_on: str
    public_url: str | None
    proxied: bool
    """Whether it trusts a reverse proxy."""
    plugins: Callable[[], Awaitable[Sequence[PluginNote]]]
    tools: Callable[[], Mapping[str, Path | None]]
    """Programs by their name; None for one that was not found."""
    doorbell: str
    """embedded or redis."""


class DatabaseFacts(NamedTuple):
    kind: str
    version: str
    size: int
    """Bytes."""
    schema: str | None


class Disk(NamedTuple):
    """Of the data folder, in bytes."""

    free: int
    total: int


class Report(NamedTuple):
    version: str
    started_at: datetime
    uptime_s: int
    database: DatabaseFacts
    disk: Disk
    libraries: Sequence[LibraryView]
    jobs: dict[str, int]
    """How many there are in each state."""
    workers: Sequence[WorkerView]
    plugins: Sequence[PluginNote]
    tools: dict[str, str | None]
    doorbell: str
    warnings: Sequence[Concern]


class Overview:
    def __init__(
        self, database: Database, libraries: Libraries, jobs: Jobs, surroundings: Surroundings
    ) -> None:
        self._database, self._libraries, self._jobs = database, libraries, jobs
        self._around, self._started = surroundings, utcnow()

    async def report(self, caller: Caller) -> Report:
        """`Forbidden` for others than administrators."""
        require_admin(caller)
        around = self._around
        tools = await asyncio.to_thread(around.tools)
        made = Report(
            around.version, self._started, int((utcnow() - self._started).total_seconds()),
            await self._facts(), await asyncio.to_thread(_disk, around.data_dir),
            await self._libraries.list(caller), await self._states(), await self._jobs.workers(caller),
            await around.plugins(),
            {name: None if path is None else str(path) for name, path in tools.items()}, around.doorbell, (),
        )  # fmt: skip
        return made._replace(warnings=await asyncio.to_thread(concerns, made, around))

    async def _facts(self) -> DatabaseFacts:
        schema: sa.Select[Any] = sa.select(sa.column("version_num")).select_from(sa.table("alembic_version"))
        async with self._database.read() as connection:
            return DatabaseFacts(
                self._database.dialect, await engine_version(connection), await database_size(connection),
                await connection.scalar(schema),
            )  # fmt: skip

    async def _states(self) -> dict[str, int]:
        query = sa.select(job_rows.c.state, sa.func.count()).group_by(job_rows.c.state)
        async with self._database.read() as connection:
            return {state: int(count) for state, count in await connection.execute(query)}


def _disk(folder: Path) -> Disk:
    found = shutil.disk_usage(folder)
    return Disk(found.free, found.total)
