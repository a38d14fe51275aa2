"""What music can be turned into, as data, and what is served for a wish: the original or a rendition."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from mcma.domain.errors import InvalidInput
from mcma_plugins.streams import StreamWish

__all__ = [
    "CODECS",
    "FORMATS",
    "PROFILES",
    "STEPS",
    "Codec",
    "Profile",
    "Reason",
    "Sound",
    "Target",
    "aim",
    "choose",
]


class Codec(NamedTuple):
    """A way of writing sound. Bit rates in kbit/s; 0 for one that loses nothing."""

    name: str
    encoder: str
    """ffmpeg's name for it."""
    container: str
    suffix: str
    content_type: str
    default: int
    least: int
    most: int
    sample_rates: tuple[int, ...]
    """Ascending; the first ones are for speech."""
    channels: int
    """At most."""

    @property
    def lossless(self) -> bool:
        return self.most == 0


class Profile(NamedTuple):
    name: str
    codec: str
    bit_rate_kbps: int
    about: str


_MPEG_RATES: Final = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

CODECS: Final[Mapping[str, Codec]] = MappingProxyType({one.name: one for one in (
    Codec("mp3", "libmp3lame", "mp3", "mp3", "audio/mpeg", 192, 32, 320, _MPEG_RATES, 2),
    Codec("opus", "libopus", "ogg", "opus", "audio/ogg", 128, 16, 320, (8000, 12000, 16000, 24000, 48000), 2),
    Codec("aac", "aac", "adts", "aac", "audio/aac", 160, 32, 320, _MPEG_RATES, 2),
    Codec("flac", "flac", "flac", "flac", "audio/flac", 0, 0, 0,
          (*_MPEG_RATES, 88200, 96000, 176400, 192000), 8),
)})  # fmt: skip

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({one.name: one for one in (
    Profile("opus-64", "opus", 64, "For mobile data."),
    Profile("opus-96", "opus", 96, "Small, and hard to tell from the original."),
    Profile("opus-128", "opus", 128, "To keep offline."),
    Profile("opus-192", "opus", 192, "To keep offline, for good headphones."),
    Profile("mp3-128", "mp3", 128, "For old players, small."),
    Profile("mp3-192", "mp3", 192, "For old players."),
    Profile("mp3-320", "mp3", 320, "For old players, at its best."),
    Profile("aac-160", "aac", 160, "For players that know neither Opus nor much of MP3."),
    Profile("aac-256", "aac", 256, "The same at its best."),
    Profile("flac", "flac", 0, "Without loss."),
)})  # fmt: skip

FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {**{name: name for name in CODECS}, "ogg": "opus", "oga": "opus", "m4a": "aac"}
)
"""What clients call a format, and the codec they get. `ogg` is Opus: nothing here writes Vorbis."""

RAW: Final = "raw"
BROWSERS: Final = frozenset({
    ("mp3", "mp3"), ("mp4", "aac"), ("aac", "aac"), ("flac", "flac"), ("ogg", "opus"), ("ogg", "vorbis"),
    ("wav", "pcm"),
})  # fmt: skip
"""(container, codec) that today's browsers play (MDN, "Media container formats")."""
FALLBACK: Final = "mp3"
"""For a client that only says how many bits it can have: everything plays it."""
_CLOSE: Final = 1.05
"""A variable bit rate is only about what it is."""
STEPS: Final = (16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""MP3 has no others; a rendition for each wish that anybody can type would be one too many for all."""
_LEAST_HZ, _MOST_HZ, _MOST_CHANNELS, _MOST_KBPS = 8000, 192_000, 8, 10_000
_LONGEST_MS = 24 * 3600 * 1000


class Reason(StrEnum):
    """Why the original is served."""

    ASKED = "asked"
    FITS = "fits"
    UNKNOWN_FORMAT = "unknown-format"
    NO_FFMPEG = "no-ffmpeg"
    NO_ENCODER = "no-encoder"
    DISK_FULL = "disk-full"
    NOT_NOW = "not-now"
    """The server is stopping, or its database is away."""
    FAILED = "failed"
    """ffmpeg could not turn this file into that, now or not long ago."""


class Sound(NamedTuple):
    """What a file holds."""

    codec: str
    bit_rate_kbps: int
    sample_rate_hz: int
    channels: int
    bit_depth: int | None
    lossless: bool
    duration_ms: int


class Target(NamedTuple):
    """One rendition of a file."""

    codec: Codec
    bit_rate_kbps: int
    sample_rate_hz: int
    channels: int
    bit_depth: int
    """16 or 24; for what loses nothing."""
    offset_ms: int

    @property
    def key(self) -> str:
        """Equal for equal renditions of one file, but for the offset."""
        depth = f"-{self.bit_depth}" if self.codec.lossless else ""
        return f"{self.codec.name}-{self.bit_rate_kbps}-{self.sample_rate_hz}-{self.channels}{depth}"

    def bytes_of(self, duration_ms: int) -> int:
        """About how long it gets."""
        seconds = max(0, duration_ms - self.offset_ms) / 1000
        if self.codec.lossless:
            return int(seconds * self.sample_rate_hz * self.channels * self.bit_depth / 8)
        return int(seconds * self.bit_rate_kbps * 125)


def choose(sound: Sound, wish: StreamWish) -> Target | Reason:
    """`Reason`: the original is what to serve. Raises `InvalidInput` that names the field."""
    _verify(sound, wish)
    name = (wish.format or "").lower()
    if name == RAW or wish == StreamWish():
        return Reason.ASKED
    profile = PROFILES.get(name)
    codec = CODECS.get(profile.codec if profile else FORMATS.get(name, ""))
    if name and codec is None:
        return Reason.UNKNOWN_FORMAT
    if profile is not None and wish.bit_rate_kbps is None and profile.bit_rate_kbps:
        wish = wish._replace(bit_rate_kbps=profile.bit_rate_kbps)
    if wish.offset_ms == 0 and _fits(sound, wish, codec):
        return Reason.FITS
    return aim(sound, wish, codec or _nearest(sound))


def _nearest(sound: Sound) -> Codec:
    return CODECS.get(sound.codec, CODECS[FALLBACK]) if not sound.lossless else CODECS[FALLBACK]


def _verify(sound: Sound, wish: StreamWish) -> None:
    """Values nobody can mean. What a codec cannot do is taken to what it can."""
    for name, value, least, most in (
        ("bitrate", wish.bit_rate_kbps, 1, _MOST_KBPS),
        ("sample_rate", wish.sample_rate_hz, _LEAST_HZ, _MOST_HZ),
        ("channels", wish.channels, 1, _MOST_CHANNELS),
        ("offset", wish.offset_ms, 0, _LONGEST_MS),
    ):
        if value is not None and not least <= value <= most:
            raise InvalidInput(f"{name}: must lie between {least} and {most}.", code="invalid_field")
    if wish.offset_ms and sound.duration_ms and wish.offset_ms >= sound.duration_ms:
        raise InvalidInput("offset: lies behind the end of the track.", code="invalid_field")


def _fits(sound: Sound, wish: StreamWish, codec: Codec | None) -> bool:
    if codec is not None and sound.codec != codec.name:
        return False
    within = (
        (wish.bit_rate_kbps, sound.bit_rate_kbps / _CLOSE),
        (wish.sample_rate_hz, sound.sample_rate_hz),
        (wish.channels, sound.channels),
    )
    limits_rate = codec is None or not codec.lossless
    return all(most is None or value <= most for most, value in (within if limits_rate else within[1:]))


def aim(sound: Sound, wish: StreamWish, codec: Codec) -> Target:
    """The rendition that comes closest, whatever the original is."""
    channels = min(sound.channels or 2, codec.channels, wish.channels or codec.channels)
    deep = sound.lossless and (sound.bit_depth or 16) > 16
    return Target(
        codec,
        _bit_rate(sound, wish, codec),
        _sample_rate(sound, wish, codec),
        channels,
        24 if deep and codec.lossless else 16,
        wish.offset_ms,
    )


def _bit_rate(sound: Sound, wish: StreamWish, codec: Codec) -> int:
    """More than a lossy original has would only be larger."""
    if codec.lossless:
        return 0
    wanted = wish.bit_rate_kbps or codec.default
    if not sound.lossless and sound.bit_rate_kbps and wish.bit_rate_kbps is None:
        wanted = min(wanted, max(sound.bit_rate_kbps, 64))
    return max(step for step in STEPS if step <= max(codec.least, min(wanted, codec.most)))


def _sample_rate(sound: Sound, wish: StreamWish, codec: Codec) -> int:
    """The next one below that the codec has; if one is not far, one that the source is a multiple of."""
    if codec.name == "opus" and wish.sample_rate_hz is None:
        return 48000  # what it works with inside
    source = sound.sample_rate_hz or 44100
    wanted = min(wish.sample_rate_hz or _MOST_HZ, source)
    below = [rate for rate in codec.sample_rates if rate <= wanted] or [codec.sample_rates[0]]
    even = [rate for rate in below if source % rate == 0 and 2 * rate >= below[-1]]
    return (even or below)[-1]
