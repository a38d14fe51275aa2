"""The account services wired together, with hashing made cheap."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mcma.services.callers import SYSTEM
from mcma.services.people.accounts import Accounts
from mcma.services.people.app_passwords import AppPasswords
from mcma.services.people.logins import Logins
from mcma.services.people.passwords import Passwords
from mcma.services.people.secretbox import SecretBox
from mcma.services.people.sessions import Sessions
from mcma.services.people.setup import Setup
from mcma.services.people.tokens import AccessTokens
from mcma.services.people.usage import UsageNotes
from mcma.services.people.users import Users
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma_plugins.values import Caller

KEY = b"a key for tests, " * 4
OTHER_KEY = b"another test key " * 4
PASSWORD = "violet anchor 42"


def cheap_passwords() -> Passwords:
    return Passwords(time_cost=1, memory_kib=8, parallelism=1)


@dataclass
class Household:
    database: Database
    passwords: Passwords
    accounts: Accounts
    app_passwords: AppPasswords
    tokens: AccessTokens
    sessions: Sessions
    usage: UsageNotes
    logins: Logins
    users: Users
    setup: Setup

    async def person(self, name: str, *, admin: bool = False, password: str | None = PASSWORD) -> Caller:
        made = await self.users.create(SYSTEM, name, password, is_admin=admin)
        return Caller(made.id, made.name, made.is_admin, "tests")

    async def count(self, table: sa.Table, *where: Any) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(*where)
        async with self.database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def insert(self, table: sa.Table, *rows: dict[str, Any]) -> None:
        async with self.database.write() as transaction:
            await transaction.connection.execute(sa.insert(table), list(rows))


def household(database: Database, key: bytes = KEY, *previous: bytes) -> Household:
    """Another one on the same database is another process to it."""
    box, passwords = SecretBox(key, previous), cheap_passwords()
    accounts = Accounts(database, box)
    tokens, usage = AccessTokens(KEY), UsageNotes(database)
    return Household(
        database,
        passwords,
        accounts,
        AppPasswords(database, box, accounts),
        tokens,
        Sessions(database, tokens),
        usage,
        Logins(database, accounts, passwords, tokens, usage=usage),
        Users(database, passwords, accounts),
        Setup(database, passwords, accounts),
    )


def a_library(number: int) -> dict[str, Any]:
    now = utcnow()
    return {"id": new_id(), "number": number, "name": f"Music {number}", "kind": "folder",
            "changed_at": now, "created_at": now, "updated_at": now}  # fmt: skip
