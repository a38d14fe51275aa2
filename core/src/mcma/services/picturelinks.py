"""Addresses of pictures that open without a login, for a week: apps hand such addresses to image loaders and
to other devices, which know no password.

A link names one item and one size and is signed (HMAC-SHA256, RFC 2104, cut to 128 bits): nobody can make
another one out of it. It stays the same for a day, so that what was loaded is found again.
"""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mcma.domain.errors import NotFound
from mcma.store.clock import utcnow
from mcma_plugins.values import ItemKind, ItemRef

DAYS = 7
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_FORM = struct.Struct(">B16sHH")
_KINDS = (ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST, ItemKind.PLAYLIST)
_SIGNATURE = 16
_LENGTH = len(urlsafe_b64encode(bytes(_FORM.size + _SIGNATURE)).rstrip(b"="))


class Linked(NamedTuple):
    item: ItemRef
    size: int
    """Longest side in pixels."""


class PictureLinks:
    """`keys`: what signs now comes first; what signed before is still taken."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = [_derived(key) for key in keys]

    def link(self, item: ItemRef, size: int) -> str:
        """For an item that the caller may see: who asks is not asked again."""
        told = _FORM.pack(_KINDS.index(item.kind), item.id.bytes, size, _today())
        return urlsafe_b64encode(told + _signed(self._keys[0], told)).rstrip(b"=").decode()

    def opened(self, link: str) -> Linked:
        """`NotFound` for what is no link, has been tampered with, or is too old."""
        told, signature = _parted(link)
        if not any(hmac.compare_digest(_signed(key, told), signature) for key in self._keys):
            raise _gone()
        kind, id_, size, day = _FORM.unpack(told)
        if not 0 <= _today() - day <= DAYS:
            raise _gone()
        return Linked(ItemRef(_KINDS[kind], UUID(bytes=id_)), size)


def _parted(link: str) -> tuple[bytes, bytes]:
    if len(link) != _LENGTH or not link.isascii():
        raise _gone()
    try:
        data = urlsafe_b64decode(link + "=" * (-len(link) % 4))
    except ValueError:
        raise _gone() from None
    if len(data) != _FORM.size + _SIGNATURE or urlsafe_b64encode(data).rstrip(b"=").decode() != link:
        raise _gone()
    return data[: _FORM.size], data[_FORM.size :]


def _signed(key: bytes, told: bytes) -> bytes:
    return hmac.digest(key, told, hashlib.sha256)[:_SIGNATURE]


def _derived(key: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"mcma picture links").derive(key)


def _today() -> int:
    return (utcnow() - _EPOCH).days


def _gone() -> NotFound:
    return NotFound("There is no such picture.")
