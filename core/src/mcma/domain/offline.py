"""How music is taken along: each file as it is, or as a rendition of a named profile."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

from mcma.domain.decisions import form_of
from mcma.domain.profiles import CODECS, FORMATS, PROFILES, Profile, Reason, Sound, Target, choose
from mcma_plugins.streams import StreamWish

USUAL: Final = {"opus": "opus-128", "aac": "aac-160", "mp3": "mp3-192", "flac": "flac"}
"""What a device gets whose codecs are known, but not how much it wants of them."""
FALLBACK: Final = ("opus", "mp3")
_MARGIN: Final = 1.1
"""A variable bit rate strays, and a container has a frame."""
_HEAD: Final = 8192
_CLOSE: Final = 1.05


class Form(NamedTuple):
    """One file as it is to be taken along; both None: as it is."""

    profile: str | None = None
    target: Target | None = None

    def bytes_of(self, sound: Sound) -> int:
        """Rather more than it will be."""
        assert self.target is not None
        rate = form_of(self.target, sound).bit_rate_kbps
        return int(rate * 125 * sound.duration_ms / 1000 * _MARGIN) + _HEAD


class Taking(NamedTuple):
    profile: str | None
    """None: as it is, where the rest allows it."""
    codecs: tuple[str, ...] = ()
    """What the device plays; empty for everything."""
    max_bit_rate_kbps: int | None = None

    @classmethod
    def by_device(cls, document: Mapping[str, Any] | None, most: int | None) -> Self:
        """As a device describes itself: `codecs`, `max_bit_rate_kbps`. What makes no sense is not said."""
        said = document or {}
        named = said.get("codecs")
        codecs = [name.lower() for name in named if isinstance(name, str)] if isinstance(named, list) else []
        rate = said.get("max_bit_rate_kbps")
        known = rate if isinstance(rate, int) and rate > 0 else None
        return cls(None, tuple(codecs), min((one for one in (most, known) if one), default=None))

    def form(self, sound: Sound) -> Form:
        if self.profile is None and self._plays(sound):
            return Form()
        name = within(self.profile or self._usual(), self.max_bit_rate_kbps)
        target = choose(sound, StreamWish(name))
        return Form() if isinstance(target, Reason) else Form(name, target)

    def _plays(self, sound: Sound) -> bool:
        most = self.max_bit_rate_kbps
        small = most is None or sound.bit_rate_kbps <= most * _CLOSE
        return small and (not self.codecs or sound.codec in self.codecs)

    def _usual(self) -> str:
        able = [FORMATS.get(name, name) for name in self.codecs] or list(FALLBACK)
        lossy = [name for name in able if name in CODECS and not CODECS[name].lossless]
        known = lossy or [name for name in able if name in CODECS] or list(FALLBACK)
        best = USUAL[known[0]]
        most = self.max_bit_rate_kbps
        return best if most is None else _largest(known[0], most)


def within(name: str, most: int | None) -> str:
    """The profile, or the largest of its codec within that bit rate; what loses nothing knows none."""
    profile = PROFILES[name]
    if most is None or 0 < profile.bit_rate_kbps <= most:
        return name
    return _largest(FALLBACK[0] if CODECS[profile.codec].lossless else profile.codec, most)


def _largest(codec: str, most: int) -> str:
    """The smallest there is where none is small enough."""
    listed: Sequence[Profile] = sorted(
        (one for one in PROFILES.values() if one.codec == codec), key=lambda one: one.bit_rate_kbps
    )
    small = [one for one in listed if one.bit_rate_kbps <= most]
    return (small[-1] if small else listed[0]).name
