"""Ids on the wire: `tr-`, `al-`, `ar-` and `pl-` before a UUID, one id space for all calls.

A cover id is an item's id and, behind `_`, a mark of its picture: apps cache covers by id for good, so a new
picture needs a new id. The mark is ignored when a cover is asked for.
"""

import re
from uuid import UUID

from mcma_plugins.values import ItemKind, ItemRef

PREFIXES = {
    "tr": ItemKind.TRACK,
    "al": ItemKind.ALBUM,
    "ar": ItemKind.ARTIST,
    "pl": ItemKind.PLAYLIST,
}

_FORM = re.compile(r"(tr|al|ar|pl)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII)
_COVER_MARK = re.compile(r"_[0-9a-f]{8}\Z", re.ASCII)


def track_id(id_: UUID) -> str:
    return "tr-" + str(id_)


def album_id(id_: UUID) -> str:
    return "al-" + str(id_)


def artist_id(id_: UUID) -> str:
    return "ar-" + str(id_)


def playlist_id(id_: UUID) -> str:
    return "pl-" + str(id_)


def cover_id(item: str, artwork: UUID | None) -> str:
    # The low bits of a UUIDv7 are its random ones.
    return item if artwork is None else f"{item}_{artwork.int & 0xFFFFFFFF:08x}"


def playlist_cover_id(item: str, rev: int) -> str:
    """Its picture is made of what is in it."""
    return f"{item}_{rev & 0xFFFFFFFF:08x}"


def parse(text: str) -> ItemRef | None:
    """None for everything that this server never gave out."""
    found = _FORM.fullmatch(text)
    return ItemRef(PREFIXES[found[1]], UUID(found[2])) if found else None


def parse_cover(text: str) -> ItemRef | None:
    """DSub asks for `pl-` before the id of a playlist, whatever is told to be its cover."""
    bare = _COVER_MARK.sub("", text)
    return parse(bare.removeprefix("pl-") if bare.startswith("pl-pl-") else bare)
