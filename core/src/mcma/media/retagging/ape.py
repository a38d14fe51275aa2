"""APEv2 tags, by mutagen. Works on a copy, in place."""

from importlib import import_module
from typing import Any, Final

from mcma.domain.tagfields import PICTURE
from mcma.media._names import common_name
from mcma.media.retagging.change import Change
from mcma.media.retagging.vorbis import NAMES

_NAMES: Final = {
    "title": "Title", "artist": "Artist", "artists": "Artists", "album": "Album",
    "albumartist": "Album Artist", "tracknumber": "Track", "discnumber": "Disc", "date": "Year",
    "genre": "Genre", "composer": "Composer", "comment": "Comment", "lyrics": "Lyrics",
    "remixer": "MixArtist", "label": "Label", "catalognumber": "CatalogNumber", "barcode": "Barcode",
    "discsubtitle": "DiscSubtitle", "language": "Language", "compilation": "Compilation", "media": "Media",
    "mood": "Mood", "grouping": "Grouping", "performer": "Performer", "conductor": "Conductor",
    "lyricist": "Lyricist", "arranger": "Arranger", "engineer": "Engineer", "producer": "Producer",
    "releasetype": "MUSICBRAINZ_ALBUMTYPE", **NAMES,
}  # fmt: skip
_COVER: Final = "cover art (front)"


def write_ape(path: str, kind: tuple[str, str], change: Change) -> None:
    ape: Any = import_module("mutagen.apev2")
    try:
        tags = ape.APEv2(path)
    except ape.APENoHeaderError:
        tags = ape.APEv2()
    for name in list(tags.keys()):
        if change.drops(common_name(name)) or (name.lower() == _COVER and PICTURE in change.keys):
            del tags[name]
    for key, values in change.texts.items():
        tags[_NAMES.get(key, key.upper())] = values
    if change.cover is not None:
        suffix = "png" if change.cover.mime == "image/png" else "jpg"
        data = b"Cover Art (Front)." + suffix.encode() + b"\0" + change.cover.data
        tags["Cover Art (Front)"] = ape.APEValue(data, ape.BINARY)
    tags.save(path)
