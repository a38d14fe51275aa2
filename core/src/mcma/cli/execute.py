"""Having an operation done: by the process that holds the data folder if there is one, else here."""

import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from mcma.cli import context
from mcma.cli.values import OnEvent

if TYPE_CHECKING:
    from mcma.settings import Settings

_PATIENCE = 10.0
"""Seconds to wait for a folder whose holder does not answer: it is starting, or stopping."""


def execute(
    operation: str,
    arguments: Mapping[str, Any] | None = None,
    on_event: OnEvent | None = None,
    *,
    running_jobs: bool = False,
) -> Any:
    """The operation's result. `running_jobs`: if it happens in this process, jobs run meanwhile.

    Raises `McmaError`.
    """
    settings = context.settings()
    if settings.database.startswith("sqlite"):
        return _one_of_us(settings, operation, arguments or {}, on_event, running_jobs)
    return _here(settings, operation, arguments or {}, on_event, running_jobs)


def _one_of_us(
    settings: "Settings", operation: str, arguments: Mapping[str, Any], on_event: OnEvent | None, jobs: bool
) -> Any:
    from mcma.control import client as control_client
    from mcma.store.lock import FolderInUse

    until = time.monotonic() + _PATIENCE
    while True:
        connection = control_client.connect(settings.data_dir)
        if connection is not None:
            return control_client.ask(connection, operation, arguments, on_event)
        try:
            return _here(settings, operation, arguments, on_event, jobs)
        except FolderInUse:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _here(
    settings: "Settings", operation: str, arguments: Mapping[str, Any], on_event: OnEvent | None, jobs: bool
) -> Any:
    import asyncio

    from mcma import logs

    logs.configure(*manner(settings))
    return asyncio.run(_work(settings, operation, arguments, on_event, jobs))


def manner(settings: "Settings") -> tuple[str, str]:
    """A command's result says what went wrong; its log is for those who ask for it."""
    asked = settings.model_fields_set
    level = settings.log_level if "log_level" in asked else "error"
    return level, settings.log_format if "log_format" in asked else "console"


async def _work(
    settings: "Settings", operation: str, arguments: Mapping[str, Any], on_event: OnEvent | None, jobs: bool
) -> Any:
    from mcma.control.operations import perform
    from mcma.control.socket import listening
    from mcma.part import Part
    from mcma.wiring import opened

    async def tell(event: Mapping[str, Any]) -> None:
        if on_event is not None:
            on_event(event)

    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(opened(settings, running_jobs=jobs, part=Part("command")))
        if core.database.is_sqlite:
            await stack.enter_async_context(listening(core, settings.data_dir))
        return await perform(core, operation, arguments, tell)
