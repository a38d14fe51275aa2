"""App passwords: one per device, random, readable again by the server alone.

Subsonic's token scheme needs the secret back, so it is encrypted and not hashed; that is why the account's
own password never goes near it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import Conflict, NotFound
from mcma.services.people.accounts import Accounts, owner_of
from mcma.services.people.devices import check_device
from mcma.services.people.secretbox import SecretBox
from mcma.services.people.usernames import checked_name
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.engine import Database
from mcma.store.tables.people import app_passwords
from mcma_plugins.values import Caller

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32 in lower case: one keyboard page on a phone or a television, nothing looks alike."""
CHARACTERS = 32
"""Five bits each: 160."""
DEFAULT = "default"
MOST = 100
"""App passwords per user: a login by token tries each."""


class AppPasswordView(NamedTuple):
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    last_client: str | None
    usable: bool
    """False when the key it was encrypted with is gone: it has to be made anew."""
    device_id: UUID | None
    """The device that it ends with."""


@dataclass(frozen=True, slots=True)
class NewAppPassword:
    view: AppPasswordView
    secret: str = field(repr=False)


class Rekeyed(NamedTuple):
    moved: int
    """Encrypted with the current key now."""
    lost: int
    """Their key is not among the known ones."""


def new_secret() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))


class AppPasswords:
    """A caller's own app passwords. Ids of other users' raise `NotFound`."""

    def __init__(self, database: Database, box: SecretBox, accounts: Accounts) -> None:
        self._database, self._box, self._accounts = database, box, accounts

    async def list(self, caller: Caller) -> Sequence[AppPasswordView]:
        """By age."""
        query = sa.select(app_passwords).where(app_passwords.c.user_id == caller.user_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(app_passwords.c.id))).all()
        return [self._view(row) for row in rows]

    async def create(self, caller: Caller, name: str, device_id: UUID | None = None) -> NewAppPassword:
        """The secret is shown this once; it ends with the device, when there is one. `Conflict` when the user
        has one of that name; `InvalidInput`."""
        row, secret = self._sealed(caller.user_id, checked_name(name))
        row["device_id"] = device_id
        try:
            async with self._database.write() as transaction:
                await _check_room(transaction.connection, caller.user_id)
                if device_id is not None:
                    await check_device(transaction.connection, caller, device_id)
                await transaction.connection.execute(sa.insert(app_passwords).values(**row))
                transaction.after_commit.append(self._accounts.forget)
        except sa.exc.IntegrityError:
            raise Conflict("There is an app password of that name already.") from None
        return NewAppPassword(self._view(SimpleNamespace(**row)), secret)

    async def revoke(self, caller: Caller, secret_id: UUID) -> None:
        mine = app_passwords.c.id == secret_id, app_passwords.c.user_id == caller.user_id
        async with self._database.write() as transaction:
            done = await transaction.connection.execute(sa.delete(app_passwords).where(*mine))
            transaction.after_commit.append(self._accounts.forget)
        if done.rowcount == 0:
            raise NotFound("There is no such app password.")

    async def reveal_default(self, caller: Caller) -> str:
        """The one named `default`, made on first use, for apps set up by hand; the same until rotated.

        `Conflict` when the key it was encrypted with is gone.
        """
        found = await self._default(caller)
        if found is None:
            row, _ = self._sealed(caller.user_id, DEFAULT)
            async with self._database.write() as transaction:
                connection = transaction.connection
                await connection.execute(insert_ignoring(connection, app_passwords).values(**row))
                transaction.after_commit.append(self._accounts.forget)
            found = await self._default(caller)
        secret = found and self._box.open(found.secret, found.key_id, owner_of(found.user_id, found.id))
        if not secret:
            raise Conflict("Its key is gone: this app password cannot be read.", hint="Make it anew.")
        return bytes(secret).decode()

    async def rotate_default(self, caller: Caller) -> str:
        """Replaces the one named `default`: whatever used it has to be told the new one."""
        row, secret = self._sealed(caller.user_id, DEFAULT)
        mine = app_passwords.c.user_id == caller.user_id, app_passwords.c.name == DEFAULT
        async with self._database.write() as transaction:
            await transaction.connection.execute(sa.delete(app_passwords).where(*mine))
            await transaction.connection.execute(sa.insert(app_passwords).values(**row))
            transaction.after_commit.append(self._accounts.forget)
        return secret

    async def rekey(self) -> Rekeyed:
        """Moves all rows to the current key, in one transaction; at start, when keys may have changed."""
        old = app_passwords.c.key_id != self._box.key_id
        moved = 0
        async with self._database.write() as transaction:
            connection = transaction.connection
            rows = (await connection.execute(sa.select(app_passwords).where(old).with_for_update())).all()
            for row in rows:
                moved += await self._rekey_one(connection, row)
            transaction.after_commit.append(self._accounts.forget)
        return Rekeyed(moved, len(rows) - moved)

    async def _rekey_one(self, connection: AsyncConnection, row: Any) -> bool:
        owner = owner_of(row.user_id, row.id)
        secret = self._box.open(row.secret, row.key_id, owner)
        if secret is None:
            return False
        sealed = {"secret": self._box.seal(secret, owner), "key_id": self._box.key_id,
                  "lookup": self._box.lookup(secret)}  # fmt: skip
        await connection.execute(
            sa.update(app_passwords).where(app_passwords.c.id == row.id).values(**sealed)
        )
        return True

    async def _default(self, caller: Caller) -> Any:
        mine = app_passwords.c.user_id == caller.user_id, app_passwords.c.name == DEFAULT
        async with self._database.read() as connection:
            return (await connection.execute(sa.select(app_passwords).where(*mine))).first()

    def _sealed(self, user_id: UUID, name: str) -> tuple[dict[str, Any], str]:
        secret, secret_id = new_secret(), new_id()
        row = {
            "id": secret_id,
            "user_id": user_id,
            "name": name,
            "secret": self._box.seal(secret.encode(), owner_of(user_id, secret_id)),
            "key_id": self._box.key_id,
            "lookup": self._box.lookup(secret.encode()),
            "created_at": utcnow(),
            "last_used_at": None,
            "last_client": None,
            "device_id": None,
        }
        return row, secret

    def _view(self, row: Any) -> AppPasswordView:
        opened = self._box.open(row.secret, row.key_id, owner_of(row.user_id, row.id))
        return AppPasswordView(
            row.id,
            row.name,
            row.created_at,
            row.last_used_at,
            row.last_client,
            opened is not None,
            row.device_id,
        )


async def _check_room(connection: AsyncConnection, user_id: UUID) -> None:
    count = sa.select(sa.func.count()).where(app_passwords.c.user_id == user_id)
    if (await connection.execute(count)).scalar_one() >= MOST:
        raise Conflict(f"A user has {MOST} app passwords at most.", hint="Revoke some that are not used.")
