"""What must come of what people did, worked out from nothing but what they did, when it arrived, and what
`docs/sync.md` says: no code of the server's is asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from mcma_client.clock import time_of
from mcma_client.outbox import Event
from tests.support.sync_phone import Sending

TOLERATED = timedelta(minutes=2)
FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class Receipt(NamedTuple):
    """That the server took an event, and whether it kept it."""

    user: str
    id: str
    received_at: datetime
    status: str
    code: str | None
    canonical: Mapping[str, Any] | None


class Said(NamedTuple):
    """An event at its place in the order of all: they sort by it."""

    at: datetime
    id: str
    type: str
    data: Mapping[str, Any]
    device: str = ""


@dataclass
class Merged:
    id: str
    loser: str
    winner: str
    began: datetime
    ended: datetime | None = None

    def holds(self, at: datetime | None) -> bool:
        """At a moment; None is now."""
        return (self.ended is None) if at is None else self.began <= at < (self.ended or _NEVER)


_NEVER = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass
class Model:
    did: dict[str, dict[str, Event]] = field(default_factory=lambda: defaultdict(dict))
    """By person and id."""
    merges: list[Merged] = field(default_factory=list)

    def note(self, person: str, events: Iterable[Event]) -> None:
        for event in events:
            self.did[person].setdefault(event.id, event)

    def meant(self, track: str, at: datetime | None = None) -> str:
        """What an id stood for at a moment."""
        for _ in self.merges:
            track = next((one.winner for one in self.merges if one.loser == track and one.holds(at)), track)
        return track

    def said(self, person: str, receipts: Iterable[Receipt], sendings: Iterable[Sending]) -> list[Said]:
        """What the server kept, in the order that decides."""
        there = list(sendings)
        kept = [one for one in receipts if one.status != "rejected"]
        return sorted(self._placed(self.did[person][one.id], one, there) for one in kept)

    def _placed(self, event: Event, receipt: Receipt, sendings: list[Sending]) -> Said:
        took = [
            one for one in sendings if event.id in one.ids and one.began <= receipt.received_at <= one.ended
        ]
        assert len(took) == 1, ("nobody sent this at that time", event, receipt)
        at = corrected(time_of(event.at), took[0].sent_at, receipt.received_at)
        data = dict(event.data)
        for name in ("item_id", "track_id"):
            if data.get(name):
                data[name] = self.meant(data[name], receipt.received_at)
        return Said(at, event.id, event.type, data)


def corrected(at: datetime, sent_at: datetime, received_at: datetime) -> datetime:
    skew = received_at - sent_at
    moved = at + skew if abs(skew) > TOLERATED else at
    return max(FIRST, min(moved, received_at))


def likes(said: Iterable[Said], model: Model) -> dict[str, datetime]:
    """Item to since when, for what is liked: since the first like after the last unlike."""
    found: dict[str, datetime] = {}
    for one in said:
        if one.type == "like.set":
            item = model.meant(one.data["item_id"])
            if one.data["liked"]:
                found.setdefault(item, one.at)
            else:
                found.pop(item, None)
    return found


def ratings(said: Iterable[Said], model: Model) -> dict[str, tuple[int, datetime]]:
    last = {model.meant(one.data["item_id"]): one for one in said if one.type == "rating.set"}
    return {item: (one.data["rating"], one.at) for item, one in last.items() if one.data["rating"]}


def settings(said: Iterable[Said]) -> dict[str, Any]:
    last = {one.data["name"]: one.data["value"] for one in said if one.type == "setting.set"}
    return {name: value for name, value in last.items() if value is not None}


def bookmarks(said: Iterable[Said]) -> dict[str, tuple[int, str | None]]:
    """Track to position and comment."""
    found: dict[str, dict[str, Any]] = {}
    for one in said:
        if one.type == "bookmark.delete":
            found.pop(one.data["track_id"], None)
        elif one.type == "bookmark.set":
            mark = found.setdefault(one.data["track_id"], {"position_ms": 0, "comment": None})
            mark |= {name: value for name, value in one.data.items() if name != "track_id"}
    return {track: (mark["position_ms"], mark["comment"] or None) for track, mark in found.items()}


def rows(said: Iterable[Said], receipts: Mapping[str, Receipt]) -> dict[str, set[str]]:
    """Playlist to the rows it must have, were it there."""
    added: dict[str, set[str]] = defaultdict(set)
    removed: dict[str, set[str]] = defaultdict(set)
    for one in said:
        if one.type == "playlist.add":
            canonical = receipts[one.id].canonical or {}
            rows = {row["id"] for row in one.data["items"]} - set(canonical.get("skipped", ()))
            added[one.data["playlist_id"]] |= rows
        elif one.type == "playlist.remove":
            removed[one.data["playlist_id"]] |= set(one.data["item_ids"])
    return {playlist: rows - removed[playlist] for playlist, rows in added.items()}
