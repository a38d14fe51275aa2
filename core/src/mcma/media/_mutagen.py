"""WavPack, Monkey's Audio, Musepack, WMA, TTA and raw AAC: rare enough to leave most of it to mutagen."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from struct import unpack_from
from typing import Any

from mutagen.aac import AACInfo
from mutagen.apev2 import BINARY, APEv2
from mutagen.asf import ASF
from mutagen.monkeysaudio import MonkeysAudioInfo
from mutagen.musepack import MusepackInfo
from mutagen.wavpack import WavPackInfo

from mcma.domain.facts import ProblemReason
from mcma.media._id3 import leading_tags, read_id3, read_id3v1
from mcma.media._names import add, common_name
from mcma.media._raw import (
    FRONT_COVER,
    MAX_TAG_BYTES,
    Raw,
    RawPicture,
    Stream,
    UnfitError,
    require_whole,
    too_large,
)
from mcma.media._source import Source
from mcma.media._tail import audio_end

_PICTURE_KINDS = {"cover art (front)": FRONT_COVER, "cover art (back)": 4, "cover art (artist)": 8}
_VIDEO_STREAM = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_ASF_NAMES = {"WM/Writer": "lyricist", "WM/Year": "date", "WM/Text": "comment"}


def read_wavpack(source: Source, start: int) -> Raw:
    """Sound up to the APEv2 tag."""
    end, tails = audio_end(source, start)
    _require_wavpack_end(source, start, end)
    info = _open(WavPackInfo, source, start)
    flags = source.at(start + 24, 1)[0]
    depth, hybrid = (flags & 3) * 8 + 8, bool(flags & 8)
    stream = Stream("wavpack", "wavpack", info.length, info.sample_rate, info.channels, depth, not hybrid)
    return _with_tags(source, stream, (start, end), tails)


def read_ape(source: Source, start: int) -> Raw:
    """The descriptor of 3.98 and later declares the bytes of sound."""
    end, tails = audio_end(source, start)
    head = source.at(start, 52)
    if len(head) == 52 and int.from_bytes(head[4:6], "little") >= 3980:
        sizes = [int.from_bytes(head[at : at + 4], "little") for at in range(8, 36, 4)]
        require_whole("ape", end - start, sum(sizes[:5]))
    info = _open(MonkeysAudioInfo, source, start)
    depth = info.bits_per_sample or None
    stream = Stream("ape", "ape", info.length, info.sample_rate, info.channels, depth, lossless=True)
    return _with_tags(source, stream, (start, end), tails)


def read_musepack(source: Source, start: int) -> Raw:
    """SV7 and SV8 carry ReplayGain in their header."""
    end, tails = audio_end(source, start)
    info = _open(MusepackInfo, source, start)
    if source.at(start, 3) == b"MP+":
        require_whole("mpc", end - start, _least_musepack(info.length * info.sample_rate))
    stream = Stream("mpc", "mpc", info.length, info.sample_rate, info.channels)
    raw = _with_tags(source, stream, (start, end), tails)
    for key, name in (("title_gain", "track_gain"), ("album_gain", "album_gain")):
        if gain := getattr(info, key, 0):
            raw.tags.setdefault(f"replaygain_{name}", [f"{gain:.2f} dB"])
    return raw


def read_true_audio(source: Source, start: int) -> Raw:
    """TTA1: one header says it all; tags are ID3v2 in front or APEv2 behind."""
    end, tails = audio_end(source, start)
    head = source.at(start, 18)
    if len(head) < 18:
        raise UnfitError(ProblemReason.TRUNCATED, "tta: ends in its header")
    channels, depth, rate, samples = unpack_from("<2H2I", head, 6)
    stream = Stream("tta", "tta", samples / rate if rate else 0, rate, channels, depth, lossless=True)
    return _with_tags(source, stream, (start, end), tails)


def read_aac(source: Source, start: int) -> Raw:
    """ADTS and ADIF streams."""
    end, tails = audio_end(source, start)
    info = _open(AACInfo, source, start)
    stream = Stream("aac", "aac", info.length, info.sample_rate, info.channels)
    return _with_tags(source, stream, (start, end), tails)


def read_apev2(source: Source, raw: Raw) -> None:
    """Fill what `raw` lacks from the APEv2 tag at the end of the file."""
    front = Raw(audio=raw.audio, regions=raw.regions)
    with source.file() as file, suppress(Exception):  # a broken tag does not break the sound before it
        _read_ape_items(APEv2(file), front)  # type: ignore[no-untyped-call]
    raw.tags = {**front.tags, **raw.tags}
    raw.pictures = raw.pictures or front.pictures


def read_asf(source: Source, start: int) -> Raw:
    """The header object holds all tags; the data object behind it is the sound."""
    size = int.from_bytes(source.at(start + 16, 8), "little")
    if size > MAX_TAG_BYTES:
        raise too_large("ASF header", size)
    if _VIDEO_STREAM in source.at(start, size):
        raise UnfitError(ProblemReason.VIDEO, "asf: holds a video stream")
    begin = start + size + 50
    declared = int.from_bytes(source.at(start + size + 16, 8), "little") - 50
    present = min(declared, source.size - begin) if declared > 0 else source.size - begin
    require_whole("asf", present, max(declared, 0))
    file = _open(ASF, source, 0)
    lossless = "lossless" in file.info.codec_type.lower()
    stream = Stream("asf", "wma", file.info.length, file.info.sample_rate, file.info.channels, None, lossless)
    raw = Raw(audio=stream.facts(present), regions=[(begin, begin + present)])
    _read_asf_items(file.tags, raw)
    return raw


def _open(kind: Callable[..., Any], source: Source, start: int) -> Any:
    with source.file() as file:
        file.seek(start)
        return kind(file)


def _with_tags(source: Source, stream: Stream, region: tuple[int, int], tails: frozenset[str]) -> Raw:
    begin, end = region
    raw = Raw(audio=stream.facts(end - begin), regions=[region])
    for first, stop in leading_tags(source):
        read_id3(source.at(first, stop - first), raw)
    if "apev2" in tails:
        read_apev2(source, raw)
    if "id3v1" in tails:
        read_id3v1(source.at(source.size - 128, 128), raw)
    return raw


def _least_musepack(samples: float) -> int:
    """SV7: a header of 28 bytes, then frames of 1,152 samples, each behind a length of 20 bits."""
    return 28 + int(samples / 1152 * 20 / 8)


def _require_wavpack_end(source: Source, start: int, end: int) -> None:
    """The last block says how far the sound goes; the first says how far it should."""
    first = source.at(start, 32)
    total = int.from_bytes(first[12:16], "little")
    begin = max(start, end - 1024 * 1024)
    data = source.at(begin, end - begin)
    at = data.rfind(b"wvpk")
    last = data[at : at + 32]
    if len(first) < 32 or len(last) < 32 or total == 0xFFFFFFFF:
        return
    done = int.from_bytes(last[16:20], "little") + int.from_bytes(last[20:24], "little")
    if int.from_bytes(last[4:8], "little") + 8 > len(data) - at or done < total:
        raise UnfitError(ProblemReason.TRUNCATED, f"wavpack: sound ends at sample {done} of {total}")


def _read_ape_items(tags: Any, raw: Raw) -> None:
    for name, value in tags.items():
        kind = _PICTURE_KINDS.get(name.lower())
        if kind is not None:
            raw.pictures.append(RawPicture(kind, bytes(value.value).partition(b"\0")[2]))
        elif value.kind != BINARY:
            add(raw.tags, common_name(name), *str(value).split("\0"))


def _read_asf_items(tags: Iterable[tuple[str, Any]], raw: Raw) -> None:
    for name, value in tags:
        if name == "WM/Picture":
            _read_asf_picture(bytes(value), raw)
        else:
            add(raw.tags, _ASF_NAMES.get(name) or common_name(name), str(value))


def _read_asf_picture(data: bytes, raw: Raw) -> None:
    """Kind, size, two UTF-16 texts that end in a double zero, bytes (as WM_PICTURE)."""
    size = int.from_bytes(data[1:5], "little")
    if 0 < size < len(data):
        raw.pictures.append(RawPicture(data[0], data[-size:]))
