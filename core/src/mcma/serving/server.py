"""`mcma serve`: the web server, the jobs and the data folder's socket in one event loop."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn

from mcma import logs
from mcma.api.sendfile import sendfile_protocol
from mcma.cli.output import note
from mcma.demo import is_made
from mcma.domain.errors import McmaError
from mcma.part import Part
from mcma.serving import first_start
from mcma.serving.first_start import Address
from mcma.serving.lifetime import LAST_SECONDS, heeding, loop_factory, spare_the_collector
from mcma.serving.listener import BACKLOG, announced, bound
from mcma.serving.start_scans import Wanted, scan_at_start
from mcma.settings import Settings
from mcma.wiring import Core, opened
from mcma_plugins import process

_log = structlog.get_logger(__name__)

CONNECTIONS = 1000
DEMO_SECONDS = 900.0
"""On a slow machine it takes minutes."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What this start is to do beside serving."""

    libraries: tuple[str, ...] = ()
    welcome: bool = False
    demo: bool = False


def serve(settings: Settings, wishes: Wishes) -> None:
    """Comes back when a signal asked for a stop. Raises `McmaError` when the server cannot start."""
    logs.configure(settings.log_level, settings.log_format)
    with bound(settings.listen_on, settings.port) as listener:
        if settings.processes == 1:
            run(settings, wishes, listener, Part())
            return
        from mcma.serving.processes import supervise

        supervise(settings, wishes, listener)


def run(
    settings: Settings,
    wishes: Wishes,
    listener: socket.socket,
    part: Part,
    ready: Callable[[], None] = lambda: None,
    parent: int | None = None,
) -> None:
    """One serving process. `ready` is called once it is about to answer; `parent` becomes readable when the
    process that started this one is gone."""
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_serving(settings, wishes, listener, part, ready, parent))


async def _serving(
    settings: Settings,
    wishes: Wishes,
    listener: socket.socket,
    part: Part,
    ready: Callable[[], None],
    parent: int | None,
) -> None:
    stop = asyncio.Event()
    with heeding(stop, settings.shutdown_seconds + LAST_SECONDS, parent):
        async with AsyncExitStack() as stack:
            core = await stack.enter_async_context(opened(settings, part=part))
            if core.database.is_sqlite:
                core.database.hold_reserve()
                from mcma.control.socket import listening

                await stack.enter_async_context(listening(core, settings.data_dir))
                stack.enter_context(announced(settings.data_dir, Address.of(listener, settings).here))
            server = _Server(_config(core, stop))
            spare_the_collector()
            ready()
            web = asyncio.create_task(server.serve([listener]))
            stack.push_async_callback(_ended, asyncio.create_task(core.services.watcher.run()))
            beside = asyncio.create_task(_beside(core, wishes, Address.of(listener, settings)))
            await _until(stop, web, beside)
            await _wind_down(core, server, web, beside)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _config(core: Core, closing: asyncio.Event) -> uvicorn.Config:
    from mcma.serving.web import web_app

    return uvicorn.Config(
        web_app(core, closing),
        http=sendfile_protocol(),
        loop="none",
        ws="none",
        lifespan="auto",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        backlog=BACKLOG,
        timeout_graceful_shutdown=max(1, round(core.settings.shutdown_seconds)),
    )


class _Server(uvicorn.Server):
    """Signals are heeded by `lifetime.heeding`, which is here before the server is and ends with status 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until(stop: asyncio.Event, web: asyncio.Task[None], beside: asyncio.Task[None]) -> None:
    """A signal, or the end of the web server; what goes wrong beside it is told and ends nothing."""
    stopped = asyncio.create_task(stop.wait())
    watched: set[asyncio.Task[object]] = {stopped, web, beside}
    while not (stopped.done() or web.done()):
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        if beside in done:
            watched.discard(beside)
            _tell_of(beside)
    stopped.cancel()


def _tell_of(beside: asyncio.Task[None]) -> None:
    error = None if beside.cancelled() else beside.exception()
    if isinstance(error, McmaError):
        _log.error("start_incomplete", reason=error.message, hint=error.hint)
    elif error is not None:
        _log.error("start_incomplete", exc_info=error)


async def _wind_down(
    core: Core, server: _Server, web: asyncio.Task[None], beside: asyncio.Task[None]
) -> None:
    """Requests and jobs have the same seconds, not one after the other."""
    _log.info("stopping", seconds=core.settings.shutdown_seconds)
    server.should_exit = True
    beside.cancel()
    await asyncio.gather(core.runner.stop(core.settings.shutdown_seconds), asyncio.wait({web, beside}))
    if not web.cancelled() and (error := web.exception()) is not None:
        raise error


async def _beside(core: Core, wishes: Wishes, address: Address) -> None:
    """What a start does once the server listens."""
    if not core.part.first:
        return
    greeting = await first_start.greeting(core, address, wishes.welcome)
    first_start.greet(greeting)
    folders = [Wanted(Path(folder)) for folder in wishes.libraries]
    if wishes.demo:
        folders.append(Wanted(await _demo(core.settings.data_dir / "demo"), "Demo"))
    await scan_at_start(core, folders)


async def _demo(folder: Path) -> Path:
    """In a process of its own: synthesising would take the time requests need."""
    if not is_made(folder):
        note("Making a little music to begin with ...")
    command = [sys.executable, "-m", "mcma", "demo", str(folder)]
    made = await process.run(command, process.Limits(seconds=DEMO_SECONDS, family=True))
    if not made.ok:
        raise McmaError(f"The demo library could not be made in {folder}.")
    return folder
