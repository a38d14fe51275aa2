"""How a rendition is written: ffmpeg's arguments for a target, and what it may use up."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mcma.domain.facts import Gain
from mcma.domain.profiles import Target
from mcma.media.ffmpeg import QUIET, input_arguments
from mcma_plugins.process import MIB, Limits

__all__ = ["Words", "command", "largest", "limits"]

_UNKNOWN_MS: Final = 6 * 3600 * 1000
"""How long a file is taken to be whose length nobody knows."""
_R128_OFFSET: Final = 5.0
"""Decibels between the reference of R128_TRACK_GAIN (-23 LUFS, RFC 7845) and ReplayGain's (-18 LUFS)."""
_LONGEST_WORD: Final = 300


class Words(NamedTuple):
    """What a rendition says of itself. Levels are passed on, never applied to the sound."""

    title: str
    artist: str
    album: str
    gain: Gain


def command(
    program: Path, source: bytes, container: str, target: Target, into: Path, words: Words, *,
    duration_ms: int, live: bool,
) -> Sequence[str | bytes | Path]:  # fmt: skip
    """`live`: somebody reads the file as it grows, so a head is not written anew at the end."""
    return [
        program, *QUIET, "-threads", "1",
        *input_arguments(source, container, offset=target.offset_ms / 1000),
        "-map_metadata", "-1", "-map_chapters", "-1", *_told(words, target.codec.name),
        "-threads", "1", "-c:a", target.codec.encoder, *_sound(target), *_head(target, live=live),
        "-fs", str(largest(target, duration_ms)), "-f", target.codec.container, f"file:{into}",
    ]  # fmt: skip


def largest(target: Target, duration_ms: int) -> int:
    """Bytes no rendition of this length ever has. Lengths of damaged files are guesses, hence the room."""
    return 2 * target.bytes_of(duration_ms or _UNKNOWN_MS) + 16 * MIB


def limits(target: Target, duration_ms: int, *, live: bool) -> Limits:
    """Twice real time is the slowest that is of any use."""
    seconds = 60 + 2 * (duration_ms or _UNKNOWN_MS) // 1000
    return Limits(
        seconds=seconds,
        cpu_seconds=seconds,
        file_size=largest(target, duration_ms) + MIB,
        nicer=0 if live else 10,
    )


def _sound(target: Target) -> Sequence[str]:
    made = ["-ar", str(target.sample_rate_hz), "-ac", str(target.channels)]
    if target.codec.lossless:
        return [*made, "-sample_fmt", "s16" if target.bit_depth == 16 else "s32"]
    most = 256 * target.channels if target.codec.name == "opus" else target.bit_rate_kbps
    vbr = ("-vbr", "constrained") if target.codec.name == "opus" else ()
    return [*made, "-b:a", f"{min(target.bit_rate_kbps, most)}k", *vbr]


def _head(target: Target, *, live: bool) -> Sequence[str]:
    flushed = ("-flush_packets", "1") if live else ()
    if target.codec.name == "mp3":
        return ["-id3v2_version", "3", "-write_xing", "0" if live else "1", *flushed]
    return flushed


def _told(words: Words, codec: str) -> Sequence[str]:
    """ADTS has no place for words."""
    said = {"title": words.title, "artist": words.artist, "album": words.album}
    said |= dict(_r128(words.gain) if codec == "opus" else _replaygain(words.gain))
    given = ((name, value.replace("\0", "")[:_LONGEST_WORD]) for name, value in said.items() if value)
    return [part for name, value in given for part in ("-metadata", f"{name}={value}")]


def _replaygain(gain: Gain) -> Iterable[tuple[str, str]]:
    for name, level, peak in (("TRACK", gain.track_gain_db, gain.track_peak),
                              ("ALBUM", gain.album_gain_db, gain.album_peak)):  # fmt: skip
        if level is not None:
            yield f"REPLAYGAIN_{name}_GAIN", f"{level:.2f} dB"
        if peak is not None:
            yield f"REPLAYGAIN_{name}_PEAK", f"{peak:.6f}"


def _r128(gain: Gain) -> Iterable[tuple[str, str]]:
    """Q7.8 of decibels (RFC 7845, 5.2.1)."""
    for name, level in (("TRACK", gain.track_gain_db), ("ALBUM", gain.album_gain_db)):
        if level is not None:
            value = round((level - _R128_OFFSET) * 256)
            yield f"R128_{name}_GAIN", str(max(-32768, min(value, 32767)))
