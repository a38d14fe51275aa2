"""Cursors and page tokens are of this server and of one user. A signature says so (HMAC-SHA256, RFC 2104, cut
to 96 bits): nobody else can make one, nor go on with another's.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from uuid import UUID

from mcma.services.sync.cursors import LONGEST, BadCursor

_BYTES = 12


class Seal:
    def __init__(self, key: str, user: UUID) -> None:
        self._key = key.encode() + user.bytes

    def on(self, text: str) -> str:
        return f"{text}.{self._signed(text)}"

    def off(self, sealed: str) -> str:
        """Raises `BadCursor` for what was not given to this user."""
        text, _, signature = sealed.rpartition(".")
        if len(sealed) > LONGEST or not sealed.isascii() or not self._is(text, signature):
            raise BadCursor
        return text

    def _is(self, text: str, signature: str) -> bool:
        return hmac.compare_digest(self._signed(text), signature)

    def _signed(self, text: str) -> str:
        made = hmac.digest(self._key, text.encode(), hashlib.sha256)
        return urlsafe_b64encode(made[:_BYTES]).decode()
