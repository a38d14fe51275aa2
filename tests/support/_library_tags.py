"""Tag blocks written by hand, because a tagging library rewriting a file takes many times as long."""

import struct
from collections.abc import Iterable, Iterator

from tests.support._library_plan import Track

Pairs = Iterable[tuple[str, str]]


def pairs(track: Track) -> Iterator[tuple[str, str]]:
    """Names as in Vorbis comments."""
    album = track.album
    yield "TITLE", track.title
    yield "ARTIST", " feat. ".join(one.name for one in track.artists)
    if len(track.artists) > 1:
        yield from (("ARTISTS", one.name) for one in track.artists)
    yield "ALBUM", album.title
    yield "ALBUMARTIST", album.artist.name
    yield "TRACKNUMBER", str(track.position)
    if album.discs > 1:
        yield "DISCNUMBER", str(track.disc)
    yield "DATE", str(album.year)
    yield from (("GENRE", one) for one in album.genres)
    if album.compilation:
        yield "COMPILATION", "1"
    yield from _ids(track)
    yield from _gains(track)


def _ids(track: Track) -> Iterator[tuple[str, str]]:
    if track.album.mbid:
        yield "MUSICBRAINZ_ALBUMID", track.album.mbid
    if track.mbid:
        yield "MUSICBRAINZ_TRACKID", track.mbid
        yield from (("MUSICBRAINZ_ARTISTID", one.mbid) for one in track.artists if one.mbid)


def _gains(track: Track) -> Iterator[tuple[str, str]]:
    if track.gain is None or track.album.gain is None:
        return
    if track.album.fmt == "opus":
        yield "R128_TRACK_GAIN", str(int((track.gain - 5) * 256))
        return
    yield "REPLAYGAIN_TRACK_GAIN", f"{track.gain:.2f} dB"
    yield "REPLAYGAIN_TRACK_PEAK", "0.988"
    yield "REPLAYGAIN_ALBUM_GAIN", f"{track.album.gain:.2f} dB"


def vorbis_comment(tags: Pairs) -> bytes:
    texts = [f"{key}={value}".encode() for key, value in tags]
    head = struct.pack("<I4sI", 4, b"mcma", len(texts))
    return head + b"".join(struct.pack("<I", len(text)) + text for text in texts)


def picture(cover: bytes) -> bytes:
    """FLAC's picture block: a front cover, 64 by 64."""
    mime = b"image/jpeg"
    head = struct.pack(">II", 3, len(mime)) + mime + struct.pack(">I", 0)
    return head + struct.pack(">IIIII", 64, 64, 24, 0, len(cover)) + cover


# ID3v2.4 --------------------------------------------------------------------------------------------------

_ID3 = {
    "TITLE": b"TIT2",
    "ARTIST": b"TPE1",
    "ALBUM": b"TALB",
    "ALBUMARTIST": b"TPE2",
    "TRACKNUMBER": b"TRCK",
    "DISCNUMBER": b"TPOS",
    "DATE": b"TDRC",
    "GENRE": b"TCON",
    "COMPILATION": b"TCMP",
}
_ID3_TEXT = {
    "ARTISTS": "ARTISTS",
    "MUSICBRAINZ_ALBUMID": "MusicBrainz Album Id",
    "MUSICBRAINZ_ARTISTID": "MusicBrainz Artist Id",
}


def id3(tags: Pairs, cover: bytes | None) -> bytes:
    frames = [_id3_frame(key, b"\0".join(values)) for key, values in _grouped(tags).items()]
    if cover:
        frames.append(_frame(b"APIC", b"\0image/jpeg\0\x03\0" + cover))
    body = b"".join(frames)
    return b"ID3\x04\0\0" + _syncsafe(len(body)) + body


def _id3_frame(key: str, value: bytes) -> bytes:
    if key == "MUSICBRAINZ_TRACKID":
        return _frame(b"UFID", b"http://musicbrainz.org\0" + value)
    if key in _ID3:
        return _frame(_ID3[key], b"\x03" + value)
    return _frame(b"TXXX", b"\x03" + _ID3_TEXT.get(key, key).encode() + b"\0" + value)


def _frame(name: bytes, body: bytes) -> bytes:
    return name + _syncsafe(len(body)) + b"\0\0" + body


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


# MP4 ------------------------------------------------------------------------------------------------------

_MP4 = {
    "TITLE": b"\xa9nam",
    "ARTIST": b"\xa9ART",
    "ALBUM": b"\xa9alb",
    "ALBUMARTIST": b"aART",
    "DATE": b"\xa9day",
    "GENRE": b"\xa9gen",
}
_MP4_TEXT = {
    "MUSICBRAINZ_TRACKID": "MusicBrainz Track Id",
    "MUSICBRAINZ_ALBUMID": "MusicBrainz Album Id",
    "MUSICBRAINZ_ARTISTID": "MusicBrainz Artist Id",
}
_HANDLER = b"\0" * 8 + b"mdirappl" + b"\0" * 9


def udta(tags: Pairs, cover: bytes | None) -> bytes:
    atoms = [_mp4_atom(key, values) for key, values in _grouped(tags).items()]
    if cover:
        atoms.append(atom(b"covr", _data(13, cover)))
    meta = b"\0\0\0\0" + atom(b"hdlr", _HANDLER) + atom(b"ilst", b"".join(atoms))
    return atom(b"udta", atom(b"meta", meta))


def atom(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


def _mp4_atom(key: str, values: list[bytes]) -> bytes:
    if key == "TRACKNUMBER":
        return atom(b"trkn", _data(0, struct.pack(">HHHH", 0, int(values[0]), 0, 0)))
    if key == "DISCNUMBER":
        return atom(b"disk", _data(0, struct.pack(">HHH", 0, int(values[0]), 2)))
    if key == "COMPILATION":
        return atom(b"cpil", _data(21, b"\x01"))
    body = b"".join(_data(1, value) for value in values)
    if key in _MP4:
        return atom(_MP4[key], body)
    name = _MP4_TEXT.get(key, key.lower() if key.startswith("REPLAYGAIN") else key).encode()
    mean = atom(b"mean", b"\0\0\0\0com.apple.iTunes")
    return atom(b"----", mean + atom(b"name", b"\0\0\0\0" + name) + body)


def _data(kind: int, value: bytes) -> bytes:
    return atom(b"data", struct.pack(">II", kind, 0) + value)


def _grouped(tags: Pairs) -> dict[str, list[bytes]]:
    grouped: dict[str, list[bytes]] = {}
    for key, value in tags:
        grouped.setdefault(key, []).append(value.encode())
    return grouped
