"""How music reaches people: bytes and pictures. Part of `mcma_plugins.services`."""

from typing import Protocol

from mcma_plugins.decisions import Abilities, Decision
from mcma_plugins.ids import TrackId
from mcma_plugins.streams import Archive, Served, StreamWish
from mcma_plugins.values import Caller, CoverImage, ItemRef, StreamFile


class Streaming(Protocol):
    async def original(self, caller: Caller, track_id: TrackId) -> StreamFile:
        """The preferred file as it is. `Unavailable` when its volume is gone."""
        ...

    async def serve(
        self, caller: Caller, track_id: TrackId, wish: StreamWish, *, start: bool = True, keep: bool = False
    ) -> Served:
        """What fits a wish best: the original, a finished rendition, or one that grows. Without ffmpeg, and
        where it fails, the original. Unless `start`, nothing is begun: then an `Announced` may come. With
        `keep` it is a download, which needs the right to.

        `TooManyRequests` when too many renditions are being made; `InvalidInput` for absurd values.
        """
        ...

    async def cover(self, caller: Caller, item: ItemRef, size: int | None = None) -> CoverImage:
        """`size` is the longest side in pixels; pictures are never enlarged. A known item without a picture
        gets a generated one."""
        ...


class Decisions(Protocol):
    """For players that say what they can play, instead of wishing for a format."""

    async def decide(self, caller: Caller, track_id: TrackId, able: Abilities) -> Decision:
        """The file as it is where it is played, else the first form that is wanted and can be made."""
        ...

    async def serve(
        self, caller: Caller, track_id: TrackId, params: str, *, offset_ms: int = 0, start: bool = True
    ) -> Served:
        """What was decided, from `Decision.params`. Unless `start`, nothing is begun. `InvalidInput` for
        params of somebody else or nobody, and for an offset behind the end; `Gone` when they are too old or
        the file is another by now; `Unavailable` when it cannot be made now; `TooManyRequests`."""
        ...


class Downloads(Protocol):
    async def archive(self, caller: Caller, item: ItemRef) -> Archive:
        """An album, all albums of an artist, or a playlist, for `mcma_plugins.web.archive_response`. Files
        that are missing are left out and noted in it; `Unavailable` when none is there, `TooLarge` for too
        many, `TooManyRequests` for too many archives at a time, `InvalidInput` for other kinds. Needs the
        right to download."""
        ...
