"""Tags and a cover written into a file that has none of them. Blocking.

What the file says itself stays: only what it lacks is laid under it.
"""

import base64
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from mcma.domain.errors import InvalidInput
from mcma.media._clean import clean_name, clean_names
from mcma.media._images import MAX_BYTES, check_image

__all__ = ["MOST_COVER_BYTES", "Cover", "Labels", "checked_cover", "write_missing"]

MOST_COVER_BYTES: Final = MAX_BYTES
_FRONT: Final = 3


class Labels(NamedTuple):
    """What is known of a recording. Empty: nothing."""

    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    album_artist: str = ""
    track: int | None = None
    disc: int | None = None
    year: int | None = None
    isrc: str = ""
    recording_mbid: str = ""

    def texts(self) -> dict[str, list[str]]:
        """By neutral names, those there are."""
        one = {
            "title": self.title, "album": self.album, "albumartist": self.album_artist,
            "tracknumber": str(self.track or ""), "discnumber": str(self.disc or ""),
            "date": str(self.year or ""), "isrc": self.isrc, "mbid": self.recording_mbid,
        }  # fmt: skip
        found = {name: [text] for name, value in one.items() if (text := clean_name(value))}
        artists = clean_names(list(self.artists))
        return found | ({"artist": artists} if artists else {})


class Cover(NamedTuple):
    data: bytes
    mime: str
    width: int
    height: int


def checked_cover(path: Path) -> Cover | None:
    """None for what is no picture that may be kept."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        found = check_image(data)
    except (OSError, InvalidInput):
        return None
    return Cover(data, found.mime, found.width, found.height)


def write_missing(path: Path, suffix: str, labels: Labels, cover: Cover | None) -> bool:
    """Into an mp3, m4a, flac, opus, ogg or oga file; False for others, and for what cannot be written to."""
    writer = _WRITERS.get(suffix)
    if writer is None:
        return False
    try:
        writer(path, labels.texts(), cover)
    except Exception:  # noqa: BLE001 - mutagen raises anything at all for a damaged file
        return False
    return True


def _mp3(path: Path, texts: Mapping[str, list[str]], cover: Cover | None) -> None:
    id3: Any = import_module("mutagen.id3")
    try:
        tags = id3.ID3(path)
    except id3.ID3NoHeaderError:
        tags = id3.ID3()
    for name, values in texts.items():
        frame = _ID3.get(name)
        if frame is not None and not tags.getall(frame):
            tags.add(getattr(id3, frame)(encoding=3, text=values))
    if "mbid" in texts and not tags.getall("UFID:http://musicbrainz.org"):
        tags.add(id3.UFID(owner="http://musicbrainz.org", data=texts["mbid"][0].encode("ascii", "ignore")))
    if cover is not None and cover.mime in _PLAIN and not tags.getall("APIC"):
        tags.add(id3.APIC(encoding=3, mime=cover.mime, type=_FRONT, desc="", data=cover.data))
    tags.save(path)


def _mp4(path: Path, texts: Mapping[str, list[str]], cover: Cover | None) -> None:
    mp4: Any = import_module("mutagen.mp4")
    file = mp4.MP4(path)
    if file.tags is None:
        file.add_tags()
    for name, values in texts.items():
        key = _MP4.get(name)
        if key is not None and key not in file.tags:
            file.tags[key] = _mp4_value(mp4, name, values)
    if cover is not None and cover.mime in _PLAIN and "covr" not in file.tags:
        kind = mp4.MP4Cover.FORMAT_PNG if cover.mime == "image/png" else mp4.MP4Cover.FORMAT_JPEG
        file.tags["covr"] = [mp4.MP4Cover(cover.data, kind)]
    file.save()


def _mp4_value(mp4: Any, name: str, values: list[str]) -> Any:
    if name in ("tracknumber", "discnumber"):
        return [(min(int(values[0]), 65_535), 0)]
    if name in ("isrc", "mbid"):
        return [mp4.MP4FreeForm(values[0].encode())]
    return values


def _vorbis(module: str, kind: str) -> Callable[[Path, Mapping[str, list[str]], Cover | None], None]:
    def write(path: Path, texts: Mapping[str, list[str]], cover: Cover | None) -> None:
        file = getattr(import_module(module), kind)(path)
        if file.tags is None:
            file.add_tags()
        for name, values in texts.items():
            key = _VORBIS.get(name, name)
            if key not in file.tags:
                file.tags[key] = values
        if cover is not None:
            _vorbis_cover(file, cover)
        file.save()

    return write


def _vorbis_cover(file: Any, cover: Cover) -> None:
    picture = import_module("mutagen.flac").Picture()
    picture.type, picture.mime, picture.data = _FRONT, cover.mime, cover.data
    picture.width, picture.height, picture.depth = cover.width, cover.height, 24
    if hasattr(file, "add_picture"):
        if not file.pictures:
            file.add_picture(picture)
    elif "metadata_block_picture" not in file.tags:
        file.tags["metadata_block_picture"] = [base64.b64encode(picture.write()).decode("ascii")]


_PLAIN = ("image/jpeg", "image/png")
"""Pictures that every player of ID3 and MP4 shows."""
_ID3: Final = {
    "title": "TIT2", "artist": "TPE1", "album": "TALB", "albumartist": "TPE2", "tracknumber": "TRCK",
    "discnumber": "TPOS", "date": "TDRC", "isrc": "TSRC",
}  # fmt: skip
_MP4: Final = {
    "title": "\xa9nam", "artist": "\xa9ART", "album": "\xa9alb", "albumartist": "aART",
    "tracknumber": "trkn", "discnumber": "disk", "date": "\xa9day",
    "isrc": "----:com.apple.iTunes:ISRC", "mbid": "----:com.apple.iTunes:MusicBrainz Track Id",
}  # fmt: skip
_VORBIS: Final = {"mbid": "musicbrainz_trackid"}
_WRITERS: Final = {
    "mp3": _mp3,
    "m4a": _mp4,
    "flac": _vorbis("mutagen.flac", "FLAC"),
    "opus": _vorbis("mutagen.oggopus", "OggOpus"),
    "ogg": _vorbis("mutagen.oggvorbis", "OggVorbis"),
    "oga": _vorbis("mutagen.oggflac", "OggFLAC"),
}
