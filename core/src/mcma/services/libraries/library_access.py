"""Which users see which libraries. For administrators, who themselves see all."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import NotFound
from mcma.services.callers import SYSTEM, require_admin
from mcma.services.libraries.libraries import Libraries
from mcma.store.clock import utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.engine import Database
from mcma.store.tables.people import library_access, users
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller


class AccessView(NamedTuple):
    user_id: UserId
    name: str
    is_admin: bool
    granted_at: datetime


class LibraryAccess:
    """Granting and withdrawing again changes nothing. `NotFound` for unknown users and libraries.

    `forget` is called when somebody may see less than before.
    """

    def __init__(self, database: Database, libraries: Libraries, forget: Callable[[], None]) -> None:
        self._database, self._libraries, self._forget = database, libraries, forget

    async def list(self, caller: Caller, library_id: UUID) -> Sequence[AccessView]:
        """By name."""
        require_admin(caller)
        await self._libraries.get(caller, library_id)
        query = (
            sa.select(users.c.id, users.c.name, users.c.is_admin, library_access.c.created_at)
            .join(library_access, library_access.c.user_id == users.c.id)
            .where(library_access.c.library_id == library_id)
            .order_by(users.c.name_key)
        )
        async with self._database.read() as connection:
            return [AccessView(*row) for row in await connection.execute(query)]

    async def grant(self, caller: Caller, library_id: UUID, user_id: UUID) -> None:
        require_admin(caller)
        await self._libraries.get(caller, library_id)
        async with self._database.write() as transaction:
            await _check_users(transaction.connection, [user_id])
            await _grant(transaction.connection, caller, library_id, [user_id])

    async def withdraw(self, caller: Caller, library_id: UUID, user_id: UUID) -> None:
        require_admin(caller)
        await self._libraries.get(caller, library_id)
        gone = library_access.c.library_id == library_id, library_access.c.user_id == user_id
        async with self._database.write() as transaction:
            await transaction.connection.execute(sa.delete(library_access).where(*gone))
        self._forget()

    async def set(self, caller: Caller, library_id: UUID, user_ids: Sequence[UUID]) -> Sequence[AccessView]:
        """Exactly these."""
        require_admin(caller)
        await self._libraries.get(caller, library_id)
        others = library_access.c.library_id == library_id, library_access.c.user_id.not_in(user_ids)
        async with self._database.write() as transaction:
            await _check_users(transaction.connection, user_ids)
            await transaction.connection.execute(sa.delete(library_access).where(*others))
            await _grant(transaction.connection, caller, library_id, user_ids)
        self._forget()
        return await self.list(caller, library_id)


async def _check_users(connection: AsyncConnection, user_ids: Sequence[UUID]) -> None:
    """They stay while this transaction lasts."""
    query = sa.select(users.c.id).where(users.c.id.in_(user_ids)).order_by(users.c.id)
    found = set((await connection.execute(query.with_for_update(key_share=True))).scalars())
    if found != set(user_ids):
        raise NotFound("There is no such user.")


async def _grant(
    connection: AsyncConnection, caller: Caller, library_id: UUID, user_ids: Sequence[UUID]
) -> None:
    who = None if caller.user_id == SYSTEM.user_id else caller.user_id
    rows = [
        {"user_id": user_id, "library_id": library_id, "created_at": utcnow(), "granted_by": who}
        for user_id in dict.fromkeys(user_ids)
    ]
    if rows:
        await connection.execute(insert_ignoring(connection, library_access), rows)
