"""Filters that several lists share. Those that may be given several times are alternatives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from mcma.api.inputs import INT4, PAGE, Count, Cursor, Libraries, Limit, Moment, Text, Words, Year
from mcma.api.paging import page
from mcma.services.catalogue.browse import Ask, Page
from mcma.services.catalogue.filters import Filters

Flag = bool | None
Download = Annotated[bool, Query(description="Offer it for saving, with its file name.")]


def several(alias: str, description: str) -> Any:
    return Query(alias=alias, max_length=100, description=f"{description}; may be given several times.")


def one(description: str) -> Any:
    return Query(description=description)


Ids = Annotated[list[UUID] | None, several("id", "Only this one")]
Artists = Annotated[list[UUID] | None, several("artist_id", "Credited to this artist")]
Roles = Annotated[
    list[Text] | None,
    several("role", "How the artist is credited: album_artist, artist, guest, composer, conductor and so on"),
]
Albums = Annotated[list[UUID] | None, several("album_id", "On this album")]
Genres = Annotated[list[Text] | None, several("genre", "The name of a genre, whatever its case and accents")]
Labels = Annotated[list[Text] | None, several("label", "The name of a label")]
Decade = Annotated[
    Annotated[int, Field(ge=0, le=9990, multiple_of=10)] | None, one("1990: from 1990 to 1999.")
]
FromYear = Annotated[Year | None, one("This year or later.")]
ToYear = Annotated[Year | None, one("This year or earlier.")]
FromOriginalYear = Annotated[Year | None, one("First released this year or later.")]
ToOriginalYear = Annotated[Year | None, one("First released this year or earlier.")]
AddedSince = Annotated[Moment | None, one("Added then or later.")]
AddedBefore = Annotated[Moment | None, one("Added before.")]
UpdatedSince = Annotated[Moment | None, one("Changed then or later.")]
NameWords = Annotated[
    Text | None,
    one("Beginnings of words of the name, the sort name and other names, all of them, in any order."),
]
Liked = Annotated[Flag, one("Only what I like, or only what I do not.")]
MinRating = Annotated[Annotated[int, Field(ge=1, le=5)] | None, one("I rated it so or better.")]
Played = Annotated[Flag, one("Only what I have played, or only what I never have.")]
PlayedSince = Annotated[Moment | None, one("I last played it then or later.")]
PlayedBefore = Annotated[Moment | None, one("I last played it before.")]
HasCover = Annotated[Flag, one("With a picture, or without.")]
HasLyrics = Annotated[Flag, one("With lyrics, or without.")]
Compilation = Annotated[Flag, one("On a compilation, or not.")]
Explicit = Annotated[Flag, one("Marked as explicit, or not.")]
ReleaseTypes = Annotated[list[Text] | None, several("release_type", "album, ep, single, live and so on")]
Status = Annotated[
    list[Text] | None,
    several("status", "metadata_status: pending, enriched, review, failed or manual"),
]
Missing = Annotated[bool, one("Those whose files are missing, instead of those that are there.")]
Suffixes = Annotated[list[Text] | None, several("suffix", "flac, mp3, opus and so on")]
Codecs = Annotated[list[Text] | None, several("codec", "flac, mp3, opus, alac and so on")]
Lossless = Annotated[Flag, one("Losslessly compressed or not compressed, or not.")]
BitRate = Annotated[Count | None, one("In kbit/s.")]
Duration = Annotated[Count | None, one("In milliseconds.")]
Seed = Annotated[
    Annotated[int, Field(ge=0, le=INT4)] | None,
    one("Sorted by random: any number, for an order of its own that stays."),
]
Counted = Annotated[bool, Query(alias="count", description="Say how many there are, up to 10,000.")]


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list is asked for."""

    cursor: Cursor = None
    limit: Limit = PAGE
    seed: Seed = None
    counted: Counted = False

    def ask(self, sort: str) -> Ask:
        return Ask(sort, self.cursor, self.limit, self.seed, self.counted)


@dataclass(frozen=True, slots=True)
class _Any:
    """Of every kind of item."""

    q: Words = None
    ids: Ids = None
    libraries: Libraries = None
    liked: Liked = None
    min_rating: MinRating = None
    played: Played = None
    played_since: PlayedSince = None
    played_before: PlayedBefore = None
    added_since: AddedSince = None
    added_before: AddedBefore = None
    updated_since: UpdatedSince = None
    has_cover: HasCover = None
    roles: Roles = None


@dataclass(frozen=True, slots=True)
class _Artist(_Any):
    q: NameWords = None


@dataclass(frozen=True, slots=True)
class _Music(_Any):
    """Of albums and tracks."""

    artist_ids: Artists = None
    genres: Genres = None
    labels: Labels = None
    decade: Decade = None
    from_year: FromYear = None
    to_year: ToYear = None
    from_original_year: FromOriginalYear = None
    to_original_year: ToOriginalYear = None
    compilation: Compilation = None
    release_types: ReleaseTypes = None
    explicit: Explicit = None
    status: Status = None
    missing: Missing = False
    min_duration_ms: Duration = None
    max_duration_ms: Duration = None


@dataclass(frozen=True, slots=True)
class _Track(_Music):
    album_ids: Albums = None
    suffixes: Suffixes = None
    codecs: Codecs = None
    lossless: Lossless = None
    min_bit_rate_kbps: BitRate = None
    max_bit_rate_kbps: BitRate = None
    has_lyrics: HasLyrics = None


PagingOf = Annotated[Paging, Depends()]
ArtistFilters = Annotated[_Artist, Depends()]
AlbumFilters = Annotated[_Music, Depends()]
TrackFilters = Annotated[_Track, Depends()]


def filters_of(sent: _Any, **more: Any) -> Filters:
    """The service's own; a decade narrows the years."""
    fields = {name: getattr(sent, name) for name in _names(type(sent))}
    fields["library_ids"] = fields.pop("libraries")
    decade = fields.pop("decade", None)
    if decade is not None:
        fields["from_year"] = max(decade, fields["from_year"] or 0)
        fields["to_year"] = min(decade + 9, 9999 if fields["to_year"] is None else fields["to_year"])
    return Filters(**fields | more)


def _names(kind: type[_Any]) -> Sequence[str]:
    return list(kind.__dataclass_fields__)


def listed(request: Request, found: Page[Any], shapes: Any) -> Response:
    return page(request, shapes(found.items), found.next_cursor, found.counted)
