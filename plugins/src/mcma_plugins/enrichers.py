"""Provisional: what a plugin that knows more about music offers. May change until two plugins use it.

An enricher says what an album (with all its tracks), a track without an album, or an artist may be. Tracks
without an album that lie in one folder are first asked about together, as an album whose names are guesses.
Core keeps every answer with its reasons, decides by its score (and by whether it contradicts what is known),
and lays the values of what was taken over those of the tags. Nothing an enricher says is ever written to a
file, and nothing a person has said is overwritten by it.

An empty answer means that nothing is known; it is remembered. An error means: try again (`RetryLater`), never
(`PermanentError`), or once somebody has logged in (`AuthorisationNeeded`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, runtime_checkable

from mcma_plugins.ids import AlbumId, ArtistId, TrackId

Fields = Mapping[str, Any]
"""Field to value, as JSON. The fields of a track, and their values:

* texts: `title`, `sort_title`, `album`, `sort_album`, `album_version`, `disc_title`, `barcode`, `media`,
  `work`, `language`, `comment`
* credits (a list of `{"name", "mbid", "sort_name", "join", "role", "detail"}`; only `name` is needed, `join`
  is what stands between this one and the next): `artists`, `album_artists`; with `role`: `credits`
* whole numbers above 0: `track`, `track_total`, `disc`, `disc_total`
* dates, ISO 8601 of any precision: `date` (of this release), `original_date` (of the first one)
* lists of texts: `genres`, `moods`, `labels`, `catalog_numbers`, `release_types`, `isrcs`
* ids, UUIDs as text: `recording_mbid`, `release_track_mbid`, `release_mbid`, `release_group_mbid`, `acoustid`
* `label_info`: a list of `{"name", "mbid", "catalog_number"}`, for names that are among `labels`: which id
  and which number is whose
* `remix_of`: the title of the recording that it is a remix of, and `remix_of_mbid`, its id
* `compilation`, `explicit`: true or false; `bpm`: a number
* `lyrics`: `{"lang", "plain", "synced": [[start in ms, words], ...]}`, and where words have times of their
  own `[start, words, [[start, word, end or null], ...]]` (`mcma_plugins.lrc` reads LRC so); without any words
  it is known that there are none (an instrumental)

The fields of an artist: `name`, `sort_name`, `mbid`, `disambiguation`, `type` (person, group, orchestra,
choir, character, other), `begin`, `end` (dates), `area`, `aliases` (a list of `{"name", "sort_name",
"locale", "primary"}`), `links` (a list of https addresses), `former_mbids` (a list of ids that are this
artist's by now: MusicBrainz has merged them. An artist here that has one of them becomes one with it).
"""

TRACK_FIELDS: Final = frozenset({
    "title", "sort_title", "album", "sort_album", "album_version", "disc_title", "barcode", "media", "work",
    "language", "comment", "artists", "album_artists", "credits", "track", "track_total", "disc",
    "disc_total", "date", "original_date", "genres", "moods", "labels", "catalog_numbers", "release_types",
    "isrcs", "recording_mbid", "release_track_mbid", "release_mbid", "release_group_mbid", "acoustid",
    "compilation", "explicit", "bpm", "lyrics", "label_info", "remix_of", "remix_of_mbid",
})  # fmt: skip
ARTIST_FIELDS: Final = frozenset({
    "name", "sort_name", "mbid", "disambiguation", "type", "begin", "end", "area", "aliases", "links",
    "former_mbids",
})  # fmt: skip
"""By any other name a value is left out."""


class KnownCredit(NamedTuple):
    name: str
    mbid: str | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Chromaprint of the beginning of a recording (algorithm 1, what AcoustID takes)."""

    raw: bytes
    """32-bit numbers, little-endian, about eight for a second of sound."""
    duration_ms: int
    """Of the whole recording, not of the part the fingerprint is of."""


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """What core knows of a track: its tags, what people and other enrichers said laid over them."""

    id: TrackId
    title: str
    artists: Sequence[KnownCredit] = ()
    album: str | None = None
    album_artists: Sequence[KnownCredit] = ()
    disc: int | None = None
    disc_total: int | None = None
    track: int | None = None
    track_total: int | None = None
    date: str | None = None
    duration_ms: int = 0
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Scheme to values: `mbid.recording`, `mbid.release`, `mbid.release_track`, `mbid.release_group`, `isrc`,
    `barcode`, `acoustid`."""
    guessed: frozenset[str] = frozenset()
    """Fields that only the name of the file or folder gave."""
    path: str = ""
    """Of its file, relative to the library, for people and for guessing."""
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True, slots=True)
class KnownAlbum:
    """An album as the library holds it, or what lies in a folder together and may be one, with its tracks in
    order. They are matched as a whole."""

    id: AlbumId
    title: str
    artists: Sequence[KnownCredit] = ()
    version: str | None = None
    date: str | None = None
    original_date: str | None = None
    compilation: bool = False
    labels: Sequence[str] = ()
    catalog_numbers: Sequence[str] = ()
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """As of a track; what its tracks agree on."""
    tracks: Sequence[KnownTrack] = ()
    guessed: frozenset[str] = frozenset()
    """Of `title`, `artists` and `date`, those that only a folder's name gave. `title` is among them: it is no
    album yet, but tracks without one that lie in a folder together, and they need not belong together."""


@dataclass(frozen=True, slots=True)
class KnownArtist:
    id: ArtistId
    name: str
    sort_name: str | None = None
    mbid: str | None = None
    albums: Sequence[str] = ()
    """Titles of some of the albums here, to tell namesakes apart."""


class Reason(NamedTuple):
    """Why a candidate has its score: shown to people who decide."""

    field: str
    score: float | None
    """0 (contradicts) to 1 (agrees); None: one of both does not say."""
    note: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that the item may be."""

    ref: str
    """Which one, in words of the enricher, the same each time: `release:MBID`. At most 200 characters."""
    title: str
    """For people: what it is, and what tells it from others like it."""
    score: float
    """How sure the enricher is, 0 to 1."""
    reasons: Sequence[Reason] = ()
    fields: Fields = field(default_factory=dict)
    """For an artist: its values. Else: values of every track that `tracks` names."""
    tracks: Mapping[TrackId, Fields] = field(default_factory=dict)
    """Values of single tracks. Tracks that are not named are not part of this candidate."""
    artists: Mapping[str, Fields] = field(default_factory=dict)
    """MusicBrainz id of an artist credited above to what is known of them; saves asking for each."""
    picture: str | None = None
    """A front cover (a picture of an artist) can be got by `PictureEnricher.picture` with this handle."""
    link: str | None = None
    """A page about it, https."""


@runtime_checkable
class Enricher(Protocol):
    """Has one or more of the abilities below."""

    @property
    def name(self) -> str:
        """Short, lower case, unique over all plugins; part of the origin of every value."""
        ...

    @property
    def identifies(self) -> bool:
        """Whether it says what something is (its answer decides the `metadata_status`), or only adds to what
        is known, as lyrics and pictures do."""
        ...


@runtime_checkable
class FillingEnricher(Enricher, Protocol):
    """Optional: it is not asked where nothing is missing."""

    @property
    def gives(self) -> frozenset[str]:
        """Fields of a track. What has all of them, from tags, people or others, is not asked about."""
        ...


@runtime_checkable
class AlbumEnricher(Enricher, Protocol):
    async def album(self, album: KnownAlbum) -> Sequence[Candidate]:
        """Best first, at most 20. SHOULD ask once for an album, never once for each of its tracks. Of a
        folder (`album.guessed`) only those that go together are named; the others are asked about alone."""
        ...


@runtime_checkable
class TrackEnricher(Enricher, Protocol):
    async def track(self, track: KnownTrack) -> Sequence[Candidate]:
        """For tracks without an album that lie alone or that no answer for their folder names; for every
        track, of an enricher that knows no albums."""
        ...


@runtime_checkable
class ArtistEnricher(Enricher, Protocol):
    async def artist(self, artist: KnownArtist) -> Sequence[Candidate]: ...


@runtime_checkable
class PictureEnricher(Enricher, Protocol):
    async def picture(self, handle: str, into: Path, most_bytes: int) -> Path | None:
        """Puts the picture into the folder and names it; None when there is none. Core looks at what it
        is."""
        ...


@runtime_checkable
class Fingerprinter(Protocol):
    """Makes fingerprints. Core keeps them, and asks for those that are missing, a few at a time."""

    @property
    def name(self) -> str: ...

    async def fingerprint(self, path: Path) -> Fingerprint:
        """`path` is absolute. MUST NOT block the event loop. Raises `PermanentError` (`undecodable`,
        `too_short`) for a file that has none, `RetryLater` (`no_program`) when nothing can make one now."""
        ...
