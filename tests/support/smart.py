"""A library with tastes, and what a naive reader of rules needs of it."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.domain.folding import fold
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables import catalogue as c
from mcma.store.tables.listening import user_items
from mcma_plugins.values import Caller
from tests.support.catalogue import EPOCH, Seeded, insert, seed, set_row


@dataclass(frozen=True)
class Library:
    """A seeded library with tastes, and what a naive reader needs of it."""

    seeded: Seeded
    user: Caller
    tracks: list[dict[str, Any]]


async def smart_library(database: Database) -> Library:
    made, rng, now = await seed(database, tracks=40), random.Random(3), utcnow()
    artists = [
        {"id": new_id(), "name": name, "sort_name": name, "sort_key": fold(name), "name_key": fold(name),
         "created_at": EPOCH, "updated_at": EPOCH}
        for name in ("Guest One", "Jóhann")
    ]  # fmt: skip
    label = {"id": new_id(), "name": "Pear", "name_key": "pear", "created_at": EPOCH}
    async with database.write() as transaction:
        connection = transaction.connection
        await insert(connection, c.artists, artists)
        await insert(connection, c.labels, [label])
        await insert(connection, c.album_labels, [{"album_id": made.albums[0], "label_id": label["id"]}])
        credits = [
            {
                "track_id": track,
                "role": "guest",
                "position": 0,
                "artist_id": artist["id"],
                "name": artist["name"],
            }
            for track, artist in zip(made.tracks[:9:4], artists * 2, strict=False)
        ]
        await insert(connection, c.track_artists, credits)
        await insert(connection, user_items, [_taste(made, track, rng, now) for track in made.tracks[::3]])
    for number, track in enumerate(made.tracks):
        odd = {
            "bpm": rng.choice([None, 90.0, 120.5]), "comment": rng.choice([None, "", "so it is"]),
            "explicit": rng.choice([None, True, False]), "year": rng.choice([None, 1990, 2001]),
            "original_date": rng.choice([None, "1959-08", "1990"]),
            "metadata_status": rng.choice(["pending", "manual"]),
        }  # fmt: skip
        await set_row(database, c.tracks, track, created_at=now - timedelta(days=number * 2), **odd)
    for file in (await _rows(database, sa.select(c.track_files.c.id)))[::2]:
        await set_row(database, c.track_files, file["id"], lossless=False, codec="mp3", bit_rate_kbps=192)
    await set_row(database, c.albums, made.albums[1], compilation=True)
    await set_row(database, c.tracks, made.tracks[7], missing_since=EPOCH)
    return Library(made, made.user, await _known(database, made))


def _taste(made: Seeded, track: UUID, rng: random.Random, now: datetime) -> dict[str, Any]:
    return {"user_id": made.user.user_id, "item_id": track, "item_kind": "track",
            "liked_at": rng.choice([None, now - timedelta(days=5)]), "rating": rng.choice([None, 1, 4, 5]),
            "play_count": rng.randint(0, 4),
            "last_played_at": rng.choice([None, now - timedelta(days=rng.randint(1, 60))])}  # fmt: skip


async def _rows(database: Database, query: Any) -> list[dict[str, Any]]:
    async with database.read() as connection:
        return [dict(row) for row in (await connection.execute(query)).mappings()]


async def _known(database: Database, made: Seeded) -> list[dict[str, Any]]:
    """Every track with all that rules may ask."""
    state = sa.and_(user_items.c.item_id == c.tracks.c.id, user_items.c.user_id == made.user.user_id)
    columns: list[Any] = [
        c.tracks, c.albums.c.sort_key.label("album"), c.albums.c.compilation, c.track_files.c.codec,
        c.track_files.c.lossless, c.track_files.c.bit_rate_kbps, c.track_files.c.size,
        c.track_files.c.sample_rate_hz, user_items.c.liked_at, user_items.c.rating, user_items.c.play_count,
        user_items.c.last_played_at,
    ]  # fmt: skip
    source = (
        c.tracks.outerjoin(c.albums, c.albums.c.id == c.tracks.c.album_id)
        .outerjoin(c.track_files, c.track_files.c.id == c.tracks.c.file_id)
        .outerjoin(user_items, state)
    )
    found = await _rows(
        database, sa.select(*columns).select_from(source).where(c.tracks.c.missing_since.is_(None))
    )
    people = await _rows(database, sa.select(c.track_artists.c.track_id, c.artists.c.name_key).join_from(
        c.track_artists, c.artists, c.artists.c.id == c.track_artists.c.artist_id))  # fmt: skip
    led = await _rows(database, sa.select(c.album_artists.c.album_id, c.artists.c.name_key).join_from(
        c.album_artists, c.artists, c.artists.c.id == c.album_artists.c.artist_id))  # fmt: skip
    kinds = await _rows(database, sa.select(c.track_genres.c.track_id, c.genres.c.name_key).join_from(
        c.track_genres, c.genres, c.genres.c.id == c.track_genres.c.genre_id))  # fmt: skip
    for track in found:
        track["artist"] = [row["name_key"] for row in people if row["track_id"] == track["id"]]
        track["album_artist"] = [row["name_key"] for row in led if row["album_id"] == track["album_id"]]
        track["genre"] = [row["name_key"] for row in kinds if row["track_id"] == track["id"]]
        first = track["original_date"]
        track["original_year"] = None if first is None else int(first[:4])
        track["label"] = ["pear"] if track["album_id"] == made.albums[0] else []
    return found
