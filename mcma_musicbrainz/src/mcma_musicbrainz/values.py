"""What MusicBrainz knows, as far as it is used here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

VARIOUS_ARTISTS = "89ad4ac3-39f7-470e-963a-56509c546377"


class Alias(NamedTuple):
    name: str
    sort_name: str | None = None
    locale: str | None = None
    primary: bool = False
    in_use: bool = True
    """It may stand on a record: it is neither a legal name nor a former one."""


@dataclass(frozen=True, slots=True)
class Artist:
    mbid: str
    name: str
    sort_name: str | None = None
    disambiguation: str | None = None
    type: str | None = None
    begin: str | None = None
    end: str | None = None
    area: str | None = None
    aliases: Sequence[Alias] = ()
    links: Sequence[str] = ()
    score: int = 0
    """Of a search, to 100."""
    images: Sequence[str] = ()
    """Pages of pictures."""


class Credit(NamedTuple):
    name: str
    """As it is credited here."""
    artist: Artist
    join: str = ""


class Genre(NamedTuple):
    name: str
    votes: int


class Relation(NamedTuple):
    """Somebody's part in a recording, a work or a release."""

    kind: str
    artist: Artist
    details: Sequence[str] = ()
    credited_as: str | None = None


class Work(NamedTuple):
    title: str
    language: str | None
    relations: Sequence[Relation] = ()


class Place(NamedTuple):
    """Where a recording is found: the release, as much as lists say of it."""

    release: str
    group: str | None = None


class Original(NamedTuple):
    """The recording that another one is a remix of."""

    mbid: str
    title: str


@dataclass(frozen=True, slots=True)
class Recording:
    mbid: str
    title: str
    credits: Sequence[Credit] = ()
    length_ms: int = 0
    isrcs: Sequence[str] = ()
    disambiguation: str | None = None
    video: bool = False
    aliases: Sequence[str] = ()
    genres: Sequence[Genre] = ()
    relations: Sequence[Relation] = ()
    works: Sequence[Work] = ()
    remix_of: Sequence["Original"] = ()
    releases: Sequence["Release"] = ()
    release_count: int = 0
    """How many there are; lists have the first of them."""
    score: int = 0


@dataclass(frozen=True, slots=True)
class ReleaseTrack:
    mbid: str
    disc: int
    position: int
    """In its medium; 0 is what hides before the first."""
    title: str
    recording: Recording
    credits: Sequence[Credit] = ()
    length_ms: int = 0
    data: bool = False
    """Of a data track: a film, or nothing to hear."""

    @property
    def is_optional(self) -> bool:
        """Nobody misses it who has all of the music: it hides, or is a film."""
        return self.data or self.position == 0 or self.recording.video


@dataclass(frozen=True, slots=True)
class Medium:
    position: int
    format: str | None = None
    title: str | None = None
    count: int = 0
    tracks: Sequence[ReleaseTrack] = ()

    @property
    def is_film(self) -> bool:
        return bool(self.tracks) and all(one.data or one.recording.video for one in self.tracks)


class LabelInfo(NamedTuple):
    name: str | None
    catalog_number: str | None
    mbid: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A release group: the album, whichever its edition."""

    mbid: str
    title: str = ""
    types: Sequence[str] = ()
    first_date: str | None = None
    genres: Sequence[Genre] = ()
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Release:
    mbid: str
    title: str
    credits: Sequence[Credit] = ()
    group: Group | None = None
    status: str | None = None
    disambiguation: str | None = None
    date: str | None = None
    country: str | None = None
    barcode: str | None = None
    labels: Sequence[LabelInfo] = ()
    media: Sequence[Medium] = ()
    language: str | None = None
    script: str | None = None
    aliases: Sequence[str] = ()
    genres: Sequence[Genre] = ()
    relations: Sequence[Relation] = ()
    front: bool | None = None
    """Whether the Cover Art Archive has one; None: it was not said."""
    score: int = 0
    countries: Sequence[str] = ()
    """All that it came out in; `country` is where it did first."""
    is_whole: bool = True
    """Else it was too long to be told with who plays on it, genres and other names."""

    @property
    def tracks(self) -> Iterator[ReleaseTrack]:
        return (track for medium in self.media for track in medium.tracks)

    @property
    def track_count(self) -> int:
        return sum(medium.count for medium in self.media)

    @property
    def is_various(self) -> bool:
        return any(one.artist.mbid == VARIOUS_ARTISTS for one in self.credits)

    @property
    def was_sold(self) -> bool:
        return self.status in (None, "Official", "Promotion")

    @property
    def is_pseudo(self) -> bool:
        """It describes another release in other letters; nobody ever sold it."""
        return self.status == "Pseudo-Release"
