"""Which of a track's files is played: by a rule that people set, and by quality where it does not decide."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

BEST: Final = ("best",)
WORDS: Final = ("best", "lossless", "lossy", "smallest", "largest", "first", "latest")
CODECS: Final = frozenset({
    "aac", "ac3", "adpcm", "alac", "ape", "dsd", "eac3", "flac", "mp1", "mp2", "mp3", "mpc", "opus", "pcm",
    "speex", "tta", "vorbis", "wavpack", "wma",
})  # fmt: skip

Rule = tuple[str, ...]
"""Of `WORDS` and `CODECS`; the first that tells two files apart decides."""


class Quality(NamedTuple):
    """Compared field by field: the greatest is preferred. The older id wins a tie."""

    present: bool
    wanted: tuple[int, ...]
    lossless: bool
    depth: int
    rate: int
    bit_rate: int
    age: int


def quality(
    rule: Rule,
    *,
    present: bool,
    lossless: bool,
    codec: str,
    size: int,
    bit_depth: int | None,
    sample_rate_hz: int,
    bit_rate_kbps: int,
    id: UUID,
) -> Quality:
    depth = (bit_depth or 0) if lossless else 0
    rate = sample_rate_hz if lossless else 0
    said = {
        "lossless": (int(lossless),), "lossy": (int(not lossless),), "smallest": (-size,), "largest": (size,),
        "first": (-id.int,), "latest": (id.int,), "best": (int(lossless), depth, rate, bit_rate_kbps),
    }  # fmt: skip
    wanted = tuple(one for word in rule for one in said.get(word, (int(word == codec),)))
    return Quality(present, wanted, lossless, depth, rate, bit_rate_kbps, -id.int)


def checked_rule(words: Sequence[str]) -> Rule:
    """In small letters. Raises `ValueError`."""
    rule = tuple(dict.fromkeys(word.strip().lower() for word in words))
    for word in rule:
        if word not in WORDS and word not in CODECS:
            known = ", ".join((*WORDS, *sorted(CODECS)))
            raise ValueError(f"{word!r} says nothing about files; what does: {known}")
    return rule or BEST
