"""What a person sees: the replica, and over it what was done here and has not come back yet."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from mcma_client import items
from mcma_client.items import Data
from mcma_client.outbox import Event, effective
from mcma_client.store import Store

_SAYS = ("name", "comment", "public")
_KINDS = {"track": "track@1", "album": "album@1", "artist": "artist@1"}


class Mine(NamedTuple):
    """What I did with something. `liked_at` is None where it is not liked, `rating` where there is none."""

    kind: str
    id: str
    liked_at: str | None = None
    rating: int | None = None
    play_count: int = 0
    last_played_at: str | None = None


class Row(NamedTuple):
    """Of a playlist; one with a `claim` and no `track_id` waits for its track."""

    id: str
    position: str
    track_id: str | None
    claim: Data | None = None


@dataclass
class Overlay:
    store: Store

    def mine(self, kind: str, id_: str) -> Mine:
        id_ = items.resolved(self.store, _KINDS[kind], id_)
        return self.all_mine().get(id_, Mine(kind, id_))

    def all_mine(self) -> dict[str, Mine]:
        """By the id of what it is about. What plays of a track mean for its album and artists is the server's
        to say."""
        found = {one.id: _mine(one.id, one.data) for one in items.listed(self.store, "user_item@1")}
        for event in effective(self.store, "like.set", "rating.set", "play"):
            kind, id_ = event.data.get("kind", "track"), event.data.get("item_id", event.data.get("track_id"))
            if id_ is not None:
                id_ = items.resolved(self.store, _KINDS[kind], id_)
                found[id_] = _changed(found.get(id_, Mine(kind, id_)), event)
        return found

    def liked(self, kind: str = "track") -> list[Mine]:
        """The latest first."""
        liked = [one for one in self.all_mine().values() if one.liked_at is not None and one.kind == kind]
        return sorted(liked, key=lambda one: (one.liked_at or "", one.id), reverse=True)

    def playlists(self) -> dict[str, Data]:
        found = {one.id: one.data for one in items.listed(self.store, "playlist@1")}
        for event in effective(self.store, "playlist.create", "playlist.update", "playlist.delete"):
            id_ = event.data["playlist_id"]
            said = {name: event.data[name] for name in _SAYS if name in event.data}
            if event.type == "playlist.delete":
                found.pop(id_, None)
            elif event.type == "playlist.create":
                found.setdefault(id_, {"comment": None, "public": False, "rules": None, **said})
            elif id_ in found:
                found[id_] = {**found[id_], **said}
        return found

    def rows(self, playlist_id: str) -> list[Row]:
        """In their order, those that wait for a track too; none of a playlist that is gone."""
        if playlist_id not in self.playlists():
            return []
        rows = {one.id: _row(one) for one in items.listed(self.store, "playlist_item@1", playlist_id)}
        removed: set[str] = set()
        for event in effective(self.store, "playlist.add", "playlist.move", "playlist.remove"):
            if event.data["playlist_id"] == playlist_id:
                _edit(rows, removed, event)
        return sorted(rows.values(), key=lambda row: (row.position.encode(), row.id))

    def tracks(self, playlist_id: str) -> list[str]:
        """Of its rows, as they are called now."""
        ids = [row.track_id for row in self.rows(playlist_id) if row.track_id is not None]
        return [items.resolved(self.store, "track@1", id_) for id_ in ids]

    def settings(self) -> dict[str, Any]:
        found = {one.data["name"]: one.data["value"] for one in items.listed(self.store, "user_setting@1")}
        found |= {one.data["name"]: one.data["value"] for one in effective(self.store, "setting.set")}
        return {name: value for name, value in found.items() if value is not None}

    def bookmarks(self) -> dict[str, Data]:
        """By track."""
        found = {one.id: one.data for one in items.listed(self.store, "bookmark@1")}
        for event in effective(self.store, "bookmark.set", "bookmark.delete"):
            id_ = items.resolved(self.store, "track@1", event.data["track_id"])
            if event.type == "bookmark.delete":
                found.pop(id_, None)
            else:
                blank = {"track_id": id_, "position_ms": 0, "comment": None}
                found[id_] = {**blank, **found.get(id_, {}), **event.data, "track_id": id_}
        return found

    def requests(self) -> dict[str, Data]:
        """What I asked to have; the `state` of one that was not answered yet is None."""
        found = {one.id: one.data for one in items.listed(self.store, "download@1")}
        for event in effective(self.store, "download.request"):
            found.setdefault(event.id, {"state": None, "track_id": None, **event.data})
        return found

    def queue(self, device_id: str) -> Data:
        """Of a device; the events are this one's."""
        queues = [one.data for one in items.listed(self.store, "play_queue@1")]
        found = next((one for one in queues if one.get("device_id") == device_id), {})
        if device_id == self.store.fact("device"):
            for event in effective(self.store, "queue.set"):
                found = {**found, **event.data}
        return {"track_ids": [], "current_index": None, "position_ms": 0, **found}


def _mine(id_: str, data: Data) -> Mine:
    return Mine(
        data["item_kind"], id_, data.get("liked_at"), data.get("rating"), data.get("play_count") or 0,
        data.get("last_played_at"),
    )  # fmt: skip


def _changed(mine: Mine, event: Event) -> Mine:
    if event.type == "like.set":
        return mine._replace(liked_at=event.at if event.data["liked"] else None)
    if event.type == "rating.set":
        return mine._replace(rating=event.data["rating"] or None)
    last = max(mine.last_played_at or "", event.at)
    return mine._replace(play_count=mine.play_count + 1, last_played_at=last)


def _row(item: items.Item) -> Row:
    data = item.data
    return Row(item.id, data["position"], data.get("track_id"), data.get("claim"))


def _edit(rows: dict[str, Row], removed: set[str], event: Event) -> None:
    """As the server does: what was removed stays removed."""
    data = event.data
    if event.type == "playlist.add":
        for one in data["items"]:
            if one["id"] not in removed:
                row = Row(one["id"], one["position"], one.get("track_id"), one.get("claim"))
                rows.setdefault(one["id"], row)
    elif event.type == "playlist.remove":
        removed.update(data["item_ids"])
        for id_ in data["item_ids"]:
            rows.pop(id_, None)
    elif data["item_id"] in rows:
        rows[data["item_id"]] = rows[data["item_id"]]._replace(position=data["position"])
