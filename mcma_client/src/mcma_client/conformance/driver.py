"""The reference client, driven by the suite: `python -m mcma_client.conformance.driver`.

One process is one device. It reads lines of JSON, `{"ask": "sync"}`, and answers each with one line: a table,
with `error` (a text) for what could not be done, `unsupported` (true) for what it does not know.
`docs/conformance.md` has the whole protocol.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mcma_client import Client, ClientError, items
from mcma_client.api import Api
from mcma_client.clock import now, uuid7
from mcma_client.login import Login
from mcma_client.store import put_fact

Given = dict[str, Any]
PAUSE = 0.05
"""Seconds at most between two tries: nobody waits here for a network to come back."""


class Reference:
    """Answers messages, in this process or in one of its own."""

    def __init__(self) -> None:
        self._client: Client | None = None
        self._killed = False
        self._ahead = timedelta()

    @property
    def client(self) -> Client:
        if self._client is None:
            raise ClientError("Nobody is logged in.")
        return self._client

    def answer(self, message: Given) -> Given:
        asked = message.get("ask")
        does = getattr(self, f"ask_{asked}", None)
        if does is None:
            return {"unsupported": True}
        try:
            told: Given = does({key: value for key, value in message.items() if key != "ask"})
        except (ClientError, sqlite3.Error) as error:
            if not isinstance(error, ClientError) and not self._killed:
                raise
            return {"error": f"{type(error).__name__}: {error}"}
        return told

    def kill(self) -> None:
        """What was not committed is lost, as with a process."""
        self._killed = True
        if self._client is not None:
            self._client.close()

    def ask_hello(self, given: Given) -> Given:
        return {"name": "mcma-client", "protocol": 1}

    def ask_login(self, given: Given) -> Given:
        client = self._opened(given["folder"])
        if given.get("access_token") is None:
            client.login(given["url"], given["user"], given["password"], given["device_name"])
        else:
            self._adopted(client, given)
        return {"device_id": client.store.fact("device")}

    def ask_open(self, given: Given) -> Given:
        self._opened(given["folder"])
        return {}

    def ask_clock(self, given: Given) -> Given:
        self._ahead = timedelta(seconds=given["ahead"])
        return {}

    def ask_do(self, given: Given) -> Given:
        does = ACTIONS.get(given.pop("action"))
        return {"unsupported": True} if does is None else does(self.client, given) or {}

    def ask_sync(self, given: Given) -> Given:
        done = self.client.sync(compare=False)
        return {
            "sent": done.sent,
            "rejected": [{"id": one.event.id, "code": one.code} for one in done.rejected],
        }

    def ask_dump(self, given: Given) -> Given:
        store = self.client.store
        rows = store.rows("SELECT scope, type, id, rev, data FROM items")
        lines = [
            {"scope": scope, "type": type_, "id": id_, "rev": rev, "data": json.loads(data)}
            for scope, type_, id_, rev, data in rows
        ]
        scopes = [scope for (scope,) in store.rows("SELECT scope FROM scopes")]
        return {
            "lines": lines,
            "digests": [one._asdict() for scope in scopes for one in items.digests(store, scope)],
        }

    def ask_exit(self, given: Given) -> Given:
        self.kill()
        return {}

    def _opened(self, folder: str) -> Client:
        self._client = Client(Path(folder), clock=self._clock, sleep=_hurry)
        return self._client

    def _clock(self) -> datetime:
        return now() + self._ahead

    @staticmethod
    def _adopted(client: Client, given: Given) -> None:
        """A login that somebody else holds: it ends with theirs."""
        device = str(uuid7(client.clock()))
        login = Login(given["url"], given["user"], device, given["access_token"], "")
        with closing(Api(login, lambda _: None, sleep=_hurry)) as api:
            api.put(f"/devices/{device}", {"name": given["device_name"], "client": "mcma-client"})
        login.write(client.folder)
        with client.store.write() as connection:
            put_fact(connection, "device", device)


def _hurry(seconds: float) -> None:
    time.sleep(min(seconds, PAUSE))


def _like(client: Client, given: Given) -> None:
    client.record.like("track", given["track_id"])


def _unlike(client: Client, given: Given) -> None:
    client.record.like("track", given["track_id"], False)


def _rate(client: Client, given: Given) -> None:
    client.record.rate("track", given["track_id"], given["rating"])


def _play(client: Client, given: Given) -> None:
    began = client.clock() - timedelta(seconds=given.get("ago_seconds", 0))
    client.record.play(given["track_id"], given["ms_played"], began)


def _bookmark(client: Client, given: Given) -> None:
    client.record.bookmark(given["track_id"], **{key: given[key] for key in given if key != "track_id"})


def _drop_bookmark(client: Client, given: Given) -> None:
    client.record.drop_bookmark(given["track_id"])


def _set(client: Client, given: Given) -> None:
    client.record.setting(given["name"], given["value"])


def _create_playlist(client: Client, given: Given) -> Given:
    return {"id": client.record.create_playlist(given["name"])}


def _rename_playlist(client: Client, given: Given) -> None:
    client.record.update_playlist(given["playlist_id"], name=given["name"])


def _delete_playlist(client: Client, given: Given) -> None:
    client.record.delete_playlist(given["playlist_id"])


def _add(client: Client, given: Given) -> Given:
    return {"ids": client.record.add_tracks(given["playlist_id"], given["track_ids"])}


def _move(client: Client, given: Given) -> None:
    client.record.move_row(given["playlist_id"], given["row_id"], given["index"])


def _remove(client: Client, given: Given) -> None:
    client.record.remove_rows(given["playlist_id"], given["row_ids"])


ACTIONS: Mapping[str, Callable[[Client, Given], Given | None]] = {
    "like": _like, "unlike": _unlike, "rate": _rate, "play": _play, "bookmark": _bookmark,
    "drop_bookmark": _drop_bookmark, "set": _set, "create_playlist": _create_playlist,
    "rename_playlist": _rename_playlist, "delete_playlist": _delete_playlist, "add": _add, "move": _move,
    "remove": _remove,
}  # fmt: skip


def main() -> int:
    reference = Reference()
    for line in sys.stdin:
        message = json.loads(line)
        sys.stdout.write(json.dumps(reference.answer(message)) + "\n")
        sys.stdout.flush()
        if message.get("ask") == "exit":
            return 0
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
