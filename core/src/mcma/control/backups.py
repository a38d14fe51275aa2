"""Copies of the database, as the command line asks for them (see `operations.py`)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from mcma.domain.errors import InvalidInput
from mcma.store import backups
from mcma.store.queries import sync_state
from mcma.wiring import Core

Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
FOLDER = "backups"


async def create(core: Core, _: Tell) -> dict[str, Any]:
    path = sqlite_file(core.settings.database)
    made = await asyncio.to_thread(backups.created, path, core.settings.data_dir / FOLDER)
    return {"path": str(made), "size": made.stat().st_size}


async def new_epoch(core: Core, _: Tell) -> dict[str, Any]:
    """After somebody has put a dump back by other means."""
    async with core.database.write() as transaction:
        return {"epoch": (await sync_state.renewed(transaction.connection)).epoch}


def sqlite_file(url: str) -> Path:
    """Raises `InvalidInput` for PostgreSQL."""
    if not url.startswith("sqlite"):
        raise InvalidInput(
            "This database is PostgreSQL's.",
            hint="pg_dump makes copies, pg_restore puts them back; then: mcma backup epoch",
            code="usage",
        )
    return Path(make_url(url).database or "").absolute()
