"""What a person does, as events. Each method is one transaction; nothing here needs a connection."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcma_client.clock import text_of, uuid7
from mcma_client.errors import ClientError
from mcma_client.outbox import Event, Outbox
from mcma_client.overlay import Overlay, Row
from mcma_client.positions import NoRoom, appended, between
from mcma_client.store import Store

AT_ONCE = 500
"""Rows in one event."""


@dataclass
class Recorder:
    store: Store
    outbox: Outbox

    def like(self, kind: str, id_: str, liked: bool = True) -> Event:
        return self._one("like.set", {"kind": kind, "item_id": id_, "liked": liked})

    def rate(self, kind: str, id_: str, rating: int) -> Event:
        """1 to 5; 0 takes it away."""
        if not 0 <= rating <= 5:
            raise ClientError("A rating is 1 to 5, or 0 to take it away.")
        return self._one("rating.set", {"kind": kind, "item_id": id_, "rating": rating})

    def play(self, track_id: str, ms_played: int, began: datetime | None = None) -> Event:
        at = text_of(began or self.outbox.clock())
        with self.store.write() as connection:
            data = {"track_id": track_id, "ms_played": ms_played}
            return self.outbox.add(connection, "play", data, at)

    def bookmark(self, track_id: str, **fields: Any) -> Event:
        """`position_ms` and `comment`; what is left out stays."""
        return self._one("bookmark.set", {"track_id": track_id, **fields})

    def drop_bookmark(self, track_id: str) -> Event:
        return self._one("bookmark.delete", {"track_id": track_id})

    def queue(self, **fields: Any) -> Event:
        """Of this device: `track_ids`, `current_index`, `position_ms`; what is left out stays."""
        return self._one("queue.set", fields)

    def setting(self, name: str, value: Any) -> Event:
        """Any JSON; None takes it away."""
        return self._one("setting.set", {"name": name, "value": value})

    def create_playlist(self, name: str, **fields: Any) -> str:
        id_ = self._id()
        self._one("playlist.create", {"playlist_id": id_, "name": name, **fields})
        return id_

    def update_playlist(self, playlist_id: str, **fields: Any) -> Event:
        return self._one("playlist.update", {"playlist_id": playlist_id, **fields})

    def delete_playlist(self, playlist_id: str) -> Event:
        return self._one("playlist.delete", {"playlist_id": playlist_id})

    def add_tracks(self, playlist_id: str, track_ids: list[str]) -> list[str]:
        """At the end. Returns the ids of the rows."""
        with self.store.write() as connection:
            rows = self._rows(playlist_id)
            positions = appended(len(track_ids), rows[-1].position if rows else None)
            made = [
                {"id": self._id(), "position": position, "track_id": track_id}
                for position, track_id in zip(positions, track_ids, strict=True)
            ]
            for start in range(0, len(made), AT_ONCE):
                data = {"playlist_id": playlist_id, "items": made[start : start + AT_ONCE]}
                self.outbox.add(connection, "playlist.add", data)
        return [str(one["id"]) for one in made]

    def move_row(self, playlist_id: str, item_id: str, index: int) -> None:
        """To so many rows from the start, itself left out."""
        with self.store.write() as connection:
            others = [row for row in self._rows(playlist_id) if row.id != item_id]
            index = max(0, min(index, len(others)))
            try:
                places = {item_id: between(*_neighbours(others, index))}
            except NoRoom:
                ids = [row.id for row in others]
                ids.insert(index, item_id)
                places = dict(zip(ids, appended(len(ids), None), strict=True))
            for id_, position in places.items():
                data = {"playlist_id": playlist_id, "item_id": id_, "position": position}
                self.outbox.add(connection, "playlist.move", data)

    def remove_rows(self, playlist_id: str, item_ids: list[str]) -> Event:
        return self._one("playlist.remove", {"playlist_id": playlist_id, "item_ids": item_ids})

    def request(self, title: str, artists: list[str], *, note: str | None = None, **more: Any) -> Event:
        """Ask to have a recording; `more` are `album`, `duration_ms` and `isrc`. The request has the event's
        id, unless it is there already."""
        said = {"claim": {"title": title, "artists": artists, **more}}
        return self._one("download.request", said if note is None else {**said, "note": note})

    def event(self, type_: str, data: dict[str, Any]) -> Event:
        """Any other, as `docs/sync.md` has it: `track.edit`, `review.decide`, a request by its source."""
        return self._one(type_, data)

    def _one(self, type_: str, data: dict[str, Any]) -> Event:
        with self.store.write() as connection:
            return self.outbox.add(connection, type_, data)

    def _rows(self, playlist_id: str) -> list[Row]:
        return Overlay(self.store).rows(playlist_id)

    def _id(self) -> str:
        return str(uuid7(self.outbox.clock()))


def _neighbours(rows: list[Row], index: int) -> tuple[str | None, str | None]:
    return (
        rows[index - 1].position if index else None,
        rows[index].position if index < len(rows) else None,
    )
