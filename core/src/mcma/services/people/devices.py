"""What people listen with. A login or an app password may hang on a device, and ends with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound
from mcma.services.callers import require_admin
from mcma.services.people.accounts import Accounts
from mcma.services.people.usernames import checked_name, printable
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries.people import lock_user, revoke_refresh_tokens
from mcma.store.tables.people import app_passwords, refresh_tokens
from mcma.store.tables.people import devices as table
from mcma_plugins.ids import DeviceId, UserId
from mcma_plugins.values import Caller

MOST = 200
"""Devices per user that are not revoked."""


class DeviceView(NamedTuple):
    id: DeviceId
    user_id: UserId
    name: str
    client: str
    """The program, as it calls itself."""
    profile: dict[str, Any] | None
    """What it can play and wants, in its own words."""
    acked_n: int
    """The last of its own events that the server has (sync protocol)."""
    created_at: datetime
    updated_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None


class DeviceFacts(NamedTuple):
    """What a client says about itself. None leaves what is known."""

    name: str | None = None
    client: str | None = None
    profile: dict[str, Any] | None = None


class Devices:
    """One's own, or anybody's for administrators; others raise `NotFound`."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database, self._accounts = database, accounts

    async def list(
        self, caller: Caller, user_id: UUID | None = None, *, revoked: bool = False
    ) -> Sequence[DeviceView]:
        """By age. `revoked`: those too."""
        owner = user_id or caller.user_id
        if owner != caller.user_id:
            require_admin(caller)
        query = sa.select(table).where(table.c.user_id == owner, table.c.deleted_at.is_(None))
        if not revoked:
            query = query.where(table.c.revoked_at.is_(None))
        async with self._database.read() as connection:
            return [_view(row) for row in await connection.execute(query.order_by(table.c.id))]

    async def get(self, caller: Caller, device_id: UUID) -> DeviceView:
        async with self._database.read() as connection:
            row = (await connection.execute(_mine(caller, device_id))).first()
        if row is None:
            raise _unknown()
        return _view(row)

    async def register(self, caller: Caller, device_id: UUID | None, facts: DeviceFacts) -> DeviceView:
        """Makes it, with the client's own id or one of the server's, or updates the caller's device of that
        id. `Conflict` for an id that is another's or was revoked."""
        values = _checked(facts, caller)
        try:
            async with self._database.write() as transaction:
                chosen = await self._registered(transaction, caller, device_id, values)
        except sa.exc.IntegrityError:
            raise _taken() from None
        return await self.get(caller, chosen)

    async def _registered(
        self, transaction: WriteTransaction, caller: Caller, device_id: UUID | None, values: dict[str, Any]
    ) -> UUID:
        connection, now = transaction.connection, utcnow()
        if await lock_user(connection, caller.user_id) is None:
            raise NotFound("There is no such user.")
        known = None
        if device_id is not None:
            known = (await connection.execute(sa.select(table).where(table.c.id == device_id))).first()
        if known is not None:
            _check_own(known, caller)
            await _update(connection, known.id, values)
            return DeviceId(known.id)
        await _check_room(connection, caller)
        row = {"name": values.get("client") or "device", "client": "", **values}
        made = device_id or new_id()
        await connection.execute(
            sa.insert(table).values(
                id=made, user_id=caller.user_id, created_at=now, updated_at=now, last_seen_at=now, **row
            )
        )
        return made

    async def update(self, caller: Caller, device_id: UUID, facts: DeviceFacts) -> DeviceView:
        """`Conflict` for one that was revoked."""
        known = await self.get(caller, device_id)
        if known.revoked_at is not None:
            raise _revoked()
        async with self._database.write() as transaction:
            await _update(transaction.connection, device_id, _checked(facts))
        return await self.get(caller, device_id)

    async def revoke(self, caller: Caller, device_id: UUID) -> None:
        """Its logins and app passwords end now; its id is never good again. Again changes nothing."""
        known, now = await self.get(caller, device_id), utcnow()
        async with self._database.write() as transaction:
            connection = transaction.connection
            await lock_user(connection, known.user_id)
            live = table.c.id == device_id, table.c.revoked_at.is_(None)
            await connection.execute(sa.update(table).where(*live).values(revoked_at=now, updated_at=now))
            await revoke_refresh_tokens(connection, now, refresh_tokens.c.device_id == device_id)
            await connection.execute(sa.delete(app_passwords).where(app_passwords.c.device_id == device_id))
            transaction.after_commit.append(self._accounts.forget)


async def check_device(connection: AsyncConnection, caller: Caller, device_id: UUID) -> None:
    """That something may hang on it: the caller's own, not revoked."""
    row = (await connection.execute(sa.select(table).where(table.c.id == device_id))).first()
    if row is None or row.user_id != caller.user_id:
        raise _unknown()
    if row.revoked_at is not None:
        raise _revoked()


def _mine(caller: Caller, device_id: UUID) -> sa.Select[Any]:
    query = sa.select(table).where(table.c.id == device_id, table.c.deleted_at.is_(None))
    return query if caller.is_admin else query.where(table.c.user_id == caller.user_id)


def _check_own(row: Any, caller: Caller) -> None:
    if row.user_id != caller.user_id:
        raise _taken()
    if row.revoked_at is not None or row.deleted_at is not None:
        raise _revoked()


async def _check_room(connection: AsyncConnection, caller: Caller) -> None:
    live = table.c.user_id == caller.user_id, table.c.revoked_at.is_(None)
    if (await connection.scalar(sa.select(sa.func.count()).where(*live)) or 0) >= MOST:
        raise Conflict(f"A user has {MOST} devices at most.", hint="Revoke some that are not used.")


async def _update(connection: AsyncConnection, device_id: UUID, values: dict[str, Any]) -> None:
    change = sa.update(table).where(table.c.id == device_id)
    await connection.execute(change.values(updated_at=utcnow(), **values))


def _checked(facts: DeviceFacts, caller: Caller | None = None) -> dict[str, Any]:
    client = facts.client if facts.client is not None or caller is None else caller.client
    values: dict[str, Any] = {"client": None if client is None else printable(client)}
    values["name"] = None if facts.name is None else checked_name(facts.name)
    values["profile"] = facts.profile
    return {name: value for name, value in values.items() if value is not None}


def _view(row: Any) -> DeviceView:
    return DeviceView(
        DeviceId(row.id), UserId(row.user_id), row.name, row.client, row.profile, row.acked_n, row.created_at,
        row.updated_at, row.last_seen_at, row.revoked_at,
    )  # fmt: skip


def _unknown() -> NotFound:
    return NotFound("There is no such device.")


def _taken() -> Conflict:
    return Conflict("This id is taken.", hint="Make another one.")


def _revoked() -> Conflict:
    return Conflict("This device was revoked.", code="device_revoked", hint="Register it under a new id.")
