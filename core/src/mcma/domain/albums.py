"""Albums: the key that finds one, and an album as a fold of its tracks. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from mcma.domain.credits import VARIOUS_ARTISTS, album_credits, name_key
from mcma.domain.facts import CreditFact, TagFacts
from mcma.domain.folding import LONGEST_KEY
from mcma.domain.statuses import PENDING, album_status


def album_key(tags: TagFacts, artists: Sequence[CreditFact]) -> str | None:
    """The release's MusicBrainz id, else folded album artist, title and edition. None without an album tag:
    a track without an album has none, it is never put on a pseudo-album."""
    if not tags.album:
        return None
    if tags.release_mbid:
        return f"mbid|{tags.release_mbid}"
    artist = "+".join(name_key(person.name) for person in artists)
    key = f"name|{artist}|{name_key(tags.album)}|{name_key(tags.album_version or '')}"
    return (
        key if len(key) <= 2 * LONGEST_KEY else f"sha256|{sha256(key.encode(errors='replace')).hexdigest()}"
    )


@dataclass(frozen=True, slots=True)
class AlbumTrack:
    """What the fold needs of one track."""

    id: UUID
    disc: int | None
    track: int | None
    title: str
    tags: TagFacts
    album_artist: str | None
    """As it was placed: where the tags leave it open, the other files of the folder have decided it."""
    genres: tuple[str, ...]
    duration_ms: int
    size: int
    artwork_id: UUID | None
    present: bool
    status: str = PENDING


@dataclass(frozen=True, slots=True)
class AlbumFields:
    """An album as its tracks describe it. Counters count present tracks."""

    title: str
    sort_title: str
    version: str | None
    year: int | None
    date: str | None
    original_date: str | None
    compilation: bool
    explicit: bool | None
    mbid: str | None
    release_group_mbid: str | None
    artwork_id: UUID | None
    song_count: int
    duration_ms: int
    size: int
    missing: bool
    artists: Sequence[CreditFact]
    joins: Sequence[str]
    genres: tuple[str, ...]
    details: dict[str, Any] = field(default_factory=dict)
    status: str = PENDING
    """`metadata_status`."""


def year_of(date: str | None) -> int | None:
    return int(date[:4]) if date else None


def fold_album(tracks: Sequence[AlbumTrack]) -> AlbumFields:
    """The first track of the first disc speaks for the album; lists are gathered from all of them."""
    ordered = sorted(tracks, key=lambda t: (not t.present, t.disc or 1, t.track or 10_000, t.title, t.id))
    lead, tags = ordered[0], ordered[0].tags
    present = [track for track in ordered if track.present]
    genres = _by_frequency(track.genres for track in ordered)
    artists, joins = album_credits(tags, several_artists=lead.album_artist == VARIOUS_ARTISTS)
    return AlbumFields(
        title=tags.album or lead.title,
        sort_title=tags.sort_album or tags.album or lead.title,
        version=tags.album_version,
        year=year_of(tags.original_date or tags.date),
        date=tags.date,
        original_date=tags.original_date,
        compilation=any(track.tags.compilation for track in ordered),
        explicit=_explicit(ordered),
        mbid=tags.release_mbid,
        release_group_mbid=tags.release_group_mbid,
        artwork_id=next((track.artwork_id for track in ordered if track.artwork_id), None),
        song_count=len(present),
        duration_ms=sum(track.duration_ms for track in present),
        size=sum(track.size for track in present),
        missing=not present,
        artists=artists,
        joins=joins,
        genres=genres,
        details=_details(ordered, genres),
        status=album_status({track.status for track in ordered}),
    )


def _details(tracks: Sequence[AlbumTrack], genres: tuple[str, ...]) -> dict[str, Any]:
    tags = tracks[0].tags
    found = {
        "genres": list(genres),
        "labels": list(tags.labels),
        "label_info": _label_info(tags),
        "catalog_numbers": list(tags.catalog_numbers),
        "moods": list(_by_frequency(track.tags.moods for track in tracks)),
        "release_types": list(tags.release_types),
        "disc_titles": _disc_titles(tracks),
        "barcode": tags.barcode,
    }
    return {name: value for name, value in found.items() if value}


def _label_info(tags: TagFacts) -> list[list[str | None]]:
    """Of the labels that the album has: whoever names others has said nothing of their ids."""
    said = {name_key(one.name): one for one in reversed(tags.label_info)}
    known = (said[key]._replace(name=name) for name in tags.labels if (key := name_key(name)) in said)
    return [[*one] for one in known]


def _disc_titles(tracks: Sequence[AlbumTrack]) -> list[tuple[int, str]]:
    """The first track of a disc that says one speaks for the disc."""
    found: dict[int, str] = {}
    for track in tracks:
        if track.tags.disc_title:
            found.setdefault(track.disc or 1, track.tags.disc_title)
    return sorted(found.items())


def _by_frequency(lists: Iterable[Sequence[str]]) -> tuple[str, ...]:
    counted: Counter[str] = Counter()
    for names in lists:
        counted.update(list(dict.fromkeys(names)))
    return tuple(name for name, _ in counted.most_common())


def _explicit(tracks: Sequence[AlbumTrack]) -> bool | None:
    said = [track.tags.explicit for track in tracks if track.tags.explicit is not None]
    return any(said) if said else None


@dataclass(frozen=True, slots=True)
class Regrouping:
    """What becomes of an album whose tracks ask for other keys."""

    keeps: str
    """The key whose tracks stay with this album's id."""
    moves: dict[str, list[UUID]]
    """Key to the tracks that go to the album of that key."""


def regroup(current: str, wanted: dict[UUID, str], taken: frozenset[str]) -> Regrouping:
    """Decides by majority (design: albums keep their id when all move to an unused key, and with the majority
    when they split). `taken` are keys that other albums hold: those tracks always go there."""
    groups: dict[str, list[UUID]] = {}
    for track, key in wanted.items():
        groups.setdefault(key, []).append(track)
    free = [key for key in groups if key not in taken]
    keeps = max(free, key=lambda key: (len(groups[key]), key == current, key), default=current)
    return Regrouping(keeps, {key: ids for key, ids in groups.items() if key != keeps})
