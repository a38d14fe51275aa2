"""Neutral tag names written by mutagen the way each container spells them."""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.apev2 import APEv2, APEValue
from mutagen.asf import ASF
from mutagen.asf._attrs import ASFByteArrayAttribute
from mutagen.dsf import DSF
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, AtomDataType, MP4Cover, MP4FreeForm
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

_ID3 = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "albumartist": "TPE2",
    "tracknumber": "TRCK",
    "discnumber": "TPOS",
    "date": "TDRC",
    "originaldate": "TDOR",
    "genre": "TCON",
    "composer": "TCOM",
    "lyricist": "TEXT",
    "conductor": "TPE3",
    "remixer": "TPE4",
    "label": "TPUB",
    "isrc": "TSRC",
    "bpm": "TBPM",
    "media": "TMED",
    "language": "TLAN",
    "titlesort": "TSOT",
    "artistsort": "TSOP",
    "albumsort": "TSOA",
    "albumartistsort": "TSO2",
    "composersort": "TSOC",
    "discsubtitle": "TSST",
    "grouping": "TIT1",
    "mood": "TMOO",
    "compilation": "TCMP",
    "movementname": "MVNM",
}
_ID3_TEXT = {
    "artists": "ARTISTS",
    "albumartists": "ALBUMARTISTS",
    "musicbrainz_albumid": "MusicBrainz Album Id",
    "musicbrainz_artistid": "MusicBrainz Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz Release Group Id",
    "musicbrainz_releasetrackid": "MusicBrainz Release Track Id",
    "releasetype": "MusicBrainz Album Type",
    "acoustid_id": "Acoustid Id",
}
_MP4 = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "album": "\xa9alb",
    "albumartist": "aART",
    "date": "\xa9day",
    "genre": "\xa9gen",
    "composer": "\xa9wrt",
    "comment": "\xa9cmt",
    "lyrics": "\xa9lyr",
    "grouping": "\xa9grp",
    "titlesort": "sonm",
    "artistsort": "soar",
    "albumsort": "soal",
    "albumartistsort": "soaa",
    "composersort": "soco",
    "work": "\xa9wrk",
    "movementname": "\xa9mvn",
}
_MP4_TEXT = {
    "musicbrainz_trackid": "MusicBrainz Track Id",
    "musicbrainz_albumid": "MusicBrainz Album Id",
    "musicbrainz_artistid": "MusicBrainz Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz Release Group Id",
    "musicbrainz_releasetrackid": "MusicBrainz Release Track Id",
    "releasetype": "MusicBrainz Album Type",
    "acoustid_id": "Acoustid Id",
}
_APE = {
    "albumartist": "Album Artist",
    "tracknumber": "Track",
    "discnumber": "Disc",
    "date": "Year",
    "remixer": "MixArtist",
}
_ASF = {
    "title": "Title",
    "artist": "Author",
    "album": "WM/AlbumTitle",
    "albumartist": "WM/AlbumArtist",
    "tracknumber": "WM/TrackNumber",
    "discnumber": "WM/PartOfSet",
    "date": "WM/Year",
    "genre": "WM/Genre",
    "composer": "WM/Composer",
    "lyricist": "WM/Writer",
    "conductor": "WM/Conductor",
    "remixer": "WM/ModifiedBy",
    "producer": "WM/Producer",
    "label": "WM/Publisher",
    "isrc": "WM/ISRC",
    "bpm": "WM/BeatsPerMinute",
    "lyrics": "WM/Lyrics",
    "comment": "Description",
    "mood": "WM/Mood",
    "barcode": "WM/Barcode",
    "catalognumber": "WM/CatalogNo",
    "compilation": "WM/IsCompilation",
    "artists": "WM/ARTISTS",
    "originaldate": "WM/OriginalReleaseTime",
    "grouping": "WM/ContentGroupDescription",
    "media": "WM/Media",
    "titlesort": "WM/TitleSortOrder",
    "artistsort": "WM/ArtistSortOrder",
    "albumsort": "WM/AlbumSortOrder",
    "albumartistsort": "WM/AlbumArtistSortOrder",
    "language": "WM/Language",
    "discsubtitle": "WM/SetSubTitle",
    "musicbrainz_trackid": "MusicBrainz/Track Id",
    "musicbrainz_albumid": "MusicBrainz/Album Id",
    "musicbrainz_artistid": "MusicBrainz/Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz/Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz/Release Group Id",
    "musicbrainz_releasetrackid": "MusicBrainz/Release Track Id",
    "releasetype": "MusicBrainz/Album Type",
}

TagWriter = Callable[[Path, Mapping[str, object], "bytes | None"], None]


def write_tags(path: Path, fmt: str, tags: Mapping[str, object], cover: bytes | None) -> None:
    """Add `tags` and the front `cover` to the file of format `fmt`, keeping what it already carries."""
    _WRITERS[fmt](path, tags, cover)


def _values(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    if isinstance(value, bool):
        return ["1" if value else "0"]
    return [str(value)]


def _mime(cover: bytes) -> str:
    return "image/png" if cover.startswith(b"\x89PNG") else "image/jpeg"


def _id3_frame(key: str, values: list[str]) -> Any:
    frames: Any = id3
    if key == "musicbrainz_trackid":
        return frames.UFID(owner="http://musicbrainz.org", data=values[0].encode())
    if key == "lyrics":
        return frames.USLT(encoding=3, lang="eng", desc="", text=values[0])
    if key == "comment":
        return frames.COMM(encoding=3, lang="eng", desc="", text=values)
    if key in _ID3:
        return getattr(frames, _ID3[key])(encoding=3, text=values)
    return frames.TXXX(encoding=3, desc=_ID3_TEXT.get(key, key.upper()), text=values)


def _write_id3(kind: Any) -> TagWriter:
    def write(path: Path, tags: Mapping[str, object], cover: bytes | None) -> None:
        file = kind(path)
        if file.tags is None:
            file.add_tags()
        for key, value in tags.items():
            file.tags.add(_id3_frame(key, _values(value)))
        if cover is not None:
            apic: Any = id3.APIC
            file.tags.add(apic(encoding=3, mime=_mime(cover), type=3, desc="", data=cover))
        file.save()

    return write


def _picture(cover: bytes) -> Any:
    picture: Any = Picture()  # type: ignore[no-untyped-call]
    picture.type, picture.mime, picture.data = 3, _mime(cover), cover
    return picture


def _write_comments(kind: Any) -> TagWriter:
    def write(path: Path, tags: Mapping[str, object], cover: bytes | None) -> None:
        file = kind(path)
        for key, value in tags.items():
            file[key] = _values(value)
        if cover is not None and kind is FLAC:
            file.add_picture(_picture(cover))
        elif cover is not None:
            file["metadata_block_picture"] = [base64.b64encode(_picture(cover).write()).decode()]
        file.save()

    return write


def _pair(value: object) -> list[tuple[int, int]]:
    number, _, total = str(value).partition("/")
    return [(int(number), int(total or 0))]


def _mp4_item(key: str, value: object) -> tuple[str, Any]:
    if key in ("tracknumber", "discnumber"):
        return ("trkn" if key == "tracknumber" else "disk"), _pair(value)
    if key == "compilation":
        return "cpil", bool(int(str(_values(value)[0])))
    if key == "bpm":
        return "tmpo", [int(str(value))]
    if key == "rtng":
        return "rtng", [int(str(value))]
    if key in _MP4:
        return _MP4[key], _values(value)
    name = "----:com.apple.iTunes:" + _MP4_TEXT.get(key, key.upper())
    texts = [MP4FreeForm(one.encode(), AtomDataType.UTF8) for one in _values(value)]  # type: ignore[no-untyped-call]
    return name, texts


def _write_mp4(path: Path, tags: Mapping[str, object], cover: bytes | None) -> None:
    file: Any = MP4(path)  # type: ignore[no-untyped-call]
    for key, value in tags.items():
        name, items = _mp4_item(key, value)
        file[name] = items
    if cover is not None:
        png = _mime(cover) == "image/png"
        kind = MP4Cover.FORMAT_PNG if png else MP4Cover.FORMAT_JPEG
        file["covr"] = [MP4Cover(cover, kind)]  # type: ignore[no-untyped-call]
    file.save()


def _write_ape(path: Path, tags: Mapping[str, object], cover: bytes | None) -> None:
    try:
        file: Any = APEv2(path)  # type: ignore[no-untyped-call]
    except Exception:
        file = APEv2()  # type: ignore[no-untyped-call]
    for key, value in tags.items():
        file[_APE.get(key, key)] = _values(value)
    if cover is not None:
        file["Cover Art (Front)"] = APEValue(b"cover.jpg\0" + cover, 1)  # type: ignore[no-untyped-call]
    file.save(path)


def _asf_picture(cover: bytes) -> bytes:
    head = b"\x03" + len(cover).to_bytes(4, "little")
    return head + _mime(cover).encode("utf-16-le") + b"\0\0" + b"\0\0" + cover


def _write_asf(path: Path, tags: Mapping[str, object], cover: bytes | None) -> None:
    file: Any = ASF(path)  # type: ignore[no-untyped-call]
    for key, value in tags.items():
        file[_ASF.get(key, key.upper())] = _values(value)
    if cover is not None:
        file["WM/Picture"] = [ASFByteArrayAttribute(_asf_picture(cover))]  # type: ignore[no-untyped-call]
    file.save()


_WRITERS: dict[str, TagWriter] = {
    "mp3": _write_id3(MP3),
    "wav": _write_id3(WAVE),
    "aiff": _write_id3(AIFF),
    "dsf": _write_id3(DSF),
    "flac": _write_comments(FLAC),
    "ogg": _write_comments(OggVorbis),
    "opus": _write_comments(OggOpus),
    "oga": _write_comments(OggFLAC),
    "m4a": _write_mp4,
    "alac": _write_mp4,
    "ape": _write_ape,
    "mpc": _write_ape,
    "wv": _write_ape,
    "wma": _write_asf,
}
