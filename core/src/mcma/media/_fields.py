"""Raw tags turned into the facts that the rest of mcma knows."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mcma.domain.facts import CreditFact, Gain, LyricsFact, TagFacts
from mcma.media._clean import clean_name, clean_names, clean_text
from mcma.media._filename import read_name
from mcma.media._people import Tags, read_artists, read_credits
from mcma.media._raw import Raw
from mcma.media._values import parse_date, parse_decimal, parse_flag, parse_ids, parse_number
from mcma.media.lyrics import parse_lyrics

R128_TO_REPLAYGAIN_DB = 5.0
"""EBU R128 gains aim at -23 LUFS (RFC 7845, section 5.2.1), ReplayGain 2.0 at -18."""

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")
_MAX_LYRICS = 16
_NO_GAIN = Gain()
_GAIN_KEYS = ("replaygain_track_gain", "replaygain_album_gain", "r128_track_gain", "r128_album_gain")

Converter = Callable[[list[str]], object]


def tag_facts(raw: Raw, beside: tuple[LyricsFact, ...]) -> TagFacts:
    """What the tags say, and nothing that they do not say."""
    tags = raw.tags
    fields: dict[str, Any] = {}
    for key, values in tags.items():
        if (field := _FIELDS.get(key)) is not None:
            fields[field[0]] = field[1](values)
    fields["artists"], fields["artist_display"] = read_artists(tags, "artist")
    fields["album_artists"], fields["album_artist_display"] = read_artists(tags, "albumartist")
    fields["credits"] = read_credits(tags)
    fields["track"], fields["track_total"] = _numbers(tags, "tracknumber", "tracktotal")
    fields["disc"], fields["disc_total"] = _numbers(tags, "discnumber", "disctotal")
    fields["gain"] = _gain(tags)
    fields["lyrics"] = beside or _lyrics(raw)
    return TagFacts(**fields)


def fill_from_name(facts: TagFacts, path: bytes, root: bytes | None) -> TagFacts:
    """Complete title, artists, album, track and disc from the name, and say which."""
    if facts.title and facts.artists:
        return facts
    name = read_name(path, root)
    guesses: dict[str, Any] = {"title": name.title}
    if not facts.title:
        guesses |= {"track": name.track, "disc": name.disc, "album": name.album}
    if name.artist:
        guesses["artists"] = (CreditFact(name.artist, "artist"),)
    new = {key: value for key, value in guesses.items() if value and not getattr(facts, key)}
    return replace(facts, **new, from_name=tuple(new))


def _one(values: list[str]) -> str | None:
    for value in values:
        if name := clean_name(value):
            return name
    return None


def _all(values: list[str]) -> tuple[str, ...]:
    return tuple(clean_names(values))


def _split(values: list[str]) -> tuple[str, ...]:
    return tuple(clean_names([part for value in values for part in value.split(";")]))


def _types(values: list[str]) -> tuple[str, ...]:
    parts = [part.lower() for value in values for part in re.split("[/;,]", value)]
    return tuple(clean_names(parts))


def _text(values: list[str]) -> str | None:
    return clean_text("\n".join(values)) or None


def _date(values: list[str]) -> str | None:
    """The most precise of several."""
    return max((date for value in values if (date := parse_date(value))), key=len, default=None)


def _flag(values: list[str]) -> bool:
    return any(map(parse_flag, values))


def _isrcs(values: list[str]) -> tuple[str, ...]:
    texts = (re.sub(r"[\s-]", "", value).upper() for value in values)
    return tuple(dict.fromkeys(found for text in texts for found in _ISRC.findall(text)))


def _tempo(values: list[str]) -> float | None:
    return _decimal(values, 1, 1_000)


def _explicit(values: list[str]) -> bool | None:
    """iTunes' advisory: 1 (once 4) explicit, 2 clean, anything else unknown."""
    return {"1": True, "4": True, "2": False}.get(values[0].strip()) if values else None


def _id(values: list[str]) -> str | None:
    return next(iter(parse_ids(values)), None)


def _decimal(values: list[str], low: float, high: float) -> float | None:
    for value in values:
        if (number := parse_decimal(value, low, high)) is not None:
            return number
    return None


def _numbers(tags: Tags, key: str, total_key: str) -> tuple[int | None, int | None]:
    number, total = _first_number(tags, key)
    return number, total or _first_number(tags, total_key)[0]


def _first_number(tags: Tags, key: str) -> tuple[int | None, int | None]:
    for value in tags.get(key, ()):
        if (pair := parse_number(value)) != (None, None):
            return pair
    return None, None


def _gain(tags: Tags) -> Gain:
    if not any(key in tags for key in _GAIN_KEYS):
        return _NO_GAIN
    return Gain(
        track_gain_db=_gain_db(tags, "track"),
        track_peak=_decimal(tags.get("replaygain_track_peak", []), 0, 100),
        album_gain_db=_gain_db(tags, "album"),
        album_peak=_decimal(tags.get("replaygain_album_peak", []), 0, 100),
    )


def _gain_db(tags: Tags, what: str) -> float | None:
    gain = _decimal(tags.get(f"replaygain_{what}_gain", []), -100, 100)
    if gain is not None:
        return gain
    fixed = _decimal(tags.get(f"r128_{what}_gain", []), -32_768, 32_767)
    return None if fixed is None else round(fixed / 256 + R128_TO_REPLAYGAIN_DB, 4)


def _lyrics(raw: Raw) -> tuple[LyricsFact, ...]:
    if not raw.lyrics and "lyrics" not in raw.tags:
        return ()
    texts = [*raw.lyrics, *(("und", text) for text in raw.tags.get("lyrics", ()))]
    parsed = (parse_lyrics(text, lang) for lang, text in texts[:_MAX_LYRICS])
    return tuple(dict.fromkeys(one for one in parsed if one is not None))


_FIELDS: dict[str, tuple[str, Converter]] = {
    "title": ("title", _one),
    "titlesort": ("sort_title", _one),
    "album": ("album", _one),
    "albumsort": ("sort_album", _one),
    "albumversion": ("album_version", _one),
    "discsubtitle": ("disc_title", _one),
    "date": ("date", _date),
    "originaldate": ("original_date", _date),
    "compilation": ("compilation", _flag),
    "genre": ("genres", _split),
    "mood": ("moods", _split),
    "grouping": ("groupings", _split),
    "label": ("labels", _all),
    "catalognumber": ("catalog_numbers", _all),
    "barcode": ("barcode", _one),
    "media": ("media", _one),
    "releasetype": ("release_types", _types),
    "isrc": ("isrcs", _isrcs),
    "bpm": ("bpm", _tempo),
    "comment": ("comment", _text),
    "language": ("language", _one),
    "advisory": ("explicit", _explicit),
    "musicbrainz_trackid": ("recording_mbid", _id),
    "musicbrainz_releasetrackid": ("release_track_mbid", _id),
    "musicbrainz_albumid": ("release_mbid", _id),
    "musicbrainz_releasegroupid": ("release_group_mbid", _id),
    "work": ("work", _one),
    "movementname": ("movement", _one),
    "acoustid_id": ("acoustid", _id),
}
"""Common tag name -> (field of TagFacts, how its values are read)."""
