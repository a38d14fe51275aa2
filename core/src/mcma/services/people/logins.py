"""Every way in. Satisfies `mcma_plugins.people.Logins`, and knows the account password and access tokens.

App passwords hold 160 random bits, so guessing them is hopeless whatever the rate: a right one always opens,
and only wrong ones are limited. A device that keeps sending a revoked one locks nobody else out. The account
password is a person's choice, so its limit comes before the (expensive) check.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.errors import NotAuthenticated
from mcma.services.people.accounts import LEAST, Account, Accounts, HeldSecret
from mcma.services.people.passwords import Passwords
from mcma.services.people.ratelimit import LoginLimits
from mcma.services.people.tokens import AccessTokens, refused
from mcma.services.people.usage import UsageNotes
from mcma.services.people.usernames import known_key, printable
from mcma.store.engine import Database
from mcma.store.queries.people import rights_of
from mcma.store.tables.people import users
from mcma_plugins.ids import DeviceId
from mcma_plugins.values import Caller

_NOBODYS = HeldSecret(UUID(int=0), b"no app password is this")
"""Compared with when there is no user, so that this takes as long as having one."""
_LONGEST = 1024


class Logins:
    """`address` is the client's, after trusted proxies; `client` the name it gives itself."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        passwords: Passwords,
        tokens: AccessTokens,
        *,
        usage: UsageNotes | None = None,
        password_limits: LoginLimits | None = None,
        app_limits: LoginLimits | None = None,
    ) -> None:
        self._database, self._accounts, self._passwords = database, accounts, passwords
        self._tokens = tokens
        self._usage = usage or UsageNotes(database)
        self._password_limits = password_limits or LoginLimits()
        self._app_limits = app_limits or LoginLimits()

    async def by_password(self, name: str, password: str, *, address: str, client: str) -> Caller:
        """The account's own password. `NotAuthenticated` in the same words and time for an unknown user, a
        wrong password, a disabled user and one without a password; `TooManyRequests`."""
        key = known_key(name)
        self._password_limits.spend(key or "", address)
        row = await self._password_row(key)
        if not await self._passwords.verify(row and row.password_hash, password) or row.disabled_at:
            raise NotAuthenticated("Wrong name or password.")
        self._password_limits.refund(key or "", address)
        await self._modernise(row, password)
        return Caller(row.id, row.name, row.is_admin, printable(client), rights=rights_of(row))

    async def by_access_token(self, token: str) -> Caller:
        """`NotAuthenticated` also once the user's logins were ended or the device was revoked: here at once,
        in other processes within half a minute."""
        claims = self._tokens.read(token)
        account = await self._accounts.by_id(claims.user_id)
        if account is None or account.disabled or account.token_version != claims.version:
            raise refused()
        if claims.device_id is not None:
            self._check_device(account, claims.device_id)
        return _caller(account, claims.client, claims.device_id)

    def _check_device(self, account: Account, device_id: DeviceId) -> None:
        if device_id in account.revoked_devices:
            raise NotAuthenticated(
                "This device was revoked.", code="device_revoked", hint="Log in again, as a new device."
            )
        self._usage.saw(device_id)

    async def by_app_password(self, name: str, password: str, *, address: str, client: str) -> Caller:
        given = _octets(password)
        return await self._by_name(name, lambda secret: _same(given, secret), address, client)

    async def by_token(self, name: str, token: str, salt: str, *, address: str, client: str) -> Caller:
        given, salted = _octets(token), _octets(salt)
        return await self._by_name(
            name, lambda secret: _same(given, _subsonic_token(secret, salted)), address, client
        )

    async def by_api_key(self, key: str, *, address: str, client: str) -> Caller:
        given = _octets(key)
        account = await self._accounts.by_key(given)
        found = _matching(account, lambda secret: _same(given, secret))
        return self._admit("", account, found, address, client)

    async def close(self) -> None:
        """Writes what is left of the notes about app passwords; before the database closes."""
        await self._usage.flush()

    async def _by_name(
        self, name: str, matches: Callable[[bytes], bool], address: str, client: str
    ) -> Caller:
        key = known_key(name)
        account = None if key is None else await self._accounts.by_name(key)
        return self._admit(key or "", account, _matching(account, matches), address, client)

    def _admit(
        self, key: str, account: Account | None, found: HeldSecret | None, address: str, client: str
    ) -> Caller:
        if account is None or found is None or account.disabled:
            self._app_limits.spend(key, address)
            raise NotAuthenticated("Wrong name or app password.")
        self._app_limits.welcome(key, address)
        self._usage.note(found.id, client)
        if found.device_id is not None:
            self._usage.saw(found.device_id)
        return _caller(account, printable(client), found.device_id, by_app=True)

    async def _password_row(self, key: str | None) -> Any:
        if key is None:
            return None
        async with self._database.read() as connection:
            return (await connection.execute(sa.select(users).where(users.c.name_key == key))).first()

    async def _modernise(self, row: Any, password: str) -> None:
        """Hashes again what was hashed with other parameters, unless it was changed meanwhile."""
        if not self._passwords.is_outdated(row.password_hash):
            return
        unchanged = users.c.id == row.id, users.c.password_hash == row.password_hash
        newer = await self._passwords.hash(password)
        async with self._database.write() as transaction:
            await transaction.connection.execute(
                sa.update(users).where(*unchanged).values(password_hash=newer)
            )


def _matching(account: Account | None, matches: Callable[[bytes], bool]) -> HeldSecret | None:
    """Tries every secret, also after one fitted, and as many as for anybody: the time says neither which one
    it was nor whether there is such a user."""
    found = None
    held = account.secrets if account is not None else ()
    for secret in (*held, *[_NOBODYS] * (LEAST - len(held))):
        if matches(secret.value) and secret is not _NOBODYS:
            found = secret
    return found


def _caller(account: Account, client: str, device_id: DeviceId | None, *, by_app: bool = False) -> Caller:
    return Caller(
        account.user_id,
        account.name,
        account.is_admin,
        client,
        device_id,
        rights=account.rights,
        by_app=by_app,
    )


def _octets(text: str) -> bytes:
    """Bytes, because comparing text that is not ASCII raises; cut, because none of ours is that long."""
    return text[:_LONGEST].encode("utf-8", "surrogatepass")


def _same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


def _subsonic_token(secret: bytes, salt: bytes) -> bytes:
    """OpenSubsonic API reference, "Authentication": md5(password + salt) in lower-case hex."""
    return hashlib.md5(secret + salt, usedforsecurity=False).hexdigest().encode()
