"""What was decided, as a word that only this server can have written: JSON Web Tokens (RFC 7519)."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import jwt

from mcma.domain.errors import Gone, InvalidInput
from mcma.domain.profiles import CODECS, Target
from mcma.store.clock import utcnow
from mcma_plugins.ids import UserId

GOOD_FOR: Final = timedelta(hours=48)
_ALGORITHM: Final = "HS256"
_AUDIENCE: Final = "mcma decision"
_REQUIRED: Final = ["exp", "sub", "aud", "file"]
_LONGEST: Final = 2048
_NUMBERS: Final = ("kbps", "hz", "channels", "bits")


class Pass(NamedTuple):
    file_id: UUID
    target: Target | None
    """None for the file as it is."""


class Passes:
    """Of one user, for one file and one form of it. Their key is made from another, so that neither kind of
    token is ever taken for the other."""

    def __init__(self, key: bytes, previous: Sequence[bytes] = ()) -> None:
        self._keys = [hmac.digest(one, b"mcma decisions", hashlib.sha256) for one in (key, *previous)]

    def write(self, user_id: UserId, found: Pass) -> str:
        claims: dict[str, Any] = {
            "sub": str(user_id), "aud": _AUDIENCE, "file": str(found.file_id), "exp": utcnow() + GOOD_FOR,
        }  # fmt: skip
        if (made := found.target) is not None:
            claims |= {"codec": made.codec.name}
            claims |= dict(zip(_NUMBERS, made[1:5], strict=True))
        return jwt.encode(claims, self._keys[0], _ALGORITHM)

    def read(self, text: str, user_id: UserId) -> Pass:
        """`InvalidInput` for what was not written here, or for somebody else; `Gone` when it is too old."""
        try:
            claims = self._claims(text)
            if claims["sub"] != str(user_id):
                raise ValueError("somebody else's")
            return Pass(UUID(claims["file"]), _target(claims))
        except jwt.ExpiredSignatureError:
            raise Gone("This decision is too old. Ask for another.", code="decision_expired") from None
        except (jwt.PyJWTError, KeyError, ValueError, TypeError):
            raise InvalidInput(
                "This is no decision that the server made for you.", code="invalid_field"
            ) from None

    def _claims(self, text: str) -> dict[str, Any]:
        if len(text) > _LONGEST:
            raise ValueError("longer than any of ours")
        for key in self._keys[:-1]:
            try:
                return _decoded(text, key)
            except jwt.InvalidSignatureError:
                continue
        return _decoded(text, self._keys[-1])


def _decoded(text: str, key: bytes) -> dict[str, Any]:
    options: Any = {"require": _REQUIRED, "strict_aud": True}
    return jwt.decode(text, key, algorithms=[_ALGORITHM], audience=_AUDIENCE, options=options)


def _target(claims: Mapping[str, Any]) -> Target | None:
    if "codec" not in claims:
        return None
    kbps, hz, channels, bits = (int(claims[name]) for name in _NUMBERS)
    return Target(CODECS[claims["codec"]], kbps, hz, channels, bits, 0)
