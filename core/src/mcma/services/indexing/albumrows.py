"""Rows of albums from what their tracks say. Pure but for time."""

from datetime import datetime
from random import random
from typing import Any
from uuid import UUID

from mcma.domain.albums import AlbumFields, AlbumTrack
from mcma.domain.credits import display_of
from mcma.domain.folding import fold, search_words
from mcma.services.indexing.artists import Artists
from mcma.services.indexing.trackrows import artist_key, credit_doc
from mcma.services.indexing.values import Incoming
from mcma.store.clock import new_id

Row = dict[str, Any]


def bare_row(key: str, library_id: UUID, now: datetime) -> Row:
    """An album that a refresh will describe."""
    return {"id": new_id(), "library_id": library_id, "album_key": key, "title": "", "sort_title": "",
            "rnd": random(), "metadata_status": "pending", "created_at": now, "updated_at": now,  # noqa: S311
            "rev": 1}  # fmt: skip


def described(fields: AlbumFields, artists: Artists, now: datetime) -> Row:
    people = fields.artists
    return {
        "title": fields.title,
        "sort_title": fields.sort_title,
        "sort_key": fold(fields.sort_title),
        "version": fields.version,
        "artist": display_of(people, fields.joins),
        "artist_key": artist_key(people),
        "year": fields.year,
        "date": fields.date,
        "original_date": fields.original_date,
        "compilation": fields.compilation,
        "explicit": fields.explicit,
        "mbid": UUID(fields.mbid) if fields.mbid else None,
        "release_group_mbid": UUID(fields.release_group_mbid) if fields.release_group_mbid else None,
        "artwork_id": fields.artwork_id,
        "song_count": fields.song_count,
        "duration_ms": fields.duration_ms,
        "size": fields.size,
        "details": {"artists": credit_doc(people, fields.joins, artists), **fields.details},
        "metadata_status": fields.status,
        "updated_at": now,
    }


def album_sort(album_id: UUID, fields: AlbumFields) -> str:
    """Where its tracks stand in lists by album. Albums of one name do not mix: those of one artist are
    together, and the end of the id tells apart what is left."""
    return "\t".join((fold(fields.sort_title), artist_key(fields.artists), album_id.hex[-12:]))


def search_row(album_id: UUID, library_id: UUID, fields: AlbumFields) -> Row:
    words = search_words(fields.title, display_of(fields.artists, fields.joins))
    return {"item_id": album_id, "library_id": library_id, "words": words}


def album_track(item: Incoming) -> AlbumTrack:
    assert item.track_id is not None
    tags = item.tags
    return AlbumTrack(
        item.track_id, tags.disc, tags.track, tags.title or "", tags,
        display_of(item.album_artists, item.album_joins), tags.genres, item.duration_ms, item.facts.size,
        item.artwork_id, True,
    )  # fmt: skip
