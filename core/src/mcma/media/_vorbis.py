"""Vorbis comments and FLAC picture blocks (https://xiph.org/vorbis/doc/v-comment.html, RFC 9639)."""

import binascii
from functools import lru_cache
from struct import error, unpack_from

from mcma.media._names import add, common_name
from mcma.media._raw import Raw, RawPicture

_CACHED_BYTES = 1024 * 1024


@lru_cache(maxsize=2)
def _decode_again(value: bytes) -> bytes:
    """Neighbours of an album carry the same picture, and Base64 is the dearest part of reading it."""
    return binascii.a2b_base64(value)


def read_comments(data: bytes, offset: int, raw: Raw) -> None:
    """The comment list at `offset`; a list that ends early keeps what came before."""
    try:
        offset += 4 + unpack_from("<I", data, offset)[0]
        count: int = unpack_from("<I", data, offset)[0]
        offset += 4
        for _ in range(count):
            size: int = unpack_from("<I", data, offset)[0]
            _read_comment(data[offset + 4 : offset + 4 + size], raw)
            offset += 4 + size
    except error:
        return


def _read_comment(entry: bytes, raw: Raw) -> None:
    name, _, value = entry.partition(b"=")
    key = common_name(name.decode("latin-1"))
    if key == "metadata_block_picture":
        _read_encoded_picture(value, raw)
    elif value:
        add(raw.tags, key, value.decode("utf-8", "replace"))


def _read_encoded_picture(value: bytes, raw: Raw) -> None:
    try:
        decode = _decode_again if len(value) <= _CACHED_BYTES else binascii.a2b_base64
        read_picture_block(decode(value), raw)
    except binascii.Error:
        return


def read_picture_block(data: bytes, raw: Raw) -> None:
    """A FLAC picture block. Its length field is not trusted beyond the block."""
    try:
        kind, mime = unpack_from(">2I", data, 0)
        offset = 8 + mime
        offset += 4 + unpack_from(">I", data, offset)[0] + 16
        size = unpack_from(">I", data, offset)[0]
    except error:
        return
    raw.pictures.append(RawPicture(kind, data[offset + 4 : offset + 4 + size]))
