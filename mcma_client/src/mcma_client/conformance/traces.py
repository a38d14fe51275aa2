"""What a scenario leaves at the server, and how it is taken away again: by the protocol itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from mcma_client.clock import text_of, uuid7
from mcma_client.conformance.account import Account
from mcma_client.conformance.errors import Failed
from mcma_client.conformance.mirror import Line, snapshot
from mcma_client.conformance.scenario import NAME
from mcma_client.conformance.suite import PREFIX, Suite

_FINE = ("not_found", "playlist_gone", "unknown_type", "forbidden")
"""It never came to be, is gone already, or is not the account's."""
_SURELY = timedelta(seconds=2)
"""What is ahead of the server's clock is taken for now: it is later than all that it has been told."""


@dataclass
class Traces:
    """Of one account."""

    account: Account
    devices: set[str] = field(default_factory=set)
    playlists: set[str] = field(default_factory=set)
    tracks: set[str] = field(default_factory=set)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    """(library, user) that is to see it again."""

    def sent(self, type_: object, data: object) -> None:
        """Of an event."""
        told = data.get("playlist_id") if isinstance(data, dict) else None
        if isinstance(told, str) and str(type_).startswith("playlist."):
            self.playlists.add(told)

    def tidy(self, suite: Suite) -> list[str]:
        """What could not be taken away."""
        left: list[str] = []
        try:
            for library, user in self.hidden:
                suite.main.good("PUT", f"/libraries/{library}/access/{user}")
            left += self._undone(suite)
            for id_ in sorted(self.devices):
                answer = self.account.ask("DELETE", f"/devices/{id_}")
                left += (
                    [] if answer.status in (200, 204, 404, 410) else [f"the device {id_}: {answer.status}"]
                )
        except Failed as error:
            left.append(str(error))
        suite.used |= dict.fromkeys(self.tracks, suite.clock())
        return left

    def _undone(self, suite: Suite) -> list[str]:
        lines, _, _ = snapshot(self.account, ["me"], ["user_item@1", "bookmark@1", "user_setting@1"])
        wanted = [("playlist.delete", {"playlist_id": id_}) for id_ in sorted(self.playlists)]
        wanted += [one for line in lines for one in self._opposite(line)]
        if not wanted:
            return []
        device, time = str(uuid7(suite.clock())), text_of(suite.clock())
        last = text_of(suite.clock() + _SURELY)
        self.account.good("PUT", f"/devices/{device}", sent={"name": NAME})
        self.devices.add(device)
        events = [{"id": str(uuid7(suite.clock())), "n": n, "type": type_, "at": last, "data": data}
                  for n, (type_, data) in enumerate(wanted, 1)]  # fmt: skip
        told = self.account.good(
            "POST", "/sync/push", sent={"device_id": device, "sent_at": time, "events": events}
        )
        pairs = zip(events, told["results"], strict=True)
        return [
            f"{event['type']} {event['data']}: {result}" for event, result in pairs
            if result["status"] not in ("applied", "duplicate") and result["code"] not in _FINE
        ]  # fmt: skip

    def _opposite(self, line: Line) -> Iterator[tuple[str, dict[str, Any]]]:
        id_, data = line["id"], line["data"]
        if line["type"] == "user_setting@1":
            if str(data.get("name")).startswith(PREFIX) and data.get("value") is not None:
                yield "setting.set", {"name": data["name"], "value": None}
        elif id_ in self.tracks and line["type"] == "bookmark@1":
            yield "bookmark.delete", {"track_id": id_}
        elif id_ in self.tracks and data.get("liked_at"):
            yield "like.set", {"kind": "track", "item_id": id_, "liked": False}
        if id_ in self.tracks and data.get("rating"):
            yield "rating.set", {"kind": "track", "item_id": id_, "rating": 0}
