"""The copy of what the server has: a snapshot of each scope, then its changes, as `docs/sync.md` says.

Each scope has a cursor of its own, so that a library which comes or goes costs the others nothing. What was
taken and how far it goes are written in one transaction, so that any moment is a good one to be killed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mcma_client.api import Api
from mcma_client.errors import BadAnswer, Refused
from mcma_client.items import Digest, digests, parsed, take
from mcma_client.store import Connection, Store, marks, put_fact

CHANGES = 1000
WAIT = 30
"""Seconds that the server holds an answer back."""
_NOWHERE = "none@1"
"""A type that no server has: a snapshot of it is a cursor alone."""
_LOST = ("cursor_expired", "bad_cursor")


@dataclass
class Replica:
    """`caught_up` is called in the transaction in which `me` has been followed to its end."""

    store: Store
    api: Api
    caught_up: Callable[[Connection], None] = lambda _: None

    def begin(self) -> bool:
        """Learn what there is to follow. True if the server's data was put back or made anew: what was known
        is not good any more then, and has been dropped. It stays true until the fact `put_back` is deleted:
        by whoever has seen to it that what the server lost is sent again."""
        told = self.api.get("/sync/capabilities")
        try:
            epochs = {str(one["scope"]): str(one["epoch"]) for one in told["scopes"]}
            epoch = str(epochs["me"])
        except (KeyError, TypeError):
            raise BadAnswer("The server does not say what can be synchronised.") from None
        known = self.store.fact("epoch")
        with self.store.write() as connection:
            if known not in (None, epoch):
                _forget(connection, self.scopes())
                put_fact(connection, "put_back", epoch)
            _forget(connection, [one for one in self.scopes() if one not in epochs])
            put_fact(connection, "epoch", epoch)
            fresh = "INSERT OR IGNORE INTO scopes (scope, round) VALUES (?, 1)"
            connection.executemany(fresh, [(one,) for one in epochs])
        return self.store.fact("put_back") is not None

    def scopes(self) -> list[str]:
        """What is mine comes first: it is small, and says most."""
        return [
            str(one) for (one,) in self.store.rows("SELECT scope FROM scopes ORDER BY scope <> 'me', scope")
        ]

    def follow(self) -> int:
        """Everything up to now. Returns how many lines came. Raises `Refused`: `epoch_changed` and
        `scope_denied` mean to `begin` again."""
        return sum(self._follow(scope) for scope in self.scopes())

    def _follow(self, scope: str) -> int:
        try:
            return sum(self._snapshot(scope)) + sum(self._changes(scope))
        except Refused as error:
            if error.code not in _LOST:
                raise
        with self.store.write() as connection:
            again = "UPDATE scopes SET cursor = NULL, page = NULL, round = round + 1 WHERE scope = ?"
            connection.execute(again, (scope,))
        return sum(self._snapshot(scope)) + sum(self._changes(scope))

    def _snapshot(self, scope: str) -> Iterator[int]:
        """From where it was interrupted. What is not in it is dropped at its end, not before."""
        while True:
            [(cursor, page, round_)] = self._state(scope)
            if cursor is not None:
                return
            lines, ending = self._page({"scope": scope} if page is None else {"page": page})
            with self.store.write() as connection:
                take(connection, map(parsed, lines), {scope: round_})
                if "cursor" in ending:
                    old = "DELETE FROM items WHERE scope = ? AND round < ?"
                    connection.execute(old, (scope, round_))
                done = "UPDATE scopes SET cursor = ?, page = ? WHERE scope = ?"
                connection.execute(done, (ending.get("cursor"), ending.get("page"), scope))
            yield len(lines)

    def _page(self, asked: dict[str, Any]) -> tuple[list[bytes], dict[str, Any]]:
        *lines, last = self.api.lines("/sync/snapshot", **asked)
        ending = parsed(last)
        if not isinstance(ending.get("cursor", ending.get("page")), str):
            raise BadAnswer("A page of the snapshot ends without saying how to go on.")
        return lines, ending

    def _changes(self, scope: str) -> Iterator[int]:
        more = True
        while more:
            [(cursor, _, round_)] = self._state(scope)
            told = self.api.get("/sync/changes", cursor=cursor, limit=CHANGES)
            try:
                changes, following, more = list(told["changes"]), str(told["next"]), told["more"]
            except (KeyError, TypeError):
                raise BadAnswer("The server's changes are not as the protocol says.") from None
            with self.store.write() as connection:
                take(connection, changes, {scope: round_})
                connection.execute("UPDATE scopes SET cursor = ? WHERE scope = ?", (following, scope))
                if scope == "me" and not more:
                    self.caught_up(connection)
            yield len(changes)

    def _state(self, scope: str) -> list[tuple[Any, ...]]:
        return self.store.rows("SELECT cursor, page, round FROM scopes WHERE scope = ?", scope)

    def bell(self) -> str:
        """A cursor of all scopes, to wait with. Take it before `follow`: what comes after it rings."""
        return str(self._page({"type": _NOWHERE})[1]["cursor"])

    def rung(self, bell: str, seconds: float = WAIT) -> bool:
        """True as soon as something has changed since, False after so many seconds without."""
        try:
            told = self.api.get("/sync/changes", cursor=bell, limit=1, wait=seconds)
        except Refused as error:
            if error.status not in (403, 409, 410):
                raise
            return True
        return bool(told["changes"])

    def mend(self) -> list[str]:
        """Compare the copy with the server, and take anew what differs. Returns those types."""
        mended = []
        for scope in self.scopes():
            if types := self._differing(scope):
                self._follow(scope)  # what has changed since the last answer is no difference
                types = types & self._differing(scope)
            if types:
                self._retake(scope, sorted(types))
                mended += sorted(types)
        return mended

    def _differing(self, scope: str) -> set[str]:
        told = self.api.get("/sync/digest", scope=scope)
        try:
            theirs = {Digest(one["scope"], one["type"], one["items"], one["sum"]) for one in told["items"]}
        except (KeyError, TypeError):
            raise BadAnswer("The server's digest is not as the protocol says.") from None
        return {one.type for one in theirs ^ digests(self.store, scope)}

    def _retake(self, scope: str, types: list[str]) -> None:
        """In one transaction each page; interrupted, the next comparison begins it anew."""
        [(_, _, round_)] = self._state(scope)
        with self.store.write() as connection:
            connection.execute("UPDATE scopes SET round = round + 1 WHERE scope = ?", (scope,))
        asked: dict[str, Any] | None = {"scope": scope, "type": types}
        while asked is not None:
            lines, ending = self._page(asked)
            with self.store.write() as connection:
                take(connection, map(parsed, lines), {scope: round_ + 1})
            asked = {"page": ending["page"]} if "page" in ending else None
        old = f"DELETE FROM items WHERE scope = ? AND round <= ? AND type IN ({marks(types)})"  # noqa: S608
        with self.store.write() as connection:
            connection.execute(old, (scope, round_, *types))


def _forget(connection: Connection, scopes: list[str]) -> None:
    for scope in scopes:
        for statement in ("DELETE FROM items WHERE scope = ?", "DELETE FROM gone WHERE scope = ?",
                          "DELETE FROM scopes WHERE scope = ?"):  # fmt: skip
            connection.execute(statement, (scope,))
