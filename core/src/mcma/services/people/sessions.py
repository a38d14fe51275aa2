"""Logins that last: refresh tokens that change with every use (RFC 9700 section 4.14.2)."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.people.devices import check_device
from mcma.services.people.tokens import AccessToken, AccessTokens, refused
from mcma.services.people.usernames import printable
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.queries.people import lock_user, revoke_refresh_tokens
from mcma.store.tables.people import refresh_tokens
from mcma_plugins.values import Caller

ANSWER_LOST = timedelta(seconds=60)
"""How long a spent token may be sent again by somebody who did not hear the answer (the "reuse interval" of
other servers). A thief who uses it takes the owner's place, and is found out when the owner comes."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: AccessToken
    refresh: str = field(repr=False)
    refresh_expires_at: datetime
    device_id: UUID | None = None
    """The device that the login hangs on."""


class Sessions:
    """Opens, renews and ends logins. All refusals are `NotAuthenticated` in the same words."""

    def __init__(self, database: Database, access: AccessTokens, *, days: int = 30) -> None:
        self._database, self._access = database, access
        self._lifetime = timedelta(days=days)

    async def open(self, caller: Caller) -> TokenPair:
        """After `Logins.by_password`. The login ends with `caller.device_id`, when there is one: `NotFound`
        and `Conflict` (revoked) for one that is not the caller's. Clears away the user's expired tokens."""
        expired = refresh_tokens.c.user_id == caller.user_id, refresh_tokens.c.expires_at < utcnow()
        async with self._database.write() as transaction:
            connection = transaction.connection
            user = await lock_user(connection, caller.user_id)
            if user is None or user.disabled_at is not None:
                raise refused()
            await connection.execute(sa.delete(refresh_tokens).where(*expired))
            if caller.device_id is not None:
                await check_device(connection, caller, caller.device_id)
            login = _Login(new_id(), caller.client, caller.device_id)
            return await self._issue(connection, user, login, utcnow())

    async def refresh(self, token: str) -> TokenPair:
        """A new pair; `token` is spent. Within `ANSWER_LOST` a spent one is good again, while nothing was
        done with what it gave, which is not good any more then: an answer was lost. Beyond that it was stolen
        from somebody, maybe from its owner: every token of that login ends with it."""
        async with self._database.write() as transaction:
            pair = await self._renewed(transaction.connection, _digest(token))
        if pair is None:  # raised here, after the commit: a family that was revoked stays so
            raise refused()
        return pair

    async def close(self, token: str) -> None:
        """Logs out: all tokens of that login end. Unknown ones are none of the caller's business."""
        async with self._database.write() as transaction:
            _, row = await _locked(transaction.connection, _digest(token))
            if row is not None:
                await _revoke_family(transaction.connection, row.family_id)

    async def _renewed(self, connection: AsyncConnection, digest: bytes) -> TokenPair | None:
        user, row = await _locked(connection, digest)
        if row is None:
            return None
        now = max(utcnow(), row.created_at)  # what follows in a family is never earlier, whatever clocks do
        if not await _good(connection, row, now):
            await _revoke_family(connection, row.family_id)
            return None
        if user.disabled_at is not None or row.expires_at <= now:
            return None
        await _spend(connection, row, now)
        return await self._issue(connection, user, _Login(row.family_id, row.client, row.device_id), now)

    async def _issue(
        self, connection: AsyncConnection, user: Any, login: "_Login", now: datetime
    ) -> TokenPair:
        token = secrets.token_urlsafe(32)
        row = {
            "id": new_id(),
            "user_id": user.id,
            "family_id": login.family,
            "device_id": login.device_id,
            "token_hash": _digest(token),
            "client": printable(login.client),
            "created_at": now,
            "expires_at": now + self._lifetime,
        }
        await connection.execute(sa.insert(refresh_tokens).values(**row))
        access = self._access.issue(user.id, user.token_version, login.client, login.device_id)
        return TokenPair(access, token, now + self._lifetime, login.device_id)


class _Login(NamedTuple):
    """What all tokens that come from one login share."""

    family: UUID
    client: str
    device_id: UUID | None


def _digest(token: str) -> bytes:
    """Random tokens need no slow hash (OWASP Session Management): there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


async def _locked(connection: AsyncConnection, digest: bytes) -> tuple[Any, Any]:
    """The user and the token as they are once the user's row is ours: two uses at one moment take turns."""
    this = refresh_tokens.c.token_hash == digest
    owner = (await connection.execute(sa.select(refresh_tokens.c.user_id).where(this))).scalar()
    if owner is None:
        return None, None
    user = await lock_user(connection, owner)
    return user, (await connection.execute(sa.select(refresh_tokens).where(this))).first()


async def _good(connection: AsyncConnection, row: Any, now: datetime) -> bool:
    if row.revoked_at is not None or row.used_at is None:
        return row.revoked_at is None
    later = sa.select(refresh_tokens.c.id).where(
        refresh_tokens.c.family_id == row.family_id,
        refresh_tokens.c.id != row.id,
        refresh_tokens.c.used_at >= row.used_at,
    )
    return now - row.used_at < ANSWER_LOST and (await connection.execute(later)).first() is None


async def _spend(connection: AsyncConnection, row: Any, now: datetime) -> None:
    """`used_at` stays that of the first time: the interval does not grow. One token of a family is good."""
    if row.used_at is not None:
        given = refresh_tokens.c.family_id == row.family_id, refresh_tokens.c.used_at.is_(None)
        await revoke_refresh_tokens(connection, now, *given)
    else:
        this = refresh_tokens.c.id == row.id
        await connection.execute(sa.update(refresh_tokens).where(this).values(used_at=now))


async def _revoke_family(connection: AsyncConnection, family: UUID) -> None:
    await revoke_refresh_tokens(connection, utcnow(), refresh_tokens.c.family_id == family)
