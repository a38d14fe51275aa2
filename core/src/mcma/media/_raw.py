"""What the container readers hand over: texts under common keys, pictures, and where the sound lies."""

from dataclasses import dataclass, field

from mcma.domain.facts import AudioFacts, ProblemReason

MAX_TAG_BYTES = 32 * 1024 * 1024
"""A tag block that declares more is refused before any of it is read."""

MAX_SECONDS = 2_000_000
MAX_RATE = 100_000_000
MAX_KBPS = 1_000_000

FRONT_COVER = 3
"""The picture type number that ID3, FLAC and ASF share."""


class UnfitError(Exception):
    """The file is no track; `reason` goes to the scan report."""

    def __init__(self, reason: ProblemReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class RawPicture:
    """An embedded picture; `kind` is the ID3 picture type."""

    kind: int
    data: bytes


@dataclass(slots=True)
class Raw:
    """One parsed file. Tag keys are lower-case Vorbis comment names, whatever the container calls them."""

    audio: AudioFacts
    regions: list[tuple[int, int]]
    """(start, end) of the bytes that are sound and that no tag writer moves relative to each other."""
    tags: dict[str, list[str]] = field(default_factory=dict)
    lyrics: list[tuple[str, str]] = field(default_factory=list)
    """(language, text) where the container knows the language; the others are in `tags`."""
    pictures: list[RawPicture] = field(default_factory=list)
    hash_seed: bytes = b""
    """Bytes of the stream header that name the sound (the MD5 of FLAC)."""
    paged: bool = False
    """The regions are Ogg pages, whose headers a tag writer renumbers."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The sound as the container declares it; `facts` turns it into the public value."""

    container: str
    codec: str
    seconds: float
    sample_rate: int
    channels: int
    bit_depth: int | None = None
    lossless: bool = False

    def facts(self, audio_bytes: int) -> AudioFacts:
        """The bit rate is what the file really spends: audio bytes over time."""
        self._require_sense()
        kbps = round(audio_bytes * 8 / self.seconds / 1000)
        return AudioFacts(
            container=self.container,
            codec=self.codec,
            duration_ms=round(self.seconds * 1000),
            bit_rate_kbps=min(kbps, MAX_KBPS),
            sample_rate_hz=self.sample_rate,
            bit_depth=self.bit_depth if self.lossless else None,
            channels=self.channels,
            lossless=self.lossless,
        )

    def _require_sense(self) -> None:
        """Databases hold these numbers in 32 bits."""
        if not 0 < self.seconds <= MAX_SECONDS:
            raise UnfitError(ProblemReason.TRUNCATED, f"{self.container}: no duration")
        if not 0 < self.sample_rate <= MAX_RATE or self.channels > 255 or (self.bit_depth or 0) > 64:
            raise UnfitError(ProblemReason.BROKEN, f"{self.container}: impossible stream properties")


def too_large(what: str, size: int) -> UnfitError:
    """The refusal of a tag that declares `size` bytes."""
    return UnfitError(ProblemReason.TAG_TOO_LARGE, f"{what} declares {size} bytes, at most {MAX_TAG_BYTES}")


def require_whole(what: str, present: int, declared: int) -> None:
    """Refuse a file that lacks more than a twentieth of its declared sound (stale headers are not exact)."""
    if present <= 0 or present * 20 < declared * 19:
        message = f"{what}: {max(present, 0)} of {declared} bytes of sound are there"
        raise UnfitError(ProblemReason.TRUNCATED, message)
