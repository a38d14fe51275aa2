"""Which form of a track a player can take: what it says of itself, and what a server answers.

Bit rates are in kbit/s here, as everywhere in the contract; OpenSubsonic's are in bit/s.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple


class Fact(StrEnum):
    """What a player may put a limit on; the words are OpenSubsonic's (schema Limitation)."""

    CHANNELS = "audioChannels"
    BIT_RATE = "audioBitrate"
    PROFILE = "audioProfile"
    SAMPLE_RATE = "audioSamplerate"
    BIT_DEPTH = "audioBitdepth"


class Comparison(StrEnum):
    EQUALS = "Equals"
    """One of the values."""
    NOT_EQUALS = "NotEquals"
    """None of the values."""
    AT_MOST = "LessThanEqual"
    """The first value."""
    AT_LEAST = "GreaterThanEqual"
    """The first value."""


class Limit(NamedTuple):
    fact: Fact
    comparison: Comparison
    values: tuple[str, ...]
    """Numbers as text (kbit/s, Hz, bits, channels), or names of codec profiles. Others count as none."""
    required: bool = True
    """Else it is kept where that costs nothing."""


class CodecLimits(NamedTuple):
    codec: str
    limits: Sequence[Limit]


class DirectPlay(NamedTuple):
    """What is played as it is. Nothing named means anything."""

    containers: Sequence[str] = ()
    codecs: Sequence[str] = ()
    protocols: Sequence[str] = ()
    max_channels: int | None = None


class Wanted(NamedTuple):
    """A form to turn other things into."""

    container: str = ""
    codec: str = ""
    protocol: str = ""
    max_channels: int | None = None


class Abilities(NamedTuple):
    """What a player says of itself. Codecs and containers by any of their usual names."""

    name: str = ""
    platform: str = ""
    max_bit_rate_kbps: int | None = None
    max_made_bit_rate_kbps: int | None = None
    """Of what is made for it."""
    direct: Sequence[DirectPlay] = ()
    wanted: Sequence[Wanted] = ()
    """The best first."""
    codecs: Sequence[CodecLimits] = ()


class Form(NamedTuple):
    """What a stream holds; 0 and None where nobody knows, or it does not apply."""

    container: str
    codec: str
    channels: int
    bit_rate_kbps: int
    sample_rate_hz: int
    bit_depth: int | None


class Unfit(StrEnum):
    """Why something is not played as it is; the words are those of OpenSubsonic's examples."""

    PROTOCOL = "ProtocolNotSupported"
    CONTAINER = "ContainerNotSupported"
    CODEC = "AudioCodecNotSupported"
    CHANNELS = "AudioChannelsNotSupported"
    BIT_RATE = "AudioBitrateNotSupported"
    PROFILE = "AudioProfileNotSupported"
    SAMPLE_RATE = "AudioSamplerateNotSupported"
    BIT_DEPTH = "AudioBitdepthNotSupported"
    NOTHING_NAMED = "NoDirectPlayProfile"


class Decision(NamedTuple):
    plays: bool
    """The file as it is."""
    reasons: Sequence[Unfit]
    """Why not, each once."""
    source: Form
    made: Form | None
    """What it would be turned into; never where it is played as it is."""
    error: str
    """Why there is neither."""
    params: str | None
    """For `Decisions.serve`: signed, for this user and this file, good for two days, safe in a URL."""
