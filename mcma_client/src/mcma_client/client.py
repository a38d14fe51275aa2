"""A folder with a copy of what one person has at one server: all of this package put together."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import httpx2 as httpx

from mcma_client.api import Api, address
from mcma_client.clock import Clock, now, uuid7
from mcma_client.errors import ClientError, Refused, Unreachable
from mcma_client.login import Login
from mcma_client.replica import Replica
from mcma_client.store import Store, only_one, put_fact

_AGAIN = ("epoch_changed", "scope_denied")
_TRIES = 3


class Synced(NamedTuple):
    """`lines` came. `anew`: the server's data had been put back, so all of it was taken again."""

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

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "replica.db")

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
            api = self._api(Login(url, username, self._device(), "", ""))
            try:
                self._entered(api, password, device_name)
            finally:
                api.close()
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
            api = self._api(Login.read(self.folder))
            try:
                api.leave()
            except (Unreachable, Refused):
                pass
            finally:
                api.close()
            Login.forget(self.folder)

    def sync(self, *, compare: bool = False) -> Synced:
        """Up to now; with `compare`, make sure that the copy is the same."""
        with only_one(self.folder):
            api = self._api(Login.read(self.folder))
            try:
                return self._synced(api, compare)
            finally:
                api.close()

    def _synced(self, api: Api, compare: bool) -> Synced:
        replica, anew = Replica(self.store, api), False
        for left in reversed(range(_TRIES)):
            anew |= replica.begin()
            try:
                lines = replica.follow()
                if compare:
                    replica.mend()
            except Refused as error:
                if error.code not in _AGAIN or not left:
                    raise
            else:
                return Synced(lines, anew)
        raise AssertionError("unreachable: the last try returns or raises")

    def _api(self, login: Login) -> Api:
        return Api(login, lambda made: made.write(self.folder), self.transport, self.sleep)
