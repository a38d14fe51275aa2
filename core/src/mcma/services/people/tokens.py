"""Access tokens: short-lived JWTs (RFC 7519), checked by the rules of RFC 8725."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import jwt

from mcma.domain.errors import NotAuthenticated
from mcma.services.people.usernames import printable
from mcma.services.recent import Recent
from mcma.store.clock import new_id, utcnow
from mcma_plugins.ids import DeviceId, UserId

ALGORITHM = "HS256"
AUDIENCE = "mcma"
_REQUIRED = ["exp", "iat", "jti", "sub", "typ", "aud", "ver"]
_LEEWAY = 60
"""Seconds clocks may differ by (two servers in front of one database)."""
_LONGEST = 4096


class TokenClaims(NamedTuple):
    user_id: UserId
    version: int
    """Must equal the user's `token_version`."""
    client: str
    device_id: DeviceId | None = None
    """The device it hangs on, and ends with."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    value: str = field(repr=False)
    expires_at: datetime


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"mcma jwt key id" + key).hexdigest()[:16]


CHECK_SECONDS = 10.0
"""How long after its end a token may still be read as good, beside the leeway."""


class AccessTokens:
    """Signs with the current key; tokens of the previous ones stay good until they expire."""

    def __init__(self, key: bytes, previous: Sequence[bytes] = (), *, minutes: int = 15) -> None:
        self._current = _key_id(key)
        self._keys = {_key_id(one): one for one in (*previous, key)}
        self._lifetime = timedelta(minutes=minutes)
        self._read: Recent[str, TokenClaims] = Recent(CHECK_SECONDS)

    def issue(
        self, user_id: UUID, version: int, client: str = "", device_id: UUID | None = None
    ) -> AccessToken:
        now = utcnow()
        claims = {
            "sub": str(user_id),
            "ver": version,
            "typ": "access",
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + self._lifetime,
            "jti": str(new_id()),
            "cli": printable(client),
        }
        if device_id is not None:
            claims["dev"] = str(device_id)
        value = jwt.encode(claims, self._keys[self._current], ALGORITHM, headers={"kid": self._current})
        return AccessToken(value, now + self._lifetime)

    def read(self, token: str) -> TokenClaims:
        """`NotAuthenticated` for whatever is wrong with it, in the same words.

        One that was good seconds ago is not checked again; whether its login has ended is asked elsewhere.
        """
        try:
            return self._read.get(token) or self._read.put(token, _claims(self._decoded(token)))
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):  # UnicodeError is a ValueError
            raise refused() from None

    def _decoded(self, token: str) -> dict[str, Any]:
        if len(token) > _LONGEST:
            raise ValueError("longer than any of ours")
        key = self._keys[str(jwt.get_unverified_header(token)["kid"])]
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            leeway=_LEEWAY,
            options={"require": _REQUIRED, "strict_aud": True},
        )


def _claims(found: dict[str, Any]) -> TokenClaims:
    version = found["ver"]
    if found["typ"] != "access" or not isinstance(version, int):
        raise ValueError("not an access token")
    device = None if found.get("dev") is None else DeviceId(UUID(found["dev"]))
    return TokenClaims(UserId(UUID(found["sub"])), version, str(found.get("cli", "")), device)


def refused() -> NotAuthenticated:
    return NotAuthenticated("This login has ended, or never was one. Log in again.")
