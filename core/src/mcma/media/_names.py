"""One spelling for the tag names of all containers: lower-case Vorbis comment names, as Picard has them."""

from functools import lru_cache

_ALIASES = {
    "album artist": "albumartist",
    "album artists": "albumartists",
    "album_artist": "albumartist",
    "ensemble": "albumartist",
    "year": "date",
    "releasedate": "date",
    "originalyear": "originaldate",
    "originalreleasetime": "originaldate",
    "originalreleaseyear": "originaldate",
    "original year": "originaldate",
    "track": "tracknumber",
    "totaltracks": "tracktotal",
    "trackc": "tracktotal",
    "disc": "discnumber",
    "disk": "discnumber",
    "totaldiscs": "disctotal",
    "discc": "disctotal",
    "setsubtitle": "discsubtitle",
    "partofset": "discnumber",
    "albumtitle": "album",
    "unsyncedlyrics": "lyrics",
    "unsynced lyrics": "lyrics",
    "syncedlyrics": "lyrics",
    "description": "comment",
    "comments": "comment",
    "publisher": "label",
    "organization": "label",
    "record label": "label",
    "catalog": "catalognumber",
    "catalogno": "catalognumber",
    "catalog number": "catalognumber",
    "labelno": "catalognumber",
    "upc": "barcode",
    "ean": "barcode",
    "mixartist": "remixer",
    "modifiedby": "remixer",
    "author": "artist",
    "tempo": "bpm",
    "beatsperminute": "bpm",
    "contentgroup": "grouping",
    "contentgroupdescription": "grouping",
    "movement name": "movementname",
    "iscompilation": "compilation",
    "itunescompilation": "compilation",
    "itunesadvisory": "advisory",
    "musicbrainz_albumtype": "releasetype",
    "musicbrainz album type": "releasetype",
    "musicbrainz_albumcomment": "albumversion",
    "edition": "albumversion",
    "releasecomment": "albumversion",
    "acoustid id": "acoustid_id",
    "musicbrainz_recordingid": "musicbrainz_trackid",
    "musicbrainz_releaseid": "musicbrainz_albumid",
    "titlesortorder": "titlesort",
    "artistsortorder": "artistsort",
    "albumsortorder": "albumsort",
    "albumartistsortorder": "albumartistsort",
    "dj mixer": "djmixer",
}


@lru_cache(maxsize=2_000)
def common_name(name: str) -> str:
    """`MusicBrainz Album Id`, `MusicBrainz/Album Id` and `MUSICBRAINZ_ALBUMID` are one key."""
    key = name.strip().lower().removeprefix("wm/")
    if key.startswith(("musicbrainz ", "musicbrainz/")):
        key = "musicbrainz_" + key[12:].replace(" ", "")
    return _ALIASES.get(key, key)


def add(tags: dict[str, list[str]], key: str, *values: str) -> None:
    """Append `values` to what `key` already has."""
    tags.setdefault(key, []).extend(values)
