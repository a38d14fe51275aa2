"""What a login needs to know about a user, kept for a moment: most requests come in bursts."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from mcma.services.people.secretbox import SecretBox
from mcma.store.engine import Database
from mcma.store.queries import people
from mcma_plugins.ids import DeviceId, UserId
from mcma_plugins.values import EVERY_RIGHT, Right

LEAST = 8
"""App passwords that are decrypted and compared for every name, whether the user has as many, or is there."""
TTL = 30.0
"""Seconds. Other processes' changes (a user disabled by the command line) are seen after that long."""


@dataclass(frozen=True, slots=True)
class HeldSecret:
    id: UUID
    value: bytes = field(repr=False)
    device_id: DeviceId | None = None
    """What it hangs on."""


@dataclass(frozen=True, slots=True)
class Account:
    user_id: UserId
    name: str
    is_admin: bool
    token_version: int
    disabled: bool
    secrets: tuple[HeldSecret, ...] = field(default=(), repr=False)
    rights: frozenset[Right] = EVERY_RIGHT
    revoked_devices: frozenset[UUID] = frozenset()
    """Only known `by_id`. Not those that are good: another process may just have made one."""


class Accounts:
    """Reads and remembers accounts, unknown names too: both kinds of answer take the same work.

    Whoever changes a user or an app password calls `forget` after the commit.
    """

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        *,
        ttl: float = TTL,
        capacity: int = 2000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._box = database, box
        self._ttl, self._capacity, self._clock = ttl, capacity, clock
        self._kept: OrderedDict[Hashable, tuple[float, Account | None]] = OrderedDict()
        self._generation = 0
        self._nobodys = box.seal(b"no app password is this", owner_of(_NOBODY, _NOBODY))

    def forget(self) -> None:
        """Drops everything: changes are rare, and reads that are under way will not be kept."""
        self._generation += 1
        self._kept.clear()

    async def by_name(self, name_key: str) -> Account | None:
        return await self._get(("name", name_key), lambda: self._load_by_name(name_key))

    async def by_id(self, user_id: UUID) -> Account | None:
        """Without app passwords, with revoked devices."""
        return await self._get(("id", user_id.int), lambda: self._load_by_id(user_id))

    async def by_key(self, key: bytes) -> Account | None:
        """With the one app password that is `key`."""
        lookups = self._box.lookups(key)
        return await self._get(("key", lookups[0]), lambda: self._load(people.account_by_lookup, lookups))

    async def _get(self, key: Hashable, load: Callable[[], Awaitable[Account | None]]) -> Account | None:
        found = self._kept.get(key)
        if found is not None and found[0] > self._clock():
            return found[1]
        generation = self._generation
        account = await load()
        if generation == self._generation:
            self._keep(key, account)
        return account

    def _keep(self, key: Hashable, account: Account | None) -> None:
        self._kept[key] = (self._clock() + self._ttl, account)
        self._kept.move_to_end(key)
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)

    async def _load(
        self, query: Callable[[Any, Any], Awaitable[Sequence[Any]]], value: Any
    ) -> Account | None:
        async with self._database.read() as connection:
            rows = await query(connection, value)
        return self._account(rows) if rows else None

    async def _load_by_name(self, name_key: str) -> Account | None:
        found = await self._load(people.account_by_name, name_key)
        for _ in range(LEAST - (len(found.secrets) if found is not None else 0)):
            self._box.open(self._nobodys, self._box.key_id, owner_of(_NOBODY, _NOBODY))
        return found

    async def _load_by_id(self, user_id: UUID) -> Account | None:
        async with self._database.read() as connection:
            rows = await people.account_by_id(connection, user_id)
        revoked = frozenset(row.revoked for row in rows if row.revoked is not None)
        return replace(self._account(rows), revoked_devices=revoked) if rows else None

    def _account(self, rows: Sequence[Any]) -> Account:
        first = rows[0]
        opened = (self._opened(row) for row in rows if row.secret_id is not None)
        return Account(
            user_id=UserId(first.id),
            name=first.name,
            is_admin=first.is_admin,
            token_version=first.token_version,
            disabled=first.disabled_at is not None,
            secrets=tuple(one for one in opened if one is not None),
            rights=people.rights_of(first),
        )

    def _opened(self, row: Any) -> HeldSecret | None:
        value = self._box.open(row.secret, row.key_id, owner_of(row.id, row.secret_id))
        return None if value is None else HeldSecret(row.secret_id, value, row.device_id)


_NOBODY = UUID(int=0)


def owner_of(user_id: UUID, secret_id: UUID) -> bytes:
    """What an app password is sealed for."""
    return user_id.bytes + secret_id.bytes
