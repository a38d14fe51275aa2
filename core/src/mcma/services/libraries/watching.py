"""Libraries and import folders are watched: when something in one has changed and it is quiet again, it is
scanned or imported from. One process of all does it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

import sqlalchemy as sa
import structlog

from mcma.domain.errors import McmaError
from mcma.services.callers import SYSTEM
from mcma.services.indexing.values import display, printable
from mcma.services.intake.imports import Imports
from mcma.services.libraries.scans import Scans, Sources
from mcma.store.engine import Database
from mcma.store.queries.jobs import database_time
from mcma.store.tables.catalogue import libraries
from mcma.store.tables.intake import import_folders
from mcma_plugins.ids import JobId
from mcma_plugins.sources import Changed, WatchableSource, Watching
from mcma_plugins.values import JobView

_log = structlog.get_logger(__name__)
ROUND = 5.0
"""Seconds between two looks at which folders there are, and who watches them."""
PATIENCE = 300.0
"""The longest that a folder which is never quiet is waited for."""
SHARE = 10
"""A scan is followed by so many times its own length of peace: scanning takes a tenth of the time at most."""
AFTER_FAILURE = 60.0
_REASON = 500


@dataclass(frozen=True, slots=True)
class WatchOptions:
    enabled: bool = True
    poll_seconds: float = 300.0
    settle_seconds: float = 10.0


class Target(NamedTuple):
    kind: Literal["library", "import"]
    id: UUID
    root: bytes
    source: str
    scanned: bool
    """Whether it was ever: what changed while nobody watched is caught up with then."""


class Holder(Protocol):
    """Who of several processes watches (`Lease`)."""

    async def hold(self) -> bool: ...
    async def release(self) -> None: ...


class Alone:
    """The only process there is."""

    async def hold(self) -> bool:
        return True

    async def release(self) -> None:
        pass


Start = Callable[[Target], Awaitable[JobId]]
Wait = Callable[[JobId, float], Awaitable[JobView]]


def starting(scans: Scans, imports: Imports) -> Start:
    """One that waits or runs already is taken."""

    async def start(target: Target) -> JobId:
        if target.kind == "import":
            return await imports.start(SYSTEM, target.id)
        [job] = await scans.request(SYSTEM, [target.id])
        return job

    return start


class Watcher:
    """`start` asks for the scan or import of a folder, `wait` for the job's end."""

    def __init__(
        self,
        database: Database,
        sources: Sources,
        start: Start,
        wait: Wait,
        holder: Holder,
        options: WatchOptions,
    ) -> None:
        self._database, self._sources, self._holder, self._options = database, sources, holder, options
        self._start, self._wait = start, wait
        self._tasks: dict[Target, asyncio.Task[None]] = {}
        self._first = True

    async def run(self) -> None:
        """Until it is cancelled. Without being enabled it only says so."""
        if not self._options.enabled:
            await self._forget_states("off", "MCMA_WATCH is off")
            return
        try:
            while True:
                await self._look_round()
                await asyncio.sleep(ROUND)
        finally:
            await self._end(list(self._tasks))
            await asyncio.shield(self._leave())

    async def _look_round(self) -> None:
        """Faults of the database pass; what is watched goes on meanwhile."""
        try:
            targets = await self._targets() if await self._holder.hold() else []
        except McmaError as error:
            _log.warning("watching_delayed", reason=error.message)
            return
        known = {target[:4]: target for target in self._tasks}
        wanted = {target[:4]: target for target in targets}
        ended = [one for key, one in known.items() if key not in wanted or self._tasks[one].done()]
        await self._end(ended)
        for key, target in wanted.items():
            if key not in known or known[key] in ended:
                catch_up = self._first and target.scanned
                self._tasks[target] = asyncio.create_task(self._watch(target, catch_up))
        self._first = False

    async def _targets(self) -> list[Target]:
        """What sources that can watch list. Managed libraries are written by this server alone."""
        able = {name for name, one in self._sources().items() if isinstance(one, WatchableSource)}
        folders = sa.select(libraries.c.id, libraries.c.root, libraries.c.source, libraries.c.last_scan_at)
        folders = folders.where(
            libraries.c.deleted_at.is_(None), libraries.c.kind == "folder", libraries.c.root.is_not(None)
        )
        imports = sa.select(
            import_folders.c.id, import_folders.c.root, import_folders.c.source, import_folders.c.last_run_at
        ).where(import_folders.c.configured)
        async with self._database.read() as connection:
            found = [Target("library", *row[:3], row[3] is not None)
                     for row in await connection.execute(folders)]  # fmt: skip
            found += [Target("import", *row[:3], True) for row in await connection.execute(imports)]
        return [target for target in found if target.source in able]

    async def _watch(self, target: Target, catch_up: bool) -> None:
        """Follows one folder; what its source raises is told and tried again."""
        pending = _Pending(self._options.settle_seconds)
        if catch_up:
            pending.touch()
        acting = asyncio.create_task(self._act(target, pending))
        try:
            while True:
                try:
                    await self._follow(target, pending)
                except Exception as error:  # noqa: BLE001 - a plugin's code
                    await self._say(target, Watching("failed", f"{type(error).__name__}: {error}"))
                await asyncio.sleep(AFTER_FAILURE)
        finally:
            acting.cancel()
            await asyncio.gather(acting, return_exceptions=True)

    async def _follow(self, target: Target, pending: "_Pending") -> None:
        source = self._sources().get(target.source)
        if not isinstance(source, WatchableSource):
            return
        async with aclosing(source.watch(target.root, self._options.poll_seconds)) as news:
            async for one in news:
                if isinstance(one, Changed):
                    pending.touch()
                else:
                    await self._say(target, one)

    async def _act(self, target: Target, pending: "_Pending") -> None:
        while True:
            await pending.settled()
            try:
                took = await self._work(target)
            except McmaError as error:
                _log.warning("change_not_taken_in", kind=target.kind, reason=error.message)
                took = 0.0
            except Exception:  # noqa: BLE001 - the folder is still watched
                _log.exception("change_not_taken_in", kind=target.kind)
                took = 0.0
            await asyncio.sleep(min(SHARE * took, PATIENCE))

    async def _work(self, target: Target) -> float:
        """Seconds that it took. A run that had begun before may have passed the place of the change."""
        while True:
            asked = await self._now()
            view = await self._over(await self._start(target))
            if view.started_at is None or view.started_at >= asked:
                break
        began, ended = view.started_at, view.finished_at
        return (ended - began).total_seconds() if began and ended else 0.0

    async def _now(self) -> datetime:
        """By the clock that jobs are dated with: one that is ahead of it would ask for ever."""
        async with self._database.read() as connection:
            return await database_time(connection)

    async def _over(self, job: JobId) -> JobView:
        while (view := await self._wait(job, 600.0)).finished_at is None:
            pass
        return view

    async def _say(self, target: Target, news: Watching) -> None:
        folder = display(target.root)
        _log.info("watching", kind=target.kind, folder=folder, how=news.how, reason=news.reason)
        if target.kind != "library":
            return
        reason = None if news.reason is None else printable(news.reason)[:_REASON]
        async with self._database.write() as transaction:
            statement = sa.update(libraries).where(libraries.c.id == target.id)
            await transaction.connection.execute(statement.values(watch_state=news.how, watch_reason=reason))

    async def _end(self, targets: list[Target]) -> None:
        tasks = [self._tasks.pop(target) for target in targets]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _leave(self) -> None:
        try:
            if await self._holder.hold():
                await self._forget_states(None, None)
                await self._holder.release()
        except McmaError as error:
            _log.info("watching_not_left", reason=error.message)

    async def _forget_states(self, state: str | None, reason: str | None) -> None:
        async with self._database.write() as transaction:
            here = sa.update(libraries).where(libraries.c.kind == "folder")
            await transaction.connection.execute(here.values(watch_state=state, watch_reason=reason))


@dataclass(slots=True)
class _Pending:
    """Changes that nothing was done about yet."""

    settle_seconds: float
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def touch(self) -> None:
        self._changed.set()

    async def settled(self) -> None:
        """Comes back once something has changed, and then nothing for a while."""
        await self._changed.wait()
        latest = time.monotonic() + PATIENCE
        while self._changed.is_set() and time.monotonic() < latest:
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), self.settle_seconds)
            except TimeoutError:
                return
        self._changed.clear()
