"""Downloads: a server with a fake shop beside it, and what asks for things."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mcma.services.downloading.policy import Policy
from mcma.services.downloading.starting import Starting
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.store.engine import Database
from mcma.worker.doorbell import EmbeddedDoorbell
from tests.support.jobs import until
from tests.support.server import Person, Server
from tests.support.shop import outside_of

PATH = "/api/v1/downloads"


def nothing_outside(database: Database) -> Starting:
    """A server without sources."""
    outside, _ = outside_of()
    return Starting(Jobs(database, EmbeddedDoorbell()), dict, outside, Policy())


class Wanting:
    """Somebody who asks for things of one shop."""

    def __init__(self, person: Person, source: str = "shop") -> None:
        self.person, self.source = person, source

    async def ask(self, source_id: str, status: int = 201, **more: Any) -> Any:
        return await self.person.post(PATH, {"source": self.source, "source_id": source_id, **more}, status)

    async def show(self, asked: Mapping[str, Any], status: int = 200) -> Any:
        return await self.person.get(f"{PATH}/{asked['id']}", status)

    async def until(self, asked: Mapping[str, Any], **fields: Any) -> Any:
        """Shows it as soon as it is so."""
        shown: Any = None

        async def so() -> bool:
            nonlocal shown
            shown = await self.show(asked)
            return all(shown[name] == value for name, value in fields.items())

        try:
            await until(so)
        except TimeoutError:
            raise AssertionError(f"it never came to {fields}: {shown}") from None
        return shown

    async def do(self, asked: Mapping[str, Any], what: str, status: int = 200, **sent: Any) -> Any:
        return await self.person.post(f"{PATH}/{asked['id']}/{what}", sent or None, status)


async def rows(database: Database, table: sa.Table, *which: Any) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(sa.select(table).where(*which))).all())


async def kept(server: Server) -> list[str]:
    """Files in the managed library, by their places; its own notes aside."""
    found: list[str] = []
    for library in await ManagedLibraries(server.database, server.core.settings.data_dir / "music").all():
        root = Path(library.root.decode())
        found += [str(one.relative_to(root)) for one in root.rglob("*") if one.is_file()]
    return sorted(one for one in found if one not in ("README.txt", ".mcma-staging/.nomedia"))
