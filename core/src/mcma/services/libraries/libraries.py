"""Libraries: added, listed, renamed, removed. A removed one keeps its rows; its number is never reused."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, InvalidInput, NotFound
from mcma.services.callers import require_admin
from mcma.services.indexing.values import display
from mcma.services.people.usernames import LONGEST, checked_name, printable
from mcma.store.access import library_ids
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries.libraries import library_views
from mcma.store.tables.catalogue import libraries
from mcma.store.tables.people import library_access, users
from mcma_plugins.ids import LibraryId
from mcma_plugins.values import Caller, LibraryView


class Libraries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, caller: Caller) -> list[LibraryView]:
        """Those the caller may see, by number. Roots are shown to admins."""
        async with self._database.read() as connection:
            return await library_views(
                connection, libraries.c.id.in_(library_ids(caller)), roots=caller.is_admin
            )

    async def get(self, caller: Caller, library_id: UUID) -> LibraryView:
        found = [view for view in await self.list(caller) if view.id == library_id]
        if not found:
            raise NotFound("There is no such library.", hint="mcma library list")
        return found[0]

    async def add(self, caller: Caller, path: Path, name: str | None = None) -> LibraryView:
        """A folder, indexed in place and never written to. All users see it until an admin says otherwise.

        The same folder again is the library it already is. Raises `InvalidInput` when it is no folder that
        can be read, `Conflict` when it lies inside another library or holds one.
        """
        require_admin(caller)
        root = await asyncio.to_thread(_checked_root, path)
        places = await self._places(root)
        shown = checked_name(name, "The library's name") if name else _own_name(root)
        async with self._database.write() as transaction:
            existing = await _existing(transaction.connection, root, places)
            library_id = existing or await insert_library(transaction.connection, root, shown)
        return await self.get(caller, library_id)

    async def _places(self, root: bytes) -> dict[bytes, bytes]:
        """This root's and every library's real place: one folder may be named by several paths."""
        query = sa.select(libraries.c.root).where(libraries.c.root.is_not(None))
        async with self._database.read() as connection:
            roots = {root, *(await connection.scalars(query))}
        return await asyncio.to_thread(lambda: {one: os.path.realpath(one) for one in roots})

    async def rename(self, caller: Caller, library_id: UUID, name: str) -> LibraryView:
        require_admin(caller)
        await self.get(caller, library_id)
        values = {"name": checked_name(name, "The library's name"), "updated_at": utcnow()}
        async with self._database.write() as transaction:
            statement = sa.update(libraries).where(libraries.c.id == library_id)
            await transaction.connection.execute(statement.values(values))
        return await self.get(caller, library_id)

    async def remove(self, caller: Caller, library_id: UUID) -> None:
        """Hides it and all that is in it from everybody. No file is touched, and no like or play is lost:
        adding the folder again brings everything back."""
        require_admin(caller)
        await self.get(caller, library_id)
        now = utcnow()
        async with self._database.write() as transaction:
            statement = sa.update(libraries).where(libraries.c.id == library_id)
            await transaction.connection.execute(statement.values(deleted_at=now, updated_at=now))

    async def find(self, caller: Caller, said: str) -> LibraryView:
        """By name, number, id or path, as people write it on a command line."""
        wanted = {said, display(os.path.normpath(os.fsencode(said)))}
        found = [view for view in await self.list(caller) if wanted & _names(view)]
        if not found:
            raise NotFound(f"There is no library {said!r}.", hint="mcma library list")
        return found[0]


def _names(view: LibraryView) -> set[str]:
    return {view.name, str(view.number), str(view.id), view.root or ""}


def _own_name(root: bytes) -> str:
    """What a folder is called; the folder's name may be longer than a library's, and hold anything."""
    return printable(display(os.path.basename(root))) or display(root)[:LONGEST]  # noqa: PTH119 - bytes


def _checked_root(path: Path) -> bytes:
    root = os.fsencode(path.expanduser().absolute())
    shown = display(root)
    if not os.path.isdir(root):  # noqa: PTH112 - bytes
        raise InvalidInput(f"{shown} is not a folder.")
    if not os.access(root, os.R_OK | os.X_OK):
        raise InvalidInput(f"{shown} cannot be read by this user.", hint=f"chmod -R a+rX '{shown}'")
    return os.path.normpath(root)


async def _existing(
    connection: AsyncConnection, root: bytes, places: Mapping[bytes, bytes]
) -> LibraryId | None:
    """The library of this folder, restored if it was removed. `Conflict` when one lies within another."""
    rows = (await connection.execute(sa.select(libraries).where(libraries.c.root.is_not(None)))).all()
    real = places[root]
    for row in rows:
        if row.root == root or places.get(row.root) == real:
            statement = sa.update(libraries).where(libraries.c.id == row.id)
            await connection.execute(statement.values(deleted_at=None, updated_at=utcnow()))
            return LibraryId(row.id)
    for row in rows:
        place = places.get(row.root, row.root)
        if row.deleted_at is None and (_within(real, place) or _within(place, real)):
            raise Conflict(
                f"{display(root)} and the library {row.name!r} ({row.root_display}) lie within each other.",
                hint=f"mcma library remove {row.number}",
            )
    return None


def _sees_all_but(library_id: LibraryId) -> sa.ColumnElement[bool]:
    given = sa.exists().where(
        library_access.c.user_id == users.c.id, library_access.c.library_id == libraries.c.id
    )
    others = libraries.c.deleted_at.is_(None), libraries.c.id != library_id
    return ~sa.exists().where(*others, ~given.correlate(users, libraries)).correlate(users)


def _within(inner: bytes, outer: bytes) -> bool:
    return inner.startswith(outer.rstrip(b"/") + b"/")


async def insert_library(
    connection: AsyncConnection, root: bytes, name: str, kind: str = "folder"
) -> LibraryId:
    """A folder is shown to those who see all other libraries: who sees only some was given only some. What
    people hand in is shown to all: they look for what they handed in."""
    now, library_id = utcnow(), LibraryId(new_id())
    highest = await connection.scalar(sa.select(sa.func.max(libraries.c.number))) or 0
    await connection.execute(
        sa.insert(libraries).values(
            id=library_id, number=highest + 1, name=name, kind=kind, source="local", root=root,
            root_display=display(root), changed_at=now, created_at=now, updated_at=now,
        )
    )  # fmt: skip
    grants = sa.select(users.c.id, sa.literal(library_id, libraries.c.id.type), sa.literal(now))
    if kind == "folder":
        grants = grants.where(sa.or_(users.c.is_admin, _sees_all_but(library_id)))
    columns = ["user_id", "library_id", "created_at"]
    await connection.execute(sa.insert(library_access).from_select(columns, grants))
    return library_id
