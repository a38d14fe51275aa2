"""Releases as values: their media and tracks, of a lookup or, with fewer words, of a list."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from mcma_musicbrainz.reading import (
    Fields,
    credits_of,
    date,
    genres,
    group,
    inner,
    items,
    labels,
    length,
    mbid,
    names,
    number,
    plain_list,
    recording,
    relations,
    text,
)
from mcma_musicbrainz.values import Medium, Recording, Release, ReleaseTrack

MOST_TRACKS: Final = 1000
"""Of one medium."""
MOST_MEDIA: Final = 250
_LARGEST: Final = 9999
"""Number of a track or medium that is believed."""
_FILMS: Final = frozenset({
    "DVD-Video", "HD-DVD", "VHS", "VCD", "SVCD", "LaserDisc", '8" LaserDisc', '12" LaserDisc', "Betamax",
    "CED", "VHD", "UMD",
})  # fmt: skip
"""Formats of media with pictures. A Blu-ray or a DVD may be music alone."""
_DATA: Final = "[data track]"
"""What it was called before there were lists of them."""
_BARCODE: Final = re.compile(r"[0-9]{6,20}", re.ASCII)
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


def release(said: Fields) -> Release | None:
    id_, title = mbid(said.get("id")), text(said.get("title"))
    if id_ is None or title is None:
        return None
    words, cover = inner(said, "text-representation"), inner(said, "cover-art-archive")
    return Release(
        id_,
        title,
        credits_of(said.get("artist-credit")),
        group(inner(said, "release-group")),
        text(said.get("status")),
        text(said.get("disambiguation")),
        date(said.get("date")),
        _like(_COUNTRY, said.get("country")),
        _like(_BARCODE, said.get("barcode")),
        labels(said.get("label-info-list")),
        tuple(
            _medium(one, place) for place, one in enumerate(_listed(said.get("medium-list"), MOST_MEDIA), 1)
        ),
        text(words.get("language")),
        text(words.get("script")),
        names(said.get("alias-list")),
        genres(said.get("genre-list")),
        relations(said.get("artist-relation-list")),
        {"true": True, "false": False}.get(str(cover.get("front"))),
        number(said.get("ext:score")) or 0,
        tuple(dict.fromkeys(_countries(said.get("release-event-list")))),
    )


def _countries(value: object) -> Iterator[str]:
    for event in items(value):
        codes = plain_list(inner(event, "area").get("iso-3166-1-code-list"))
        yield from (found for one in codes if (found := _like(_COUNTRY, one)))


def releases(value: object) -> tuple[Release, ...]:
    return tuple(one for said in items(value) if (one := release(said)))


def with_releases(said: Fields) -> Recording | None:
    """A recording, with the releases it is on."""
    found = recording(said)
    return (
        None
        if found is None
        else replace(
            found,
            releases=releases(said.get("release-list")),
            release_count=number(said.get("release-count")) or 0,
        )
    )


def _listed(value: object, most: int) -> Iterator[Fields]:
    if isinstance(value, list):
        yield from (one for one in value[:most] if isinstance(one, dict))


def _like(form: re.Pattern[str], value: object) -> str | None:
    said = text(value)
    return said if said and form.fullmatch(said) else None


def _medium(said: Fields, place: int) -> Medium:
    position, films = _number(said.get("position")) or place, text(said.get("format")) in _FILMS
    rows = ((row, number_, data or films) for row, number_, data in _rows(said))
    tracks = tuple(track for one in rows if (track := _track(*one, position)))
    counted = sum(1 for one in tracks if not one.is_optional)
    return Medium(
        position,
        text(said.get("format")),
        text(said.get("title")),
        counted or _number(said.get("track-count")) or 0,
        tracks,
    )


def _number(value: object) -> int | None:
    found = number(value)
    return found if found and found <= _LARGEST else None


def _rows(said: Fields) -> Iterator[tuple[Fields, int, bool]]:
    """Each with its place and whether it is data."""
    if isinstance(said.get("pregap"), dict):
        yield said["pregap"], 0, False
    place = 0
    for kind, data in (("track-list", False), ("data-track-list", True)):
        for one in _listed(said.get(kind), MOST_TRACKS):
            place += 1
            yield one, _number(one.get("position")) or place, data


def _track(said: Fields, position: int, data: bool, disc: int) -> ReleaseTrack | None:
    about: Any = inner(said, "recording")
    heard, id_ = recording(about), mbid(said.get("id"))
    if heard is None or id_ is None:
        return None
    return ReleaseTrack(
        id_,
        disc,
        position,
        text(said.get("title")) or heard.title,
        heard,
        credits_of(said.get("artist-credit")) or heard.credits,
        length(said.get("length")) or heard.length_ms,
        data or heard.title == _DATA,
    )
