"""One run of the suite against one server: its accounts, and what may be done there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from mcma_client.clock import now, time_of
from mcma_client.conformance.account import Account
from mcma_client.conformance.errors import Unmet
from mcma_client.conformance.mirror import Line, snapshot
from mcma_client.conformance.scenario import Needs

PREFIX = "conformance."
"""Settings of the suite begin so."""
Hand = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Does at the server what the protocol cannot: see docs/conformance.md."""


@dataclass
class Suite:
    """`plays`: whether the history may keep some of the suite's. `admin`: whether access may be changed
    (and put back)."""

    main: Account
    second: Account | None = None
    plays: bool = False
    admin: bool = False
    hand: Hand | None = None
    hands: tuple[str, ...] = ()
    """What `hand` can do."""
    used: dict[str, datetime] = field(default_factory=dict)
    """When a track was last left alone: what is said of it afterwards is to be later."""

    def clock(self) -> datetime:
        """The server's, and behind it by no more than an answer takes."""
        return now() + self._ahead

    @cached_property
    def _ahead(self) -> timedelta:
        told = self.main.good("GET", "/sync/capabilities").get("server_time")
        return timedelta() if told is None else time_of(told) - now()

    @cached_property
    def capabilities(self) -> dict[str, Any]:
        told = self.main.good("GET", "/sync/capabilities")
        if not isinstance(told, dict) or "scopes" not in told:
            raise Unmet("this is no server of the sync protocol")
        return told

    def tracks(self, account: Account) -> "Tracks":
        return Tracks(self._mine(account), sorted(self._catalogue, key=self._last_used))

    def look_again(self) -> None:
        """What there was may be gone, or be other tracks."""
        self.__dict__.pop("_catalogue", None)

    def _last_used(self, line: Line) -> datetime:
        return self.used.get(line["id"], datetime.min.replace(tzinfo=UTC))

    @staticmethod
    def _mine(account: Account) -> dict[str, Line]:
        lines, _, _ = snapshot(account, ["me"], ["user_item@1", "bookmark@1"])
        return {line["id"]: line["data"] for line in lines if _touched(line)}

    @cached_property
    def _catalogue(self) -> list[Line]:
        """Of the first page that has tracks."""
        for scope in (one["scope"] for one in self.capabilities["scopes"]):
            if scope.startswith("catalog:"):
                asked = {"scope": scope, "type": "track@1"}
                page = self.main.ask("GET", "/sync/snapshot", params=asked).body
                if isinstance(page, dict) and page.get("lines"):
                    return [line for line in page["lines"] if not line["data"].get("missing_since")]
        return []

    def unmet(self, needs: Needs) -> str | None:
        """Why a scenario cannot be, as far as it can be said before it begins."""
        lacking = set(needs.events) - set(self.capabilities.get("events", needs.events))
        checks = (
            (bool(lacking), f"the server does not take {', '.join(sorted(lacking))}"),
            (needs.second and self.second is None, "it needs a second account: --mcma-second-user"),
            (needs.plays and not self.plays, "it leaves plays in the history: --mcma-leave-plays allows it"),
            (needs.admin and not (self.admin and self.main.is_admin),
             "it changes who sees what: --mcma-as-admin, with an administrator's account, allows it"),
            (not set(needs.hand) <= set(self.hands), "it needs --mcma-server-command that can "
             + ", ".join(sorted(set(needs.hand) - set(self.hands)))),
        )  # fmt: skip
        return next((why for fails, why in checks if fails), None)


def _touched(line: Line) -> bool:
    data = line["data"]
    return line["type"] == "bookmark@1" or any(
        data.get(name) for name in ("liked_at", "rating", "play_count")
    )


@dataclass(frozen=True)
class Tracks:
    """What an account may lose nothing by."""

    touched: dict[str, Line]
    catalogue: list[Line]

    def free(self, count: int, *, unplayed: bool = False) -> list[Line]:
        """Neither liked nor rated nor marked, and preferably not played."""
        open_ = [line for line in self.catalogue if self._is_free(line["id"])]
        fresh = [line for line in open_ if line["id"] not in self.touched]
        found = fresh if unplayed else fresh + [line for line in open_ if line not in fresh]
        if len(found) < count:
            what = (
                "has neither liked, rated, marked nor played"
                if unplayed
                else "has neither liked, rated nor marked"
            )
            raise Unmet(f"it needs {count} tracks that the account {what}; {len(found)} are there")
        return found[:count]

    def _is_free(self, id_: str) -> bool:
        data = self.touched.get(id_)
        return data is None or not (data.get("liked_at") or data.get("rating") or "item_kind" not in data)
