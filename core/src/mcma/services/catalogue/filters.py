"""What to list: from the words of clients to the conditions of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mcma.domain.credits import name_key
from mcma.domain.folding import fold
from mcma.store.queries.conditions import CONDITIONS
from mcma_plugins.values import ItemKind

ALBUM_ARTIST = "album_artist"
"""The role of those an album is credited to; other roles are of tracks (artist, guest, composer, ...)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """None leaves a field open; several values of one field are alternatives. Fields that a kind does not
    have are not looked at."""

    libraries: Sequence[int] | None = None
    """Numbers."""
    library_ids: Sequence[UUID] | None = None
    ids: Sequence[UUID] | None = None
    artist_ids: Sequence[UUID] | None = None
    roles: Sequence[str] | None = None
    """Of `artist_ids`; among artists, of the artist itself."""
    appears_on: UUID | None = None
    """Albums of others with a track that credits this artist."""
    album_ids: Sequence[UUID] | None = None
    genres: Sequence[str] | None = None
    labels: Sequence[str] | None = None
    label_id: UUID | None = None
    from_year: int | None = None
    to_year: int | None = None
    from_original_year: int | None = None
    """Of the first release (`original_date`); what does not say it is left out."""
    to_original_year: int | None = None
    added_since: datetime | None = None
    added_before: datetime | None = None
    updated_since: datetime | None = None
    liked: bool | None = None
    min_rating: int | None = None
    played: bool | None = None
    played_since: datetime | None = None
    played_before: datetime | None = None
    q: str | None = None
    """The beginning of the title, in any case and with or without accents; of artists the beginnings of words
    of their names, sort names and other names, in any order."""
    status: Sequence[str] | None = None
    """metadata_status."""
    explicit: bool | None = None
    compilation: bool | None = None
    release_types: Sequence[str] | None = None
    suffixes: Sequence[str] | None = None
    codecs: Sequence[str] | None = None
    lossless: bool | None = None
    min_bit_rate_kbps: int | None = None
    max_bit_rate_kbps: int | None = None
    min_duration_ms: int | None = None
    max_duration_ms: int | None = None
    has_lyrics: bool | None = None
    has_cover: bool | None = None
    missing: bool | None = None
    """True: those whose files are missing, instead of those that are there."""


def given(filters: Filters, kind: ItemKind) -> dict[str, Any]:
    """Values by the names of `CONDITIONS`, for those the kind has."""
    known = CONDITIONS[kind].keys()
    return {name: value for name, value in _named(filters, kind).items() if name in known}


def _named(filters: Filters, kind: ItemKind) -> dict[str, Any]:
    return {
        **_people(filters, kind), **_switches(filters), **_lists(filters),
        "appears_on": None if filters.appears_on is None else [filters.appears_on],
        "from_year": filters.from_year, "to_year": filters.to_year, "added_since": filters.added_since,
        "added_before": filters.added_before, "updated_since": filters.updated_since,
        "min_rating": filters.min_rating or None, "played_since": filters.played_since,
        "played_before": filters.played_before, "min_bit_rate": filters.min_bit_rate_kbps,
        "max_bit_rate": filters.max_bit_rate_kbps, "min_duration": filters.min_duration_ms,
        "max_duration": filters.max_duration_ms, "missing": filters.missing or None,
        "q": fold(filters.q) if filters.q else None, **_originally(filters),
    }  # fmt: skip


def _originally(filters: Filters) -> Mapping[str, str | None]:
    """Dates are texts that begin with four digits; of the year 9999 there is no next one."""
    first, last = filters.from_original_year, filters.to_original_year
    return {
        "from_original": None if first is None else f"{first:04d}",
        "before_original": None if last is None else f"{last + 1:04d}" if last < 9999 else "9999-99",
    }


def _lists(filters: Filters) -> Mapping[str, list[Any] | None]:
    texts: dict[str, Sequence[Any] | None] = {
        "id": filters.ids, "album": filters.album_ids, "status": filters.status, "codec": filters.codecs,
        "suffix": filters.suffixes, "release_type": filters.release_types,
        "genre": None if filters.genres is None else [fold(one) for one in filters.genres],
        "label": None if filters.labels is None else [name_key(one) for one in filters.labels],
        "label_id": None if filters.label_id is None else [filters.label_id],
    }  # fmt: skip
    return {name: None if values is None else list(values) for name, values in texts.items()}


def _switches(filters: Filters) -> Mapping[str, bool | None]:
    switches = {
        "liked": filters.liked, "played": filters.played, "explicit": filters.explicit,
        "compilation": filters.compilation, "lossless": filters.lossless, "lyrics": filters.has_lyrics,
        "cover": filters.has_cover,
    }  # fmt: skip
    return {name if value else f"not_{name}": True for name, value in switches.items() if value is not None}


def _people(filters: Filters, kind: ItemKind) -> Mapping[str, Any]:
    """Roles say how artists are credited; among artists, what they do anywhere."""
    roles = None if filters.roles is None else [one for one in filters.roles if one != ALBUM_ARTIST]
    own = filters.roles is not None and ALBUM_ARTIST in filters.roles
    artists = None if filters.artist_ids is None else list(filters.artist_ids)
    if kind is ItemKind.ARTIST:
        return {"artist": artists, **_roles(roles, own, "role", "album_artists", roles, True)}
    if not artists or roles is None:
        return {"artist": artists}
    return _roles(roles, own, "credited", "album_artist", (artists, roles), artists)


def _roles(
    roles: list[str] | None, own: bool, credit: str, album: str, credits: Any, albums: Any
) -> Mapping[str, Any]:
    if roles is None:
        return {}
    if own and roles:
        return {f"{credit}_or_{album}": credits}
    return {album: albums} if own else {credit: credits}
