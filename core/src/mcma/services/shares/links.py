"""The secret in a link.

A link is handed around by nature, but whoever finds a copy of the database should not find every link in it:
the token is kept as a hash, by which it is found, and encrypted, so that its owner can be shown the link
again. The hash needs no key: with the key lost, links go on working and only cannot be shown any more.
"""

import hashlib
import re
import secrets
from typing import Any, Final
from uuid import UUID

from mcma.services.people.app_passwords import ALPHABET
from mcma.services.people.secretbox import SecretBox

CHARACTERS: Final = 26
"""Five bits each: 130. Neither marks nor capitals, which messengers cut off at the end and people mistype."""
_TOKEN: Final = re.compile(f"[{ALPHABET}]{{{CHARACTERS}}}", re.ASCII)
PAGES: Final = "/share/"


class Links:
    def __init__(self, box: SecretBox) -> None:
        self._box = box

    @property
    def key_id(self) -> str:
        return self._box.key_id

    def made(self, share_id: UUID) -> dict[str, Any]:
        """The columns of a new link."""
        token = "".join(secrets.choice(ALPHABET) for _ in range(CHARACTERS))
        return {"token_hash": _hash(token), **self._sealed(share_id, token.encode())}

    def path(self, share_id: UUID, sealed: bytes, key_id: str) -> str | None:
        """None when its key is gone."""
        token = self._box.open(sealed, key_id, _owner(share_id))
        return None if token is None else f"{PAGES}{token.decode()}"

    def resealed(self, share_id: UUID, sealed: bytes, key_id: str) -> dict[str, Any] | None:
        """The columns with the current key; None when its own is gone."""
        token = self._box.open(sealed, key_id, _owner(share_id))
        return None if token is None else self._sealed(share_id, token)

    def _sealed(self, share_id: UUID, token: bytes) -> dict[str, Any]:
        return {"token": self._box.seal(token, _owner(share_id)), "key_id": self._box.key_id}


def hash_of(token: str) -> bytes | None:
    """None for what cannot be one."""
    return _hash(token) if _TOKEN.fullmatch(token) else None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _owner(share_id: UUID) -> bytes:
    return b"share" + share_id.bytes
