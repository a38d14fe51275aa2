"""An item of the archive, as its metadata describes it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mcma_archive.formats import FORMATS
from mcma_archive.readings import (
    Fields,
    duration_ms,
    fields_of,
    is_true,
    names,
    number,
    text,
    texts,
    year,
)

MOST_FILES: Final = 50_000
_DIGEST: Final = {"sha1": re.compile(r"[0-9a-f]{40}"), "md5": re.compile(r"[0-9a-f]{32}")}
_PICTURES: Final = ("jpeg", "png", "item image")
_URN: Final = re.compile(r"urn:(isrc|mb_recording_id):([A-Za-z0-9-]{12,36})")
_HUGE: Final = 10**15


@dataclass(frozen=True, slots=True)
class ItemFile:
    name: str
    format: str
    """In lower case."""
    source: str
    """original, or derivative: made of the file `original` names."""
    original: str | None
    size: int | None
    digest: tuple[str, str] | None
    """Algorithm and value."""
    private: bool
    title: str | None
    artists: tuple[str, ...]
    album: str | None
    track_number: int | None
    disc_number: int | None
    duration_ms: int | None
    kbps: int | None
    isrc: str | None
    recording_mbid: str | None

    @property
    def is_sound(self) -> bool:
        return self.format in FORMATS

    @property
    def is_picture(self) -> bool:
        return self.format in _PICTURES and not self.private


@dataclass(frozen=True, slots=True)
class Item:
    identifier: str
    title: str
    creators: tuple[str, ...]
    year: int | None
    licence: str | None
    uploader: str | None
    restricted: bool
    """Its sound is not for everybody: samples, loans."""
    files: tuple[ItemFile, ...]


def read_item(identifier: str, document: object) -> Item | None:
    """None for one that is not there, or is there for nobody (dark)."""
    fields = fields_of(document)
    about = fields_of(fields.get("metadata"))
    if not about or is_true(fields.get("is_dark")):
        return None
    return Item(
        identifier=identifier,
        title=text(about.get("title")) or identifier,
        creators=creators_of(about),
        year=year_of(about),
        licence=text(about.get("licenseurl")),
        uploader=_uploader(about),
        restricted=is_true(about.get("access-restricted-item")) or is_true(fields.get("nodownload")),
        files=tuple(_files(fields.get("files"))),
    )


def creators_of(about: Fields) -> tuple[str, ...]:
    return names(about.get("creator")) or names(about.get("artist"))


def year_of(about: Fields) -> int | None:
    return year(about.get("year"), about.get("date"))


def _uploader(about: Fields) -> str | None:
    """Mostly a mail address, of which strangers need not see where it leads."""
    found = text(about.get("uploader"))
    return None if found is None else found.partition("@")[0] or None


def _files(value: object) -> Iterator[ItemFile]:
    for one in (value if isinstance(value, list) else [])[:MOST_FILES]:
        fields = fields_of(one)
        name = fields.get("name")
        if isinstance(name, str) and name:
            yield _file(name, fields)


def _file(name: str, fields: Fields) -> ItemFile:
    urns = [found for line in texts(fields.get("external-identifier")) if (found := _URN.fullmatch(line))]
    codes = {str(found[1]): str(found[2]) for found in urns}
    original = fields.get("original")
    return ItemFile(
        name=name,
        format=(text(fields.get("format")) or "").lower(),
        source=(text(fields.get("source")) or "").lower(),
        original=original if isinstance(original, str) else None,
        size=number(fields.get("size"), _HUGE),
        digest=_digest(fields),
        private=is_true(fields.get("private")),
        title=text(fields.get("title")),
        artists=names(fields.get("artist")) or names(fields.get("creator")),
        album=text(fields.get("album")),
        track_number=number(fields.get("track"), 9_999),
        disc_number=number(fields.get("disc"), 999),
        duration_ms=duration_ms(fields.get("length")),
        kbps=number(fields.get("bitrate"), 100_000),
        isrc=codes.get("isrc"),
        recording_mbid=codes.get("mb_recording_id"),
    )


def _digest(fields: Fields) -> tuple[str, str] | None:
    for algorithm, form in _DIGEST.items():
        found = text(fields.get(algorithm))
        if found is not None and form.fullmatch(found.lower()):
            return algorithm, found.lower()
    return None
