"""Cover pictures: the embedded one, else an image beside the file. Headers are read, nothing is decoded."""

import io
import re
import warnings
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from PIL import Image

from mcma.domain.facts import PictureFact
from mcma.media._raw import FRONT_COVER, MAX_TAG_BYTES, RawPicture
from mcma.media._source import read_small, status

MAX_PIXELS = 25_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

_MIMES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
}
_KINDS = {3: "front", 4: "back", 6: "disc", 7: "artist", 8: "artist", 10: "artist"}
_COVER_NAME = re.compile(rb"(cover|folder|front|album)\.(jpg|jpeg|png|webp|gif)", re.IGNORECASE)
_NAME_ORDER = (b"cover", b"folder", b"front", b"album")
_measured: dict[bytes, "_Header | None"] = {}
"""Albums embed one picture into every track: its header is parsed once."""


class _Header(NamedTuple):
    mime: str
    width: int
    height: int


def embedded_picture(pictures: list[RawPicture]) -> PictureFact | None:
    """The front cover, else the first picture that is one."""
    for picture in sorted(pictures, key=lambda one: one.kind != FRONT_COVER):
        fact = _fact(picture.data, _KINDS.get(picture.kind, "other"), None)
        if fact is not None:
            return fact
    return None


def folder_picture(beside: bytes, names: Sequence[bytes]) -> PictureFact | None:
    """The best of `cover`, `folder`, `front` and `album` (in this order) among `names` beside a file."""
    folder = beside.rpartition(b"/")[0]
    covers = [name for name in names if _COVER_NAME.fullmatch(name)]
    for name in sorted(covers, key=lambda name: (_NAME_ORDER.index(name.lower().partition(b".")[0]), name)):
        path = folder + b"/" + name
        try:
            info = status(path)
        except OSError:
            continue
        if (fact := _file_fact(path, info.st_size, info.st_mtime_ns, info.st_ino)) is not None:
            return fact
    return None


def is_image(data: bytes) -> bool:
    """By its first bytes."""
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG", b"GIF8")) or data[8:12] == b"WEBP"


@lru_cache(maxsize=32)
def _file_fact(path: bytes, size: int, mtime_ns: int, inode: int) -> PictureFact | None:
    """All tracks of a folder ask for the same file; any change of it is another key."""
    data = read_small(path, MAX_TAG_BYTES)
    return _fact(data, "front", path) if data else None


def _fact(data: bytes, kind: str, path: bytes | None) -> PictureFact | None:
    digest = sha256(data).digest()
    if digest not in _measured:
        if len(_measured) >= 1_000:
            _measured.clear()
        _measured[digest] = _measure(data)
    header = _measured[digest]
    if header is None:
        return None
    return PictureFact(digest, header.mime, len(data), kind, header.width, header.height, path)


def _measure(data: bytes) -> _Header | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height, kind = image.width, image.height, image.format
    except Exception:  # noqa: BLE001 Pillow's parsers raise anything on hostile bytes
        return None
    if not 0 < width * height <= MAX_PIXELS:
        return None
    return _Header(_MIMES.get(kind or "", "image/jpeg"), width, height)
