"""The formats of sound, as the Internet Archive calls them."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple


class Format(NamedTuple):
    codec: str
    lossless: bool
    kbps: int | None = None


FORMATS: Final[Mapping[str, Format]] = MappingProxyType({
    "flac": Format("flac", True),
    "24bit flac": Format("flac", True),
    "apple lossless audio": Format("alac", True),
    "wave": Format("pcm", True),
    "aiff": Format("pcm", True),
    "320kbps mp3": Format("mp3", False, 320),
    "vbr mp3": Format("mp3", False),
    "mp3": Format("mp3", False),
    "256kbps mp3": Format("mp3", False, 256),
    "ogg vorbis": Format("vorbis", False),
    "192kbps mp3": Format("mp3", False, 192),
    "160kbps mp3": Format("mp3", False, 160),
    "128kbps mp3": Format("mp3", False, 128),
    "96kbps mp3": Format("mp3", False, 96),
    "64kbps mp3": Format("mp3", False, 64),
})  # fmt: skip
"""By name in lower case, the best to have first: lossless, then what is played everywhere."""
EXTENSIONS: Final = frozenset({"flac", "mp3", "ogg", "oga", "opus", "m4a", "wav", "aif", "aiff"})


def order_of(wanted: Sequence[str]) -> Mapping[str, int]:
    """Which comes first: those that are named, nothing else."""
    return {name: place for place, name in enumerate(wanted)}


def extension(name: str) -> str | None:
    """Of a file's name, when it is one of sound."""
    ending = name.rpartition(".")[2].lower()
    return ending if "." in name and ending in EXTENSIONS else None
