"""An administrator who says of one library's artists what they are."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.services.entities.hands import ArtistHands
from mcma.services.jobs import Jobs
from mcma.store.clock import new_id, utcnow
from mcma.store.tables.catalogue import artists, merges, track_artists, tracks
from mcma.store.tables.people import users
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.ids import ArtistId, UserId
from mcma_plugins.values import Caller
from tests.support.scanning import Music, insert


class Hand:
    def __init__(self, music: Music) -> None:
        self.music = music
        jobs = Jobs(music.database, EmbeddedDoorbell())
        self.hands = ArtistHands(
            music.database, jobs, lambda hook, event: music.heard.append((hook, event))
        )  # fmt: skip
        self.caller = Caller(UserId(new_id()), "boss", True, "tests")

    async def create(self) -> "Hand":
        row = {"id": self.caller.user_id, "name": "boss", "name_key": "boss", "is_admin": True,
               "created_at": utcnow(), "updated_at": utcnow()}  # fmt: skip
        await insert(self.music.database, users, row)
        return self

    async def merge(self, loser: UUID, winner: UUID) -> UUID:
        await self.hands.merge(self.caller, ArtistId(loser), ArtistId(winner))
        return await self.latest(loser)

    async def split(self, artist: UUID, *names: str) -> UUID:
        return await self.latest(await self.hands.split(self.caller, ArtistId(artist), names))

    async def undo(self, merge: UUID) -> None:
        await self.hands.undo(self.caller, merge)

    async def latest(self, loser: UUID) -> UUID:
        """The merge record."""
        rows = await self.music.rows(merges, merges.c.loser_id == loser, merges.c.undone_at.is_(None))
        found: UUID = rows[-1].id
        return found

    async def credits(self) -> dict[str, list[str]]:
        """Title to whom a track credits, by the names of the artists."""
        query = (
            sa.select(tracks.c.title, artists.c.name)
            .join_from(track_artists, tracks, tracks.c.id == track_artists.c.track_id)
            .join(artists, artists.c.id == track_artists.c.artist_id)
            .order_by(tracks.c.title, track_artists.c.role, track_artists.c.position)
        )
        found: dict[str, list[str]] = {}
        async with self.music.database.read() as connection:
            for title, name in await connection.execute(query):
                found.setdefault(title, []).append(name)
        return found

    async def row(self, id_: UUID) -> Any:
        [found] = await self.music.rows(artists, artists.c.id == id_)
        return found
