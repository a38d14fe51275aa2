"""Tracks on their way to somebody: how they are wished for, and what is sent."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from mcma_plugins.values import StreamFile


class StreamWish(NamedTuple):
    """How somebody wants a track to be sent. Nothing asked for is the original."""

    format: str | None = None
    """A profile (`opus-128`), a format (mp3, opus, aac, flac), or `raw`: the original, come what may."""
    bit_rate_kbps: int | None = None
    """At most; the lossless formats do not know it."""
    sample_rate_hz: int | None = None
    """At most."""
    channels: int | None = None
    """At most."""
    offset_ms: int = 0
    """Where to begin."""


@dataclass(frozen=True, slots=True)
class Announced:
    """What would be made. Nothing was started."""

    content_type: str
    suffix: str
    estimated_size: int | None
    """Bytes, about; None where nobody can tell."""


class Growing(Protocol):
    """One reader's hold on a rendition while it is written. MUST be closed, read or not."""

    @property
    def announced(self) -> Announced: ...

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """From the beginning to the end. `Unavailable` in the middle when it comes to nothing: the answer
        MUST then be cut off, not ended."""
        ...

    async def finished(self, seconds: float) -> StreamFile | None:
        """The whole file if it is there within so many seconds."""
        ...

    def close(self) -> None: ...


class Served(NamedTuple):
    """What is sent for a wish, and why."""

    source: StreamFile | Announced | Growing
    told: str
    """For a header: `original; reason=fits`, `rendition; profile=opus-128-48000-2; state=live`."""


class Packed(NamedTuple):
    """One file of an archive."""

    name: str
    """Its place there, with `/` between folders: names that every file system takes, each once."""
    source: StreamFile | bytes
    modified: datetime

    @property
    def size(self) -> int:
        return len(self.source) if isinstance(self.source, bytes) else self.source.size


@dataclass(slots=True)
class Archive:
    """What is to be sent as one file. MUST be closed, sent or not."""

    name: str
    """A file name to offer, without an ending."""
    files: Sequence[Packed]
    released: Callable[[], None] = field(default=lambda: None, repr=False)

    def close(self) -> None:
        """May be called again."""
        released, self.released = self.released, lambda: None
        released()
