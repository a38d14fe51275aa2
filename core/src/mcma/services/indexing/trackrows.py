"""Rows of one track from what is told of it. Pure but for ids and time."""

from collections.abc import Sequence
from datetime import datetime
from random import random
from typing import Any
from uuid import UUID

from mcma.domain.albums import year_of
from mcma.domain.credits import display_of
from mcma.domain.facts import CreditFact, TagFacts
from mcma.domain.folding import fold
from mcma.domain.layerrules import TAG
from mcma.services.indexing.artists import Artists
from mcma.services.indexing.values import Credited, Telling
from mcma.store.clock import new_id

Row = dict[str, Any]


def new_row(telling: Telling, library_id: UUID, artists: Artists, now: datetime) -> Row:
    return {
        "id": telling.track_id,
        "recording_id": telling.recording_id,
        "metadata_status": "pending",
        "rnd": random(),  # noqa: S311
        "album_sort": telling.album_sort,
        "created_at": now,
        "rev": 1,
        **told(telling, library_id, artists, now),
    }


def told(telling: Telling, library_id: UUID, artists: Artists, now: datetime) -> Row:
    """The columns of `tracks` that are decided by what is told."""
    tags = telling.tags
    title = tags.title or ""
    sort_title = tags.sort_title or title
    return {
        "library_id": library_id,
        "album_id": telling.album_id,
        "album_key": telling.album_key,
        "file_id": telling.file_id,
        "artwork_id": telling.artwork_id,
        "duration_ms": telling.duration_ms,
        "recording_mbid": UUID(tags.recording_mbid) if tags.recording_mbid else None,
        "title": title,
        "sort_title": sort_title,
        "sort_key": fold(sort_title),
        "artist": telling.credited.display,
        "artist_key": artist_key(telling.credited.main),
        "album_place": album_place(tags.disc, tags.track),
        "album_artist": display_of(telling.album_artists, telling.album_joins) if telling.album_key else None,
        "disc": tags.disc,
        "disc_total": tags.disc_total,
        "track": tags.track,
        "track_total": tags.track_total,
        "year": year_of(tags.date or tags.original_date),
        "date": tags.date,
        "original_date": tags.original_date,
        "bpm": tags.bpm,
        "comment": tags.comment,
        "language": tags.language,
        "explicit": tags.explicit,
        "details": _details(tags, telling.credited, artists),
        "provenance": _provenance(telling),
        "updated_at": now,
    }


def artist_key(people: Sequence[CreditFact]) -> str:
    return fold(people[0].sort_name or people[0].name) if people else ""


def album_place(disc: int | None, track: int | None) -> int:
    """One number to sort the tracks of an album by; what has none comes first."""
    return 10_000 * _within(1 if disc is None else disc) + _within(track or 0)


def _within(number: int) -> int:
    return min(max(number, 0), 9999)


def _details(tags: TagFacts, credited: Credited, artists: Artists) -> Row:
    found: Row = {
        "artists": credit_doc(credited.main, credited.joins, artists),
        "contributors": [
            [person.role, str(artists.id_of(person)), person.name, person.detail]
            for person in credited.others
        ],
        "genres": tags.genres,
        "moods": tags.moods,
        "groupings": tags.groupings,
        "isrcs": tags.isrcs,
        "disc_title": tags.disc_title,
        "work": tags.work,
        "remix_of": tags.remix_of,
        "movement": tags.movement,
    }
    return {name: value for name, value in found.items() if value}


def _provenance(telling: Telling) -> dict[str, str] | None:
    """Field to origin, for fields that no tag gave."""
    origins = dict.fromkeys(telling.tags.from_name, "file_name")
    origins.update(sorted(telling.origins.items()))
    return origins or None


def credit_doc(people: Sequence[CreditFact], joins: Sequence[str], artists: Artists) -> list[list[str]]:
    return [
        [str(artists.id_of(person)), person.name, join] for person, join in zip(people, joins, strict=True)
    ]


def credit_rows(
    column: str, item_id: UUID | None, people: Sequence[CreditFact], joins: Sequence[str], artists: Artists
) -> list[Row]:
    return [
        {column: item_id, "role": "artist", "position": n, "artist_id": artists.id_of(person),
         "name": person.name, "join_phrase": join}
        for n, (person, join) in enumerate(zip(people, joins, strict=True))
    ]  # fmt: skip


def track_credits(telling: Telling, artists: Artists) -> list[Row]:
    credited = telling.credited
    rows = credit_rows("track_id", telling.track_id, credited.main, credited.joins, artists)
    for row in rows:
        row["detail"] = None
    positions: dict[str, int] = {}
    for person in credited.others:
        role = "guest" if person.role == "artist" else person.role
        position = positions[role] = positions.get(role, -1) + 1
        rows.append({"track_id": telling.track_id, "role": role, "position": position,
                     "artist_id": artists.id_of(person), "name": person.name, "join_phrase": "",
                     "detail": person.detail})  # fmt: skip
    return rows


_SCHEMES = {
    "mbid.recording": "recording_mbid",
    "mbid.release_track": "release_track_mbid",
    "mbid.release": "release_mbid",
    "mbid.release_group": "release_group_mbid",
    "acoustid": "acoustid",
    "mbid.remix_of": "remix_of_mbid",
    "barcode": "barcode",
}


def external_ids(telling: Telling) -> list[Row]:
    tags = telling.tags
    found = [("isrc", isrc, "isrcs") for isrc in tags.isrcs]
    for scheme, field in _SCHEMES.items():
        value = getattr(tags, field)
        if value:
            found.append((scheme, value, field))
    return [
        {"item_id": telling.track_id, "item_kind": "track", "scheme": scheme, "value": value,
         "origin": telling.origins.get(field, TAG)}
        for scheme, value, field in dict.fromkeys(found)
    ]  # fmt: skip


def lyrics_rows(telling: Telling) -> list[Row]:
    return [
        {"id": new_id(), "track_id": telling.track_id, "lang": text.lang, "origin": text.source,
         "plain": text.plain, "synced": text.document}
        for text in telling.lyrics or ()
    ]  # fmt: skip


def search_row(telling: Telling, library_id: UUID) -> Row:
    return {"item_id": telling.track_id, "library_id": library_id, "words": telling.words}
