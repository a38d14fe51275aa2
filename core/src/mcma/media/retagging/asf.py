"""ASF attributes (WMA), by mutagen. Works on a copy, in place."""

from importlib import import_module
from struct import pack
from typing import Any, Final

from mcma.domain.tagfields import PICTURE
from mcma.media._names import common_name
from mcma.media.retagging.change import Change, Cover

_FRONT: Final = 3
_NAMES: Final = {
    "title": "Title", "artist": "Author", "artists": "WM/ARTISTS", "album": "WM/AlbumTitle",
    "albumartist": "WM/AlbumArtist", "tracknumber": "WM/TrackNumber", "discnumber": "WM/PartOfSet",
    "date": "WM/Year", "originaldate": "WM/OriginalReleaseTime", "genre": "WM/Genre",
    "composer": "WM/Composer", "lyricist": "WM/Writer", "conductor": "WM/Conductor",
    "remixer": "WM/ModifiedBy", "producer": "WM/Producer", "grouping": "WM/ContentGroupDescription",
    "discsubtitle": "WM/SetSubTitle", "comment": "Description", "bpm": "WM/BeatsPerMinute",
    "language": "WM/Language", "mood": "WM/Mood", "isrc": "WM/ISRC", "lyrics": "WM/Lyrics",
    "media": "WM/Media", "barcode": "WM/Barcode", "catalognumber": "WM/CatalogNo", "label": "WM/Publisher",
    "compilation": "WM/IsCompilation", "titlesort": "WM/TitleSortOrder", "artistsort": "WM/ArtistSortOrder",
    "albumsort": "WM/AlbumSortOrder", "albumartistsort": "WM/AlbumArtistSortOrder",
    "musicbrainz_trackid": "MusicBrainz/Track Id", "musicbrainz_albumid": "MusicBrainz/Album Id",
    "musicbrainz_artistid": "MusicBrainz/Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz/Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz/Release Group Id",
    "musicbrainz_releasetrackid": "MusicBrainz/Release Track Id", "releasetype": "MusicBrainz/Album Type",
    "acoustid_id": "Acoustid Id", "albumversion": "MusicBrainz/Album Comment",
    "advisory": "ITUNESADVISORY", "arranger": "WM/Arranger", "engineer": "WM/Engineer", "mixer": "WM/Mixer",
    "djmixer": "WM/DJMixer",
}  # fmt: skip
_READ: Final = {"WM/Writer": "lyricist", "WM/Year": "date", "WM/Text": "comment"}


def write_asf(path: str, kind: tuple[str, str], change: Change) -> None:
    asf: Any = import_module("mutagen.asf")
    file = asf.ASF(path)
    file.tags[:] = [(name, value) for name, value in file.tags if not _drops_attribute(name, value, change)]
    for key, values in change.texts.items():
        name = _NAMES.get(key, f"WM/{key.upper()}" if "_" not in key else key.upper())
        file.tags.extend((name, asf.ASFUnicodeAttribute(text)) for text in values)
    if change.cover is not None:
        file.tags.append(("WM/Picture", asf.ASFByteArrayAttribute(_asf_picture(change.cover))))
    file.save()


def _drops_attribute(name: str, value: Any, change: Change) -> bool:
    if name == "WM/Picture":
        return PICTURE in change.keys and bytes(value.value)[:1] == bytes((_FRONT,))
    return change.drops(_READ.get(name) or common_name(name))


def _asf_picture(cover: Cover) -> bytes:
    words = cover.mime.encode("utf-16-le") + b"\0\0" + b"\0\0"
    return pack("<bI", _FRONT, len(cover.data)) + words + cover.data
