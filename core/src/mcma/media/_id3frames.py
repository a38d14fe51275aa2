"""The contents of ID3 frames, by frame name."""

import re
from collections.abc import Callable

from mcma.media._id3names import CREDIT_ROLES, GENRE_LIST, TEXT_FRAMES
from mcma.media._names import add, common_name
from mcma.media._raw import Raw, RawPicture
from mcma_plugins.lrc import MAX_LINES

_MUSICBRAINZ = b"http://musicbrainz.org\0"
_OLD_GENRE = re.compile(r"\((\d{1,3}|RX|CR)\)")
_ENCODINGS = {0: "latin-1", 1: "utf-16-le", 2: "utf-16-be", 3: "utf-8"}


def read_frame(name: bytes, body: bytes, version: int, raw: Raw) -> None:
    """Add what one frame says to `raw`; unknown ones say nothing."""
    key = TEXT_FRAMES.get(name)
    if key is not None:
        raw.tags.setdefault(key, []).extend(_texts(body))
    elif (reader := _READERS.get(name)) is not None:
        reader(body, version, raw)


def _texts(body: bytes) -> list[str]:
    return _values(_decode(body[0], body[1:]))


def _values(text: str) -> list[str]:
    if "\0" not in text:
        return [text] if text else []
    return [value for value in text.split("\0") if value]


def _decode(encoding: int, data: bytes) -> str:
    if encoding == 1:
        return _decode_utf16(data)
    return data.decode(_ENCODINGS.get(encoding, "latin-1"), "replace")


def _decode_utf16(data: bytes) -> str:
    """Every value may begin with a mark of its own; without any it is little-endian, as Windows writes."""
    text = data.decode("utf-16-be" if data.startswith(b"\xfe\xff") else "utf-16-le", "replace")
    return text.replace("\ufeff", "")


def _text_end(encoding: int, data: bytes, start: int) -> tuple[int, int]:
    """Where the text at `start` ends, and where what follows its terminator begins."""
    if encoding not in (1, 2):
        end = data.find(b"\0", start)
        return (end, end + 1) if end >= 0 else (len(data), len(data))
    end = data.find(b"\0\0", start)
    while end >= 0 and (end - start) % 2 == 1:
        end = data.find(b"\0\0", end + 1)
    return (end, end + 2) if end >= 0 else (len(data), len(data))


def _split_text(encoding: int, data: bytes) -> tuple[str, bytes]:
    """The text up to its terminator, and what follows."""
    end, rest = _text_end(encoding, data, 0)
    return _decode(encoding, data[:end]), data[rest:]


def _read_custom(body: bytes, version: int, raw: Raw) -> None:
    name, rest = _split_text(body[0], body[1:])
    values = _values(_decode(body[0], rest))
    if name and values:
        raw.tags.setdefault(common_name(name), []).extend(values)


def _read_comment(body: bytes, version: int, raw: Raw) -> None:
    """iTunes keeps volume tables and ids in named comments."""
    name, rest = _split_text(body[0], body[4:])
    text = _decode(body[0], rest).strip("\0")
    if text and not name.startswith(("iTun", "iTunes_")):
        add(raw.tags, "comment", text)


def _read_lyrics(body: bytes, version: int, raw: Raw) -> None:
    _, rest = _split_text(body[0], body[4:])
    text = _decode(body[0], rest).strip("\0")
    if text:
        raw.lyrics.append((body[1:4].decode("latin-1"), text))


def _read_synced(body: bytes, version: int, raw: Raw) -> None:
    """SYLT in milliseconds (format 2) of kind lyrics or transcription, rewritten as LRC."""
    if len(body) < 6 or body[4] != 2 or body[5] > 2:
        return
    pieces: list[tuple[int, str]] = []
    begin = _text_end(body[0], body, 6)[1]
    while begin + 4 < len(body) and len(pieces) < MAX_LINES:
        end, stamp = _text_end(body[0], body, begin)
        text = _decode(body[0], body[begin:end])
        at, begin = int.from_bytes(body[stamp : stamp + 4], "big"), stamp + 4
        pieces.append((at, text))
    raw.lyrics.append((body[1:4].decode("latin-1"), "\n".join(_synced_lines(pieces))))


def _synced_lines(pieces: list[tuple[int, str]]) -> list[str]:
    """A piece is a line; where any begins with a new line (ID3v2.4 section 4.9), it is a syllable and only
    those begin one."""
    if not any(text.startswith("\n") for _, text in pieces[1:]):
        return [f"[{_lrc_time(at)}]{text.strip()}" for at, text in pieces]
    lines: list[list[tuple[int, str]]] = []
    for at, text in pieces:
        if not lines or text.startswith("\n"):
            lines.append([])
        lines[-1].append((at, text))
    return [_syllables(line) for line in lines]


def _syllables(line: list[tuple[int, str]]) -> str:
    if len(line) == 1:
        return f"[{_lrc_time(line[0][0])}]{line[0][1].strip()}"
    sung = "".join(f"<{_lrc_time(at)}>{' '.join(text.splitlines())}" for at, text in line)
    return f"[{_lrc_time(line[0][0])}]{sung}"


def _lrc_time(at: int) -> str:
    return f"{at // 60_000:02}:{at // 1000 % 60:02}.{at % 1000:03}"


def _read_picture(body: bytes, version: int, raw: Raw) -> None:
    encoding = body[0]
    rest = body[4:] if version == 2 else body[1:].partition(b"\0")[2]
    if len(rest) > 1:
        raw.pictures.append(RawPicture(rest[0], _split_text(encoding, rest[1:])[1]))


def _read_owner(body: bytes, version: int, raw: Raw) -> None:
    if body.startswith(_MUSICBRAINZ):
        value = body[len(_MUSICBRAINZ) :].decode("latin-1")
        raw.tags["musicbrainz_trackid"] = [value.strip("\0 ")]


def _read_people(body: bytes, version: int, raw: Raw) -> None:
    """TIPL (function, person) and TMCL (instrument, person) pairs; IPLS is both in one."""
    texts = _decode(body[0], body[1:]).split("\0")
    for what, who in zip(texts[::2], texts[1::2], strict=False):
        role = CREDIT_ROLES.get(what.strip().lower())
        if who:
            add(raw.tags, role or "performer", who if role or not what else f"{who} ({what})")


def _read_genre(body: bytes, version: int, raw: Raw) -> None:
    for text in _texts(body):
        coded = [_genre_name(code) for code in _OLD_GENRE.findall(text)]
        rest = _OLD_GENRE.sub("", text).replace("((", "(").strip()
        plain = re.split(r"[/;]", rest) if version < 4 else [rest]
        names = [_genre_name(name) for name in plain]
        add(raw.tags, "genre", *dict.fromkeys(name for name in [*coded, *names] if name))


def _genre_name(code: str) -> str:
    code = {"RX": "Remix", "CR": "Cover"}.get(code, code.strip())
    if code.isdecimal() and len(code) < 4:
        return GENRE_LIST[int(code)] if int(code) < len(GENRE_LIST) else ""
    return code


_READERS: dict[bytes, Callable[[bytes, int, Raw], None]] = {
    b"TXXX": _read_custom,
    b"COMM": _read_comment,
    b"USLT": _read_lyrics,
    b"SYLT": _read_synced,
    b"APIC": _read_picture,
    b"UFID": _read_owner,
    b"TIPL": _read_people,
    b"TMCL": _read_people,
    b"IPLS": _read_people,
    b"TCON": _read_genre,
}
