"""Clients that break one rule of the sync protocol each: the reference client, made worse."""

import json
from collections.abc import Iterator
from typing import Any

from mcma_client import items
from mcma_client.clock import now, uuid7
from mcma_client.conformance.driver import Given, Reference
from mcma_client.errors import ClientError
from mcma_client.replica import Replica
from mcma_client.store import Connection


class LosesWhatWaits(Reference):
    """What could not be sent is not tried again."""

    def answer(self, message: Given) -> Given:
        told = super().answer(message)
        if "error" in told and message["ask"] == "sync":
            with self.client.store.write() as connection:
                connection.execute("DELETE FROM outbox WHERE state = 'waiting'")
        return told


class SendsUnderNewIds(Reference):
    """What was sent once is another event when it is sent again."""

    def answer(self, message: Given) -> Given:
        told = super().answer(message)
        if "error" in told and message["ask"] == "sync":
            for (n,) in self.client.store.rows("SELECT n FROM outbox WHERE state = 'waiting'"):
                with self.client.store.write() as connection:
                    connection.execute("UPDATE outbox SET id = ? WHERE n = ?", (str(uuid7(now())), n))
        return told


class BelievesItself(Reference):
    """Its own deeds are in its copy at once, and `superseded` changes nothing about that."""

    def ask_do(self, given: Given) -> Given:
        track, action = given.get("track_id"), given["action"]
        told = super().ask_do(given)
        said: dict[str, Given] = {
            "like": {"liked_at": "2026-01-01T00:00:00Z"},
            "unlike": {"liked_at": None},
            "rate": {"rating": given.get("rating")},
        }
        known = items.get(self.client.store, "user_item@1", str(track))
        if action in said and known is not None:
            with self.client.store.write() as connection:
                write = "UPDATE items SET data = ? WHERE type = 'user_item@1' AND id = ?"
                connection.execute(write, (json.dumps({**known.data, **said[action]}), track))
        return told


def takes_nothing(*_: object) -> None:
    """Instead of what takes a `canonical`."""


def forgets_nothing(connection: Connection, line: dict[str, Any]) -> None:
    """Instead of what drops an item that is gone."""


class CursorFirst(Replica):
    """Keeps the cursor of what it has been told before it has kept what it was told."""

    def follow(self) -> int:
        held = list[dict[str, Any]]()
        for scope in self.scopes():
            sum(self._snapshot(scope))
            held += [line for lines in self._told(scope) for line in lines]
        self.api.get("/sync/changes", cursor=self._state("me")[0][0])
        with self.store.write() as connection:
            items.take(connection, held, {scope: self._state(scope)[0][2] for scope in self.scopes()})
            self.caught_up(connection)
        return len(held)

    def _told(self, scope: str) -> Iterator[list[dict[str, Any]]]:
        more = True
        while more:
            told = self.api.get("/sync/changes", cursor=self._state(scope)[0][0], limit=1000)
            with self.store.write() as connection:
                connection.execute("UPDATE scopes SET cursor = ? WHERE scope = ?", (told["next"], scope))
            more = told["more"]
            yield told["changes"]


_row = items._row


def knows_all_types(line: dict[str, Any], *more: Any) -> tuple[Any, ...]:
    """Instead of what keeps a line: one of a type that it does not know is an error."""
    if line["type"].startswith("conformance_"):
        raise ClientError(f"{line['type']} cannot be")
    return _row(line, *more)
