"""The tracks of an item: which of its files are one, and which of those to take."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from mcma_archive.formats import FORMATS, extension
from mcma_archive.ids import track_id
from mcma_archive.items import Item, ItemFile
from mcma_archive.readings import text
from mcma_plugins import OutsideAudio, SourceItem, SourceKind

_LONGEST_CHAIN: Final = 5
"""A derivative of a derivative ..."""
_NUMBERED: Final = re.compile(r"(0[0-9]{1,2}|[0-9]{1,3}(?= ?[._-]))[ ._-]+(?=[^ ._-])", re.ASCII)
"""`01 Song`, `1. Song`, `12_Song`; not `99 Songs`."""
_ORIGINAL: Final = "original"


class Track(NamedTuple):
    chosen: ItemFile
    files: tuple[ItemFile, ...]
    """All that are the same sound, the chosen one first."""


def tracks_of(item: Item, formats: Mapping[str, int]) -> list[Track]:
    """One file of each, the best by `formats` (name → place) and, of equals, the original.

    By disc and number when all have one, else in the order of the archive."""
    by_name = {one.name: one for one in item.files}
    groups: dict[str, list[ItemFile]] = {}
    for one in item.files:
        if one.format in formats and extension(one.name):
            groups.setdefault(_sound_of(one, by_name), []).append(one)
    found = [
        Track(files[0], tuple(files)) for files in (_best_first(one, formats) for one in groups.values())
    ]
    return sorted(found, key=_place) if all(one.number for one in map(_about, found)) else found


def track_of(item: Item, name: str) -> Track | None:
    """That file, with what the others of its sound say."""
    by_name = {one.name: one for one in item.files}
    asked = by_name.get(name)
    if asked is None or not asked.is_sound:
        return None
    sound = _sound_of(asked, by_name)
    others = [one for one in item.files if one.is_sound and one != asked and _sound_of(one, by_name) == sound]
    return Track(asked, (asked, *others))


def _sound_of(file: ItemFile, by_name: Mapping[str, ItemFile]) -> str:
    """The name, without its ending, of what it was made of in the end."""
    for _ in range(_LONGEST_CHAIN):
        before = by_name.get(file.original or "")
        if file.source == _ORIGINAL or before is None or before is file:
            break
        file = before
    name = file.original if file.source != _ORIGINAL and file.original else file.name
    return _stem(name)


def _stem(name: str) -> str:
    """Without its ending, with its folders."""
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.rpartition('.')[0] or last}"


def _best_first(files: Sequence[ItemFile], formats: Mapping[str, int]) -> list[ItemFile]:
    return sorted(files, key=lambda one: (one.private, formats[one.format], one.source != _ORIGINAL))


class _About(NamedTuple):
    title: str | None
    artists: tuple[str, ...]
    album: str | None
    disc: int | None
    number: int | None
    duration_ms: int | None
    isrc: str | None
    mbid: str | None


def _about(track: Track) -> _About:
    """What one file does not say another may: the original is described by people, the others by programs."""
    said = sorted(track.files, key=lambda one: one.source != _ORIGINAL)
    stem = _stem(track.chosen.name).rpartition("/")[2]
    numbered = _NUMBERED.match(stem)
    called = text(stem[numbered.end() if numbered else 0 :].replace("_", " "))
    return _About(
        title=next((one.title for one in said if one.title), None) or called,
        artists=next((one.artists for one in said if one.artists), ()),
        album=next((one.album for one in said if one.album), None),
        disc=next((one.disc_number for one in said if one.disc_number), None),
        number=next((one.track_number for one in said if one.track_number), None)
        or (int(numbered[1]) or None if numbered else None),
        duration_ms=next((one.duration_ms for one in track.files if one.duration_ms), None),
        isrc=next((one.isrc for one in said if one.isrc), None),
        mbid=next((one.recording_mbid for one in said if one.recording_mbid), None),
    )


def _place(track: Track) -> tuple[int, int]:
    about = _about(track)
    return about.disc or 1, about.number or 0


def track_item(item: Item, track: Track, base: str) -> SourceItem | None:
    """None for a file whose name cannot be an id."""
    source_id = track_id(item.identifier, track.chosen.name)
    about = _about(track)
    if source_id is None or about.title is None:
        return None
    return SourceItem(
        SourceKind.TRACK,
        source_id,
        about.title,
        artists=about.artists or item.creators,
        album=about.album or item.title,
        album_id=item.identifier,
        track_number=about.number,
        disc_number=about.disc,
        year=item.year,
        duration_ms=about.duration_ms,
        isrc=about.isrc,
        recording_mbid=about.mbid,
        audio=_audio(track.chosen),
        artwork_url=image_url(base, item.identifier),
        url=page_url(base, item.identifier),
        fetchable=not track.chosen.private and not item.restricted,
        extra=extras(item.licence, item.uploader),
    )


def _audio(file: ItemFile) -> OutsideAudio:
    known = FORMATS[file.format]
    return OutsideAudio(known.codec, file.kbps or known.kbps, known.lossless)


def album_item(item: Item, tracks: int, base: str) -> SourceItem:
    return SourceItem(
        SourceKind.ALBUM,
        item.identifier,
        item.title,
        artists=item.creators,
        year=item.year,
        track_count=tracks,
        artwork_url=image_url(base, item.identifier),
        url=page_url(base, item.identifier),
        fetchable=bool(tracks) and not item.restricted,
        extra=extras(item.licence, item.uploader),
    )


def image_url(base: str, identifier: str) -> str:
    return f"{base}/services/img/{identifier}"


def page_url(base: str, identifier: str) -> str:
    return f"{base}/details/{identifier}"


def extras(licence: str | None, uploader: str | None) -> dict[str, str]:
    return {name: said for name, said in (("licence", licence), ("uploader", uploader)) if said}
