"""What each field is called in tags, and its values as texts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from mcma.domain.facts import CreditFact, TagFacts

Texts = dict[str, list[str]]
"""By common names, as the reader has them (`_names`)."""

ALL: Final = "all"
"""What the setting says for every field."""
PICTURE: Final = "picture"
"""The key of the front cover, which is no text."""

_ROLES: Final = (
    "composer", "lyricist", "writer", "conductor", "remixer", "producer", "arranger", "engineer", "mixer",
    "djmixer",
)  # fmt: skip
_ONE: Final = {
    "title": "title", "sort_title": "titlesort", "album": "album", "sort_album": "albumsort",
    "album_version": "albumversion", "disc_title": "discsubtitle", "date": "date",
    "original_date": "originaldate", "barcode": "barcode", "media": "media", "comment": "comment",
    "language": "language", "recording_mbid": "musicbrainz_trackid",
    "release_track_mbid": "musicbrainz_releasetrackid", "release_mbid": "musicbrainz_albumid",
    "release_group_mbid": "musicbrainz_releasegroupid", "work": "work", "movement": "movementname",
    "acoustid": "acoustid_id",
}  # fmt: skip
_SEVERAL: Final = {
    "genres": "genre", "moods": "mood", "groupings": "grouping", "labels": "label",
    "catalog_numbers": "catalognumber", "release_types": "releasetype", "isrcs": "isrc",
}  # fmt: skip
_NUMBERS: Final = {
    "track": ("tracknumber", "track", "track_total"), "track_total": ("tracknumber", "track", "track_total"),
    "disc": ("discnumber", "disc", "disc_total"), "disc_total": ("discnumber", "disc", "disc_total"),
}  # fmt: skip
_CREDIT_KEYS: Final = (
    *_ROLES, *(f"{role}sort" for role in _ROLES), *(f"musicbrainz_{role}id" for role in _ROLES), "performer",
)  # fmt: skip

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    **{field: (key,) for field, key in {**_ONE, **_SEVERAL}.items()},
    "artists": ("artist", "artists", "artistsort", "musicbrainz_artistid"),
    "album_artists": ("albumartist", "albumartists", "albumartistsort", "musicbrainz_albumartistid"),
    "credits": _CREDIT_KEYS,
    "track": ("tracknumber", "tracktotal"),
    "track_total": ("tracknumber", "tracktotal"),
    "disc": ("discnumber", "disctotal"),
    "disc_total": ("discnumber", "disctotal"),
    "date": ("date", "_ddmm"),
    "compilation": ("compilation",),
    "bpm": ("bpm",),
    "explicit": ("advisory",),
    "lyrics": ("lyrics",),
    "artwork": (PICTURE,),
}
"""Every field that can be written, and the common names of all tags that say it."""

BESIDE: Final = {"artists": ("artist_display",), "album_artists": ("album_artist_display",)}
"""Parts of `TagFacts` that go with a field."""


def is_meant(key: str, keys: Collection[str]) -> bool:
    """`performer:guitar` is a spelling of `performer`."""
    return key in keys or (key.startswith("performer:") and "performer" in keys)


def texts_of(wanted: TagFacts, there: TagFacts, fields: Collection[str]) -> Texts:
    """The values of these fields. A number and its total are one tag: the one that is not among the fields
    is as the file has it (`there`)."""
    found: Texts = {}
    for field in fields:
        found |= _texts(field, wanted, there, fields)
    return {key: values for key, values in found.items() if values}


def _texts(field: str, wanted: TagFacts, there: TagFacts, fields: Collection[str]) -> Texts:
    if field in ("artists", "album_artists"):
        return _artists(field, wanted)
    if field == "credits":
        return _credits(wanted.credits)
    if field in _NUMBERS:
        key, one, total = _NUMBERS[field]
        return {key: _pair(*(getattr(wanted if name in fields else there, name) for name in (one, total)))}
    if field in _SEVERAL:
        return {_SEVERAL[field]: list(getattr(wanted, field))}
    if field in _ONE:
        value = getattr(wanted, field)
        return {_ONE[field]: [value] if value else []}
    return _coded(field, wanted)


def _coded(field: str, wanted: TagFacts) -> Texts:
    if field == "compilation":
        return {"compilation": ["1"] if wanted.compilation else []}
    if field == "bpm":
        return {"bpm": [] if wanted.bpm is None else [f"{wanted.bpm:.6f}".rstrip("0").rstrip(".")]}
    if field == "explicit":
        return {"advisory": [] if wanted.explicit is None else ["1" if wanted.explicit else "2"]}
    return {}


def _pair(number: int | None, total: int | None) -> list[str]:
    if total:
        return [f"{number or 0}/{total}"]
    return [str(number)] if number else []


def _artists(field: str, wanted: TagFacts) -> Texts:
    """The names as a list; the credit as printed, where there is one, in the tag that all players show."""
    name = "artist" if field == "artists" else "albumartist"
    credits: Sequence[CreditFact] = getattr(wanted, field)
    display = wanted.artist_display if field == "artists" else wanted.album_artist_display
    names = [credit.name for credit in credits]
    single, several = ([display], names) if display and names else (names, [])
    return {name: single, name + "s": several, **_paired(name, credits)}


def _paired(name: str, credits: Sequence[CreditFact]) -> Texts:
    """Sort names and ids stand beside the names, so there are as many of them or none. A name that sorts as
    it is written is its own sort name."""
    mbids = [credit.mbid for credit in credits if credit.mbid]
    sorts = [credit.sort_name or credit.name for credit in credits]
    has_sorts = any(credit.sort_name for credit in credits)
    return {
        f"{name}sort": sorts if has_sorts else [],
        f"musicbrainz_{name}id": mbids if len(mbids) == len(credits) else [],
    }


def _credits(credits: Sequence[CreditFact]) -> Texts:
    found: Texts = {}
    for role in dict.fromkeys(credit.role for credit in credits):
        own = [credit for credit in credits if credit.role == role]
        if role in _ROLES:
            found |= {role: [credit.name for credit in own], **_paired(role, own)}
    players = [credit for credit in credits if credit.role not in _ROLES]
    found["performer"] = [f"{one.name} ({one.detail})" if one.detail else one.name for one in players]
    return found
