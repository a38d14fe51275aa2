"""What was done here, on its way to the server: events in the order of `n`.

An event is `waiting` until it was answered, then `answered` until the replica has followed as far as its
effect, then `settled`. The answer decides: what was rejected or superseded shows no longer. All is kept for a
month, for a server that is put back from a backup. There, what is sent again may come before another device
brings back the playlist it is about: then it is `early`, and sent anew with each push.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mcma_client import items
from mcma_client.api import Api
from mcma_client.clock import Clock, text_of, time_of, uuid7
from mcma_client.errors import BadAnswer, ClientError, Refused
from mcma_client.store import Connection, Store, document, put_fact

MOST = 500
LARGEST = 900_000
"""Bytes of a batch; the server takes a mebibyte."""
KEPT = timedelta(days=30)
_SAID = {"like.set": "user_item@1", "rating.set": "user_item@1", "bookmark.set": "bookmark@1",
         "bookmark.delete": "bookmark@1", "playlist.update": "playlist@1"}  # fmt: skip
_NAMES = ("item_id", "track_id", "playlist_id")
"""What names the item of such an event; a `canonical` knows better, where two items became one."""


class Event(NamedTuple):
    n: int
    id: str
    type: str
    at: str
    data: dict[str, Any]


class Rejected(NamedTuple):
    event: Event
    code: str
    message: str


class Pushed(NamedTuple):
    sent: int
    rejected: list[Rejected]


@dataclass
class Outbox:
    store: Store
    clock: Clock

    def add(self, connection: Connection, type_: str, data: dict[str, Any], at: str | None = None) -> Event:
        """In the caller's transaction. `at` is now, and later than the event before: two clicks keep their
        order, though somebody sets the clock back between them."""
        said = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        if len(said.encode()) > LARGEST // 2:
            raise ClientError("This is too large to be sent.")
        now = self._later(connection) if at is None else self.clock()
        n = self._next(connection)
        event = Event(n, str(uuid7(now)), type_, at or text_of(now), data)
        columns = "INSERT INTO outbox (n, id, type, at, data) VALUES (?, ?, ?, ?, ?)"
        connection.execute(columns, (*event[:4], said))
        put_fact(connection, "next_n", str(n + 1))
        return event

    def _later(self, connection: Connection) -> datetime:
        """One of the future that was answered does not count: the server has put it into its own present."""
        query = """SELECT at FROM outbox WHERE type <> 'play' AND (state = 'waiting' OR at <= answered_at)
            ORDER BY n DESC LIMIT 1"""
        last, now = connection.execute(query).fetchone(), self.clock()
        return now if last is None else max(now, time_of(last[0]) + timedelta(milliseconds=1))

    @staticmethod
    def _next(connection: Connection) -> int:
        found = connection.execute("SELECT value FROM facts WHERE name = 'next_n'").fetchone()
        return 1 if found is None else int(found[0])

    def waiting(self) -> int:
        return int(self.store.rows("SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0])

    def rejected(self) -> list[Rejected]:
        """Those of the last month."""
        query = """SELECT n, id, type, at, data, code, message FROM outbox
            WHERE code IS NOT NULL AND state = 'settled' ORDER BY n"""
        return [Rejected(_event(*row), code, said) for *row, code, said in self.store.rows(query)]

    def push(self, api: Api, device: str) -> Pushed:
        """Send what waits, in order. Sending again is harmless, so nothing is ever taken to have arrived."""
        self._try_again()
        sent, rejected, stuck = 0, list[Rejected](), 0
        while batch := self._batch():
            told = self._told(api, device, batch)
            answered, refused = self._answered(batch, told)
            sent, stuck = sent + answered, 0 if answered else stuck + 1
            rejected += refused
            if stuck > 2:
                raise BadAnswer("The server puts off every event: nothing is lost, try again later.")
        self._forget()
        return Pushed(sent, rejected)

    def _try_again(self) -> None:
        """Under an id and a number of its own: the server has answered the old ones for good."""
        if not self.store.rows("SELECT 1 FROM outbox WHERE state = 'early' LIMIT 1"):
            return
        again = "UPDATE outbox SET n = ?, id = ?, state = 'waiting', status = NULL, code = NULL WHERE n = ?"
        with self.store.write() as connection:
            early = connection.execute("SELECT n FROM outbox WHERE state = 'early' ORDER BY n").fetchall()
            for (n,) in early:
                later = self._next(connection)
                connection.execute(again, (later, str(uuid7(self.clock())), n))
                put_fact(connection, "next_n", str(later + 1))

    def _batch(self) -> list[Event]:
        query = "SELECT n, id, type, at, data FROM outbox WHERE state = 'waiting' ORDER BY n LIMIT ?"
        batch, size = list[Event](), 0
        for row in self.store.rows(query, MOST):
            size += len(row[4].encode()) + 200
            if batch and (size > LARGEST or row[0] != batch[-1].n + 1):
                break
            batch.append(_event(*row))
        return batch

    def _told(self, api: Api, device: str, batch: list[Event]) -> dict[str, Any]:
        events = [event._asdict() for event in batch]

        def sent() -> dict[str, Any]:
            """Made anew for every try: `sent_at` is what clocks are compared by."""
            return {"device_id": device, "sent_at": text_of(self.clock()), "events": events}

        try:
            told = api.post("/sync/push", sent)
        except Refused as error:
            if error.code != "unknown_device":
                raise
            api.put(f"/devices/{device}", {"name": "laptop", "client": "mcma-client"})
            told = api.post("/sync/push", sent)
        if not isinstance(told, dict) or not _is_count(told.get("acked_n")) or not _are_told(told):
            raise BadAnswer("The server does not say what it has.")
        return told

    def _answered(self, batch: list[Event], told: dict[str, Any]) -> tuple[int, list[Rejected]]:
        events, rejected, count = {event.id: event for event in batch}, list[Rejected](), 0
        with self.store.write() as connection:
            for result in told["results"]:
                event = events.get(str(result.get("id")))
                if event is None or result.get("status") == "deferred":
                    continue
                count += 1
                if self._settle(connection, event, result) and result.get("code"):
                    rejected.append(Rejected(event, result["code"], result.get("message") or ""))
            self.resume(connection, told["acked_n"])
        return count, rejected

    def _settle(self, connection: Connection, event: Event, result: dict[str, Any]) -> bool:
        """Whether that is the end of it. A `duplicate` is answered as the first one was: with a code or a
        canonical, too."""
        status, code, canonical = result.get("status"), result.get("code"), result.get("canonical")
        if canonical and event.type in _SAID:
            _take(connection, event, canonical)
        over = status == "superseded" or code is not None
        state = "settled" if over else "answered"
        if code == "not_found" and event.type.startswith("playlist.") and _was_accepted(connection, event):
            state = "early"
        update = """UPDATE outbox SET state = ?, status = ?, code = ?, message = ?, answered_at = ?,
            accepted = accepted OR ? IS NULL WHERE id = ?"""
        values = (state, status, code, result.get("message"), text_of(self.clock()), code, event.id)
        connection.execute(update, values)
        return state != "early"

    @staticmethod
    def resume(connection: Connection, acked: int) -> None:
        """The server has everything up to `acked`. What it was sent beyond that it has lost; and numbers go
        on from there without a hole, though events were forgotten here, or the device is another."""
        again = "UPDATE outbox SET state = 'waiting', status = NULL, code = NULL WHERE n > ?"
        connection.execute(f"{again} AND state <> 'waiting'", (acked,))
        beyond = connection.execute("SELECT n FROM outbox WHERE n > ? ORDER BY n", (acked,)).fetchall()
        for number, (n,) in enumerate(beyond, acked + 1):
            if number != n:
                connection.execute("UPDATE outbox SET n = ? WHERE n = ?", (number, n))
        put_fact(connection, "next_n", str(acked + len(beyond) + 1))

    def _forget(self) -> None:
        old = text_of(self.clock() - KEPT)
        with self.store.write() as connection:
            connection.execute("DELETE FROM outbox WHERE state = 'settled' AND answered_at < ?", (old,))
            connection.execute("DELETE FROM outbox WHERE state = 'early' AND at < ?", (old,))


def _was_accepted(connection: Connection, event: Event) -> bool:
    found = connection.execute("SELECT accepted FROM outbox WHERE id = ?", (event.id,)).fetchone()
    return bool(found and found[0])


def _is_count(said: object) -> bool:
    return type(said) is int and 0 <= said < 2**53


def _are_told(told: Mapping[str, Any]) -> bool:
    """Whether there are results, and what they say is of the kinds that are kept."""
    results = told.get("results")
    return isinstance(results, list) and all(isinstance(one, dict) and _is_result(one) for one in results)


def _is_result(one: Mapping[str, Any]) -> bool:
    texts = (one.get(name) for name in ("status", "code", "message"))
    canonical = one.get("canonical")
    return all(text is None or isinstance(text, str) for text in texts) and (
        canonical is None or (isinstance(canonical, dict) and _is_count(canonical.get("rev", 0)))
    )


def followed(connection: Connection) -> None:
    """The replica has all that was answered: it shows by itself now."""
    connection.execute("UPDATE outbox SET state = 'settled' WHERE state = 'answered'")


def effective(store: Store, *types: str) -> list[Event]:
    """Events that the replica does not show yet, in order."""
    query = f"""SELECT n, id, type, at, data FROM outbox WHERE state IN ('waiting', 'answered')
        AND type IN ({", ".join("?" * len(types))}) ORDER BY n"""  # noqa: S608
    return [_event(*row) for row in store.rows(query, *types)]


def _take(connection: Connection, event: Event, canonical: dict[str, Any]) -> None:
    """The state that stands, at once; unless something newer has come by then."""
    data = dict(canonical)
    rev = data.pop("rev", 0)
    type_ = _SAID[event.type]
    id_ = next(str(known[name]) for known in (data, event.data) for name in _NAMES if known.get(name))
    newer = "SELECT 1 FROM items WHERE type = ? AND id = ? AND rev >= ?"
    scope = connection.execute("SELECT round FROM scopes WHERE scope = 'me'").fetchone()
    if scope and not connection.execute(newer, (type_, id_, rev)).fetchone():
        line = {"type": type_, "id": id_, "scope": "me", "op": "put", "rev": rev, "data": data}
        items.take(connection, [line], {"me": scope[0]})


def _event(n: int, id_: str, type_: str, at: str, data: str) -> Event:
    return Event(n, id_, type_, at, document(data))
