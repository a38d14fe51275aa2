"""Kinds of items as they are named in addresses."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Path

from mcma.api.auth import Call
from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.values import ItemKind, ItemRef


class Plural(StrEnum):
    """The word in an address for all items of a kind."""

    @property
    def kind(self) -> ItemKind:
        return ItemKind(self.value[:-1])


class Likeable(StrEnum):
    TRACK = "track"
    ALBUM = "album"
    ARTIST = "artist"

    def ref(self, id_: UUID) -> ItemRef:
        return ItemRef(ItemKind(self.value), id_)


Kind = Annotated[Likeable, Path(description="track, album or artist.")]


async def known(call: Call, kind: Likeable, id_: UUID) -> ItemRef:
    """`NotFound` for what the caller cannot see."""
    catalogue, caller = call.services.catalogue, call.caller
    match kind:
        case Likeable.TRACK:
            await catalogue.track(caller, TrackId(id_))
        case Likeable.ALBUM:
            await catalogue.album(caller, AlbumId(id_))
        case Likeable.ARTIST:
            await catalogue.artist(caller, ArtistId(id_))
    return kind.ref(id_)
