"""Pictures of people. Satisfies `mcma_plugins.people.Avatars`."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import NotFound
from mcma.services.people.usernames import known_key
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.engine import Database
from mcma.store.queries.people import lock_user
from mcma.store.tables.people import avatars, users
from mcma_plugins.values import Caller, CoverImage

SIDE = 512
"""Pixels of what is kept, at most."""
LARGEST = 10 * 1024 * 1024
"""Bytes of what is sent."""


class AvatarService:
    """Shown to everybody who may log in, as names are; each changes their own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._drawing = asyncio.Semaphore(1)

    async def put(self, caller: Caller, data: bytes) -> None:
        """Only its middle is kept, as a small square without whatever else was in the file.

        `InvalidInput` for what is no picture or has too many pixels.
        """
        async with self._drawing:
            kept = await asyncio.to_thread(_square, data)
        row = {"data": kept, "etag": hashlib.sha256(kept).hexdigest()[:32], "changed_at": utcnow()}
        async with self._database.write() as transaction:
            connection = transaction.connection
            if await lock_user(connection, caller.user_id) is None:
                raise _unknown()
            statement = upsert(connection, avatars, ("user_id",))
            await connection.execute(statement.values(user_id=caller.user_id, **row))

    async def remove(self, caller: Caller) -> None:
        """Without one nothing happens."""
        async with self._database.write() as transaction:
            await transaction.connection.execute(
                sa.delete(avatars).where(avatars.c.user_id == caller.user_id)
            )

    async def avatar(self, caller: Caller, name: str) -> CoverImage:
        key = known_key(name)
        if key is None:
            raise _unknown()
        return await self._of(users.c.name_key == key)

    async def of(self, caller: Caller, user_id: UUID) -> CoverImage:
        """By id."""
        return await self._of(users.c.id == user_id)

    async def _of(self, which: Any) -> CoverImage:
        joined = users.outerjoin(avatars, avatars.c.user_id == users.c.id)
        query = sa.select(users.c.name, avatars.c.data, avatars.c.etag).select_from(joined).where(which)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            raise _unknown()
        if row.data is not None:
            return CoverImage(row.data, "image/jpeg", row.etag, False)
        return await self._initials(row.name)

    async def _initials(self, name: str) -> CoverImage:
        async with self._drawing:
            data = await asyncio.to_thread(_drawn, name)
        return CoverImage(data, "image/jpeg", hashlib.sha256(data).hexdigest()[:32], True)


def _square(data: bytes) -> bytes:
    from mcma.media.artwork import square  # what draws is loaded by the first who wants a picture

    return square(data, SIDE)


def _drawn(name: str) -> bytes:
    from mcma.media.artwork import placeholder

    return placeholder(name, "user", SIDE)


def _unknown() -> NotFound:
    return NotFound("There is no such user.")
