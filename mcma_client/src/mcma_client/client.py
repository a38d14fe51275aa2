"""A folder with a copy of what one person has at one server: all of this package put together."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import httpx2 as httpx

from mcma_client.api import Api, address
from mcma_client.clock import Clock, now, uuid7
from mcma_client.errors import ClientError, Refused, Unreachable
from mcma_client.fetching import Fetched, Fetching, Rest
from mcma_client.files import Files
from mcma_client.login import Login
from mcma_client.outbox import Outbox, Rejected, followed
from mcma_client.overlay import Overlay
from mcma_client.recorder import Recorder
from mcma_client.replica import Replica
from mcma_client.store import Store, only_one, put_fact

_AGAIN = ("epoch_changed", "scope_denied")
_TRIES = 3
WATCHED = 600.0
"""Seconds after which all of it is looked at anew, whatever was heard."""
LISTENED = 5.0
"""Seconds after which what was done here is looked for."""


class Synced(NamedTuple):
    """`sent` events went, `lines` came. `anew`: the server's data had been put back, so all came again."""

    sent: int
    rejected: list[Rejected]
    lines: int
    anew: bool


@dataclass
class Client:
    """Reading and recording need no connection; `login`, `sync`, `watch` and `logout` do, and take turns with
    those of other processes (`FolderInUse`)."""

    folder: Path
    transport: httpx.BaseTransport | None = None
    clock: Clock = now
    sleep: Callable[[float], None] = time.sleep
    store: Store = field(init=False)
    outbox: Outbox = field(init=False)
    record: Recorder = field(init=False)
    see: Overlay = field(init=False)
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "replica.db")
        self.outbox = Outbox(self.store, self.clock)
        self.record, self.see = Recorder(self.store, self.outbox), Overlay(self.store)
        self.files = Files(self.store, self.folder / "music")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.store.connection.close()

    def login(self, url: str, username: str, password: str, device_name: str = "laptop") -> None:
        with only_one(self.folder):
            url = address(url)
            owner = f"{username} at {url}"
            if (known := self.store.fact("owner")) not in (None, owner):
                raise ClientError(f"This folder holds the copy of {known}: use another one.")
            with closing(self._api(Login(url, username, self._device(), "", ""))) as api:
                self._entered(api, password, device_name)
            with self.store.write() as connection:
                put_fact(connection, "owner", owner)

    def _entered(self, api: Api, password: str, device_name: str) -> None:
        """A device that was revoked never comes back: this is a new one then."""
        try:
            api.enter(password, device_name)
        except Refused as error:
            if error.code != "device_revoked":
                raise
            with self.store.write() as connection:
                connection.execute("DELETE FROM facts WHERE name = 'device'")
            api.login = Login(api.login.url, api.login.username, self._device(), "", "")
            api.enter(password, device_name)

    def _device(self) -> str:
        known = self.store.fact("device")
        if known is None:
            known = str(uuid7(self.clock()))
            with self.store.write() as connection:
                put_fact(connection, "device", known)
        return known

    def logout(self) -> None:
        """End the login at the server, if it can be reached, and forget it here. The copy stays."""
        with only_one(self.folder):
            with self._connected() as api, suppress(Unreachable, Refused):
                api.leave()
            Login.forget(self.folder)

    def sync(self, *, compare: bool = False) -> Synced:
        """Send what was done here, and follow what was done elsewhere. `compare`: make sure that the copy is
        the same."""
        with only_one(self.folder), self._connected() as api:
            return self._synced(api, compare)

    def watch(self, told: Callable[[Synced], None], *, rounds: int | None = None) -> None:
        """Synchronise whenever something changes there, and every few seconds if something was done here."""
        with only_one(self.folder), self._connected() as api:
            replica = Replica(self.store, api)
            while rounds is None or rounds > 0:
                bell = replica.bell()
                told(self._synced(api, False))
                until = time.monotonic() + WATCHED
                while time.monotonic() < until and not self.outbox.waiting():
                    if replica.rung(bell, LISTENED):
                        break
                rounds = None if rounds is None else rounds - 1

    def fetch(
        self, fetched: Callable[[Fetched], None], failed: Callable[[str, ClientError], None], *,
        wait: bool = True,
    ) -> Rest:  # fmt: skip
        """What is pinned and not here, as it was synchronised; what no pin wants is deleted. `wait` for what
        the server has to make first."""
        with only_one(self.folder), self._connected() as api:
            return Fetching(api, self.files, fetched, failed).all(wait=wait)

    def _synced(self, api: Api, compare: bool) -> Synced:
        replica, anew = Replica(self.store, api, followed), False
        sent, rejected = 0, list[Rejected]()
        for left in reversed(range(_TRIES)):
            anew |= self._begun(api, replica)
            pushed = self.outbox.push(api, self._device())
            sent, rejected = sent + pushed.sent, rejected + pushed.rejected
            try:
                lines = replica.follow()
                if compare:
                    replica.mend()
            except Refused as error:
                if error.code not in _AGAIN or not left:
                    raise
            else:
                return Synced(sent, rejected, lines, anew)
        raise AssertionError("unreachable: the last try returns or raises")

    def _begun(self, api: Api, replica: Replica) -> bool:
        """A server that was put back from a backup has lost what it got since: it is sent again."""
        anew = replica.begin()
        if anew:
            acked = self._acked(api)
            with self.store.write() as connection:
                self.outbox.resume(connection, acked)
                connection.execute("DELETE FROM facts WHERE name = 'put_back'")
        return anew

    def _acked(self, api: Api) -> int:
        try:
            return int(api.get(f"/devices/{self._device()}")["acked_n"])
        except Refused as error:
            if error.status != 404:
                raise
            return 0

    @contextmanager
    def _connected(self) -> Iterator[Api]:
        with closing(self._api(Login.read(self.folder))) as api:
            yield api

    def _api(self, login: Login) -> Api:
        return Api(login, lambda made: made.write(self.folder), self.transport, self.sleep)
