"""Encryption of app passwords at rest, with keys derived from the Subsonic secret key.

AES-256-GCM (NIST SP 800-38D) with a random nonce; HKDF-SHA256 (RFC 5869) gives each purpose its own key.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


def _derived(key: bytes, purpose: str, length: int = 32) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=f"mcma app passwords: {purpose}".encode()).derive(key)


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    cipher: AESGCM = field(repr=False)
    lookup: bytes = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "_Key":
        name = _derived(key, "name", 8).hex()
        return cls(name, AESGCM(_derived(key, "encryption")), _derived(key, "lookup"))


class SecretBox:
    """Seals with the current key, opens with any it was given. Nothing of it shows in its repr."""

    def __init__(self, current: bytes, previous: Sequence[bytes] = ()) -> None:
        self._current = _Key.of(current)
        self._keys = {key.id: key for key in (self._current, *map(_Key.of, previous))}

    @property
    def key_id(self) -> str:
        return self._current.id

    def seal(self, secret: bytes, owner: bytes) -> bytes:
        """`owner` says whose it is: what is moved to another row does not open there."""
        nonce = os.urandom(_NONCE)
        return nonce + self._current.cipher.encrypt(nonce, secret, owner)

    def open(self, sealed: bytes, key_id: str, owner: bytes) -> bytes | None:
        """None when the key is not here any more, or the row was tampered with."""
        key = self._keys.get(key_id)
        if key is None:
            return None
        try:
            return key.cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], owner)
        except (InvalidTag, ValueError):
            return None

    def lookup(self, secret: bytes) -> bytes:
        """By which a secret is found without being readable: HMAC-SHA256."""
        return hmac.digest(self._current.lookup, secret, hashlib.sha256)

    def lookups(self, secret: bytes) -> list[bytes]:
        """By every key there is: rows that wait for a new key are found as well."""
        return [hmac.digest(key.lookup, secret, hashlib.sha256) for key in self._keys.values()]
