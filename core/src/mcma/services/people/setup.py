"""The first administrator: there is no default account, and nobody else's door to make one."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Gone, NotAuthenticated
from mcma.services.people.accounts import Accounts
from mcma.services.people.passwords import Passwords, generated_password
from mcma.services.people.users import new_user, view_of
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.engine import Database
from mcma.store.queries import people
from mcma.store.tables.machinery import key_values
from mcma.store.tables.people import users
from mcma_plugins.values import UserView

LIFETIME = timedelta(hours=1)
_NAMESPACE, _KEY = "core", "setup_token"


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """To be printed once to a terminal, never to a log."""

    user: UserView
    password: str = field(repr=False)


class Setup:
    """Works only while there is no user at all."""

    def __init__(self, database: Database, passwords: Passwords, accounts: Accounts) -> None:
        self._database, self._passwords, self._accounts = database, passwords, accounts

    async def needed(self) -> bool:
        async with self._database.read() as connection:
            return not await people.any_user(connection)

    async def first_admin(self, name: str = "admin", password: str | None = None) -> FirstAdmin | None:
        """Made with a generated password unless one is given; None when there is a user already.

        `InvalidInput` for a bad name or password.
        """
        if not await self.needed():
            return None
        chosen = password or generated_password()
        values = await new_user(self._passwords, name, chosen, is_admin=True)
        try:
            return FirstAdmin(await self._add(values, None), chosen)
        except Gone:
            return None

    async def new_setup_token(self) -> str:
        """For the person at the console: valid one hour, once; it replaces an earlier one. `Gone` when there
        is a user already."""
        token, now = secrets.token_urlsafe(24), utcnow()
        async with self._database.write() as transaction:
            connection = transaction.connection
            if await people.any_user(connection):
                raise _over()
            statement = upsert(connection, key_values, ("namespace", "key"))
            row = {"namespace": _NAMESPACE, "key": _KEY, "value": _digest(token), "updated_at": now}
            await connection.execute(statement.values(**row, expires_at=now + LIFETIME))
        return token

    async def consume_setup_token(self, token: str, name: str, password: str) -> UserView:
        """Makes the first administrator. `Gone` once there is a user, `NotAuthenticated` for a token that is
        wrong, spent or too old; `InvalidInput` for a bad name or password leaves it valid."""
        digest = _digest(token)
        async with self._database.read() as connection:
            await _check(connection, digest)
        values = await new_user(self._passwords, name, password, is_admin=True)
        return await self._add(values, digest)

    async def _add(self, values: dict[str, Any], digest: str | None) -> UserView:
        try:
            async with self._database.write() as transaction:
                user_id = await _first(transaction.connection, values, digest)
                transaction.after_commit.append(self._accounts.forget)
        except sa.exc.IntegrityError:
            raise _over() from None
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(*people.VIEW).where(users.c.id == user_id))).one()
        return view_of(row)


async def _first(connection: AsyncConnection, values: dict[str, Any], digest: str | None) -> UUID:
    if digest is not None:
        await _check(connection, digest)
    if await people.any_user(connection):
        raise _over()
    await connection.execute(sa.delete(key_values).where(*_token_row()))
    return await people.add_user(connection, values, now=utcnow(), granted_by=None, only=None)


async def _check(connection: AsyncConnection, digest: str) -> None:
    """Locks the token's row: of two who send it at one moment, the second finds it gone."""
    if await people.any_user(connection):
        raise _over()
    query = sa.select(key_values.c.value).where(*_token_row(), key_values.c.expires_at > utcnow())
    stored = (await connection.execute(query.with_for_update())).scalar()
    if not secrets.compare_digest(str(stored or "").encode(), digest.encode()):
        raise NotAuthenticated("This setup token is wrong, spent or too old. A restart prints a new one.")


def _token_row() -> tuple[Any, Any]:
    return key_values.c.namespace == _NAMESPACE, key_values.c.key == _KEY


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _over() -> Gone:
    return Gone("The server is set up already.", hint="Log in, or use `mcma user add`.")
