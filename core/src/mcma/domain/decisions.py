"""What a player gets of a file: the file as it is, or the best form that can be made and played.

Rules: OpenSubsonic's extension `transcoding`. What is not known of a file meets "at most" and "not", never
"at least" and "equals"; what does not apply to a codec (bits per sample of a lossy one) meets everything.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Final, NamedTuple

from mcma.domain.profiles import CODECS, STEPS, Codec, Sound, Target, aim
from mcma_plugins.decisions import (
    Abilities,
    Comparison,
    DirectPlay,
    Fact,
    Form,
    Limit,
    Unfit,
    Wanted,
)
from mcma_plugins.streams import StreamWish

__all__ = ["Choice", "decide"]

PROTOCOL: Final = "http"
ANY: Final = "*"
NOTHING_FITS: Final = "Nothing that can be made here is played there."

_CONTAINERS: Final = (
    ("mp3", "mpeg", "mpga", "mp2", "mp1"), ("ogg", "oga", "opus", "spx"), ("mp4", "m4a", "m4b", "m4p", "mov"),
    ("aac", "adts"), ("wav", "wave"), ("aiff", "aif", "aifc"), ("asf", "wma"), ("wavpack", "wv"),
    ("mpc", "mpp"), ("dsf", "dsd"),
)  # fmt: skip
_CODECS: Final = (
    ("aac", "mp4a", "aac_latm"), ("pcm", "wav", "wave", "aiff", "lpcm"), ("wavpack", "wv"),
    ("wma", "wmav1", "wmav2", "wmapro", "wmalossless"), ("mpc", "musepack", "mpc7", "mpc8"),
    ("ape", "monkeysaudio"), ("vorbis", "ogg"),
)  # fmt: skip


def _aliases(groups: Iterable[Sequence[str]]) -> Mapping[str, str]:
    return MappingProxyType({word: group[0] for group in groups for word in group})


_CONTAINER, _CODEC = _aliases(_CONTAINERS), _aliases(_CODECS)
_WRITTEN: Final[Mapping[str, str]] = MappingProxyType(
    {"mp3": "mp3", "opus": "ogg", "aac": "aac", "flac": "flac"}
)
"""Codec to the container it is written in here."""
_UNFIT: Final = MappingProxyType(
    {Fact.CHANNELS: Unfit.CHANNELS, Fact.BIT_RATE: Unfit.BIT_RATE, Fact.PROFILE: Unfit.PROFILE,
     Fact.SAMPLE_RATE: Unfit.SAMPLE_RATE, Fact.BIT_DEPTH: Unfit.BIT_DEPTH}
)  # fmt: skip


class Choice(NamedTuple):
    plays: bool
    reasons: Sequence[Unfit]
    target: Target | None
    made: Form | None
    error: str


def decide(source: Form, sound: Sound, able: Abilities, encoders: Set[str]) -> Choice:
    """`encoders` are those that ffmpeg has here; without any, nothing is made."""
    reasons = _against_direct(source, sound, able)
    if not reasons:
        return Choice(True, (), None, None, "")
    for lossless_of_lossy in (False, True):  # larger, and no better: only where nothing else is played
        for wanted in able.wanted:
            codec = _codec_of(wanted)
            if codec is None or codec.encoder not in encoders:
                continue
            if (codec.lossless and not sound.lossless) is not lossless_of_lossy:
                continue
            target = _target(sound, source, wanted, codec, able)
            if target is not None:
                return Choice(False, reasons, target, form_of(target, sound, wanted.container), "")
    return Choice(False, reasons, None, None, NOTHING_FITS)


# As it is


def _against_direct(source: Form, sound: Sound, able: Abilities) -> Sequence[Unfit]:
    """Why no profile takes it; empty where one does."""
    if able.max_bit_rate_kbps and source.bit_rate_kbps > able.max_bit_rate_kbps:
        return (Unfit.BIT_RATE,)
    found: dict[Unfit, None] = {}
    for profile in able.direct:
        against = _against_profile(source, profile) or _broken(
            _known(source, sound), _limits(able, source.codec)
        )
        if against is None:
            return ()
        found[against] = None
    return tuple(found) or (Unfit.NOTHING_NAMED,)


def _against_profile(source: Form, profile: DirectPlay) -> Unfit | None:
    if not _named(PROTOCOL, profile.protocols, {}):
        return Unfit.PROTOCOL
    if not _named(source.container, profile.containers, _CONTAINER):
        return Unfit.CONTAINER
    if not _named(source.codec, profile.codecs, _CODEC):
        return Unfit.CODEC
    if profile.max_channels and source.channels > profile.max_channels:
        return Unfit.CHANNELS
    return None


def _named(value: str, names: Sequence[str], aliases: Mapping[str, str]) -> bool:
    known = _canonical(value, aliases)
    return not names or any(name == ANY or _canonical(name, aliases) == known for name in names)


def _canonical(name: str, aliases: Mapping[str, str]) -> str:
    lower = name.lower()
    for family in ("pcm", "dsd"):  # pcm_s16le and the like
        if lower.startswith(f"{family}_"):
            return family
    return aliases.get(lower, lower)


# Limits


def _limits(able: Abilities, codec: str) -> Sequence[Limit]:
    return [limit for named in able.codecs if _named(codec, [named.codec], _CODEC) for limit in named.limits]


def _known(form: Form, sound: Sound) -> Mapping[Fact, int | None]:
    """None for what does not apply; 0 for what is not known."""
    return {
        Fact.CHANNELS: form.channels,
        Fact.BIT_RATE: form.bit_rate_kbps,
        Fact.SAMPLE_RATE: form.sample_rate_hz,
        Fact.BIT_DEPTH: (form.bit_depth or 0) if sound.lossless else None,
        Fact.PROFILE: 0,
    }


def _broken(known: Mapping[Fact, int | None], limits: Iterable[Limit]) -> Unfit | None:
    """The first that must be kept and is not."""
    for limit in limits:
        value = known[limit.fact]
        if limit.required and value is not None and not _meets(value, limit):
            return _UNFIT[limit.fact]
    return None


def _meets(value: int, limit: Limit) -> bool:
    numbers = [int(text) for text in limit.values if text.isascii() and text.isdigit() and len(text) < 10]
    if limit.fact is Fact.PROFILE:  # nothing here tells one profile of a codec from another
        return limit.comparison is not Comparison.EQUALS or not limit.values
    if not numbers:
        return True
    tests: Mapping[Comparison, Callable[[], bool]] = {
        Comparison.EQUALS: lambda: value in numbers,
        Comparison.NOT_EQUALS: lambda: value not in numbers,
        Comparison.AT_MOST: lambda: value <= numbers[0],
        Comparison.AT_LEAST: lambda: value >= numbers[0],
    }
    return tests[limit.comparison]()


# Made


def _codec_of(wanted: Wanted) -> Codec | None:
    """None for what is not written here, or not in that container or by that protocol."""
    if wanted.protocol.lower() not in ("", ANY, PROTOCOL):
        return None
    container = _canonical(wanted.container, _CONTAINER)
    name = _canonical(wanted.codec, _CODEC) if wanted.codec not in ("", ANY) else _usual(container)
    codec = CODECS.get(name)
    if codec is None or container not in ("", ANY, _WRITTEN[codec.name]):
        return None
    return codec


def _usual(container: str) -> str:
    return next((codec for codec, written in _WRITTEN.items() if written == container), "")


def _target(sound: Sound, source: Form, wanted: Wanted, codec: Codec, able: Abilities) -> Target | None:
    """None where what must be kept cannot be."""
    limits = _limits(able, codec.name)
    most = _least(able.max_bit_rate_kbps, able.max_made_bit_rate_kbps)
    aimed = aim(
        sound,
        StreamWish(codec.name, _rate_wish(sound, most, codec), None, wanted.max_channels or None),
        codec,
    )
    rates = (0,) if codec.lossless else [step for step in STEPS if codec.least <= step <= codec.most]
    fitted = Target(
        codec,
        _nearest(aimed.bit_rate_kbps, rates, limits, Fact.BIT_RATE) if not codec.lossless else 0,
        _nearest(aimed.sample_rate_hz, codec.sample_rates, limits, Fact.SAMPLE_RATE),
        _nearest(aimed.channels, range(1, aimed.channels + 1), limits, Fact.CHANNELS),
        _nearest(aimed.bit_depth, (16, 24), limits, Fact.BIT_DEPTH) if codec.lossless else aimed.bit_depth,
        0,
    )
    form = form_of(fitted, sound, wanted.container)
    if most and form.bit_rate_kbps > most:
        return None
    kept = _known(form, sound._replace(lossless=codec.lossless))
    return None if _broken(kept, limits) else fitted


def _least(*rates: int | None) -> int | None:
    return min((rate for rate in rates if rate), default=None)


def _rate_wish(sound: Sound, most: int | None, codec: Codec) -> int | None:
    """What the player says it can have, but no more than a lossy original holds."""
    if most is None or sound.lossless or not sound.bit_rate_kbps:
        return most
    return min(most, max(sound.bit_rate_kbps, codec.least))


def _nearest(aimed: int, candidates: Iterable[int], limits: Sequence[Limit], fact: Fact) -> int:
    """The best candidate that meets the limits: the aimed one, the next below, the next above. The aimed one
    where none does. What is only wished for is given up first."""
    able = sorted(candidates)
    about = [limit for limit in limits if limit.fact is fact]
    for kept in (about, [limit for limit in about if limit.required]):
        good = [one for one in able if all(_meets(one, limit) for limit in kept)]
        if aimed in good or not kept:
            return aimed
        if good:
            return max((one for one in good if one < aimed), default=good[0])
    return aimed


def form_of(target: Target, sound: Sound, container: str = "") -> Form:
    """In the container's name that was asked for. The bit rate of what loses nothing is about what it is."""
    codec = target.codec
    asked = container.lower() if container not in ("", ANY) else _WRITTEN[codec.name]
    depth = target.bit_depth if codec.lossless else None
    rate = _lossless_rate(target, sound) if codec.lossless else target.bit_rate_kbps
    return Form(asked, codec.name, target.channels, rate, target.sample_rate_hz, depth)


def _lossless_rate(target: Target, sound: Sound) -> int:
    plain = target.sample_rate_hz * target.channels * target.bit_depth // 1000
    before = sound.sample_rate_hz * sound.channels * (sound.bit_depth or 16) // 1000
    packed = sound.lossless and sound.codec not in ("pcm", "dsd") and before and sound.bit_rate_kbps
    return min(plain, plain * sound.bit_rate_kbps // before) if packed else plain
