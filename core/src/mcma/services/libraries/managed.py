"""Managed libraries: what was imported, uploaded or downloaded, kept in files below the data folder."""

import asyncio
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound, Unavailable
from mcma.domain.filing import safe_name, twin_key
from mcma.services.indexing.values import STAGING, LibraryPlace, display
from mcma.services.libraries.libraries import insert_library
from mcma.services.people.usernames import checked_name
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries

FIRST = "Imported"
"""What the first one is called."""

_NOTE = "README.txt"
_WORDS = """mcma keeps music here that was imported, uploaded or downloaded.

You may play, copy, move and retag these files; mcma finds them again. It never overwrites
one, unless an administrator has tags written into it, which can be undone.
"""


class ManagedLibraries:
    """They are made when first needed. The folder of each lies in `music` and may be a mount or a link."""

    def __init__(self, database: Database, music: Path) -> None:
        self._database = database
        self._music = os.fsencode(music)

    async def settle(self) -> None:
        """Their folders are where the data folder is, wherever that has been moved to."""
        for row in await self._rows():
            root = self._music + b"/" + row.root.rpartition(b"/")[2]
            if root != row.root:
                values = {"root": root, "root_display": display(root), "updated_at": utcnow()}
                async with self._database.write() as transaction:
                    statement = sa.update(libraries).where(libraries.c.id == row.id)
                    await transaction.connection.execute(statement.values(**values))

    async def all(self) -> list[LibraryPlace]:
        return [_place(row) for row in await self._rows() if row.deleted_at is None]

    async def place(self, name: str | None = None) -> LibraryPlace:
        """The one of that name, the first one without a name; ready to be written to.

        Raises `Conflict` when a library of that name is a folder indexed in place, and `Unavailable` when the
        volume that holds its files is not there.
        """
        wanted = None if name is None else checked_name(name, "The library's name")
        async with self._database.write() as transaction:
            await lock_catalogue(transaction.connection)
            row = await self._found_or_made(transaction.connection, wanted)
        await asyncio.to_thread(_prepare, row.root, row.song_count)
        return _place(row)

    async def by_id(self, library_id: UUID) -> LibraryPlace:
        """Ready to be written to. Raises `NotFound` and, as `place`, `Unavailable`."""
        found = [row for row in await self._rows() if row.id == library_id and row.deleted_at is None]
        if not found:
            raise NotFound("The library was removed.", hint="mcma library list")
        await asyncio.to_thread(_prepare, found[0].root, found[0].song_count)
        return _place(found[0])

    async def _rows(self) -> list[Any]:
        query = sa.select(libraries).where(libraries.c.kind == "managed").order_by(libraries.c.number)
        async with self._database.read() as connection:
            return [row for row in await connection.execute(query) if row.root]

    async def _found_or_made(self, connection: AsyncConnection, wanted: str | None) -> Any:
        query = sa.select(libraries).order_by(libraries.c.deleted_at.is_not(None), libraries.c.number)
        rows = (await connection.execute(query)).all()
        managed = [row for row in rows if row.kind == "managed"]
        if wanted is not None:
            named = [row for row in rows if twin_key(row.name) == twin_key(wanted)]
            managed = [row for row in named if row.kind == "managed"]
            if not managed and any(row.deleted_at is None for row in named):
                raise Conflict(f"{wanted!r} is indexed in place: nothing is ever copied into it.")
        if not managed:
            taken = {row.root for row in rows}
            made = await insert_library(connection, self._free(wanted or FIRST, taken), wanted or FIRST,
                                        "managed")  # fmt: skip
            return (await connection.execute(sa.select(libraries).where(libraries.c.id == made))).one()
        if managed[0].deleted_at is not None:
            restored = sa.update(libraries).where(libraries.c.id == managed[0].id)
            await connection.execute(restored.values(deleted_at=None, updated_at=utcnow()))
        return managed[0]

    def _free(self, name: str, taken: set[bytes | None]) -> bytes:
        folder, number = safe_name(name), 1
        while (root := self._music + b"/" + folder.encode()) in taken:
            number += 1
            folder = safe_name(f"{name} {number}")
        return root


def _place(row: Any) -> LibraryPlace:
    return LibraryPlace(row.id, row.root, row.source)


def _prepare(root: bytes, songs: int) -> None:
    """An empty folder of a library that has music is a volume that is not mounted."""
    note = root + b"/" + _NOTE.encode()
    if songs and not _has_visible(root):
        raise Unavailable(
            f"The folder {display(root)}, where imported music is kept, has nothing in it.",
            hint="Mount its volume, then try again.",
        )
    os.makedirs(root + b"/" + STAGING, exist_ok=True)  # noqa: PTH103 - bytes
    for path, words in ((note, _WORDS), (root + b"/" + STAGING + b"/.nomedia", "")):
        if not os.path.lexists(path):
            Path(os.fsdecode(path)).write_text(words, encoding="utf-8")


def _has_visible(root: bytes) -> bool:
    try:
        return any(not name.startswith(b".") for name in os.listdir(root))  # noqa: PTH208 - bytes
    except OSError:
        return False
