"""A device of a world: its process may end at any moment, its wire fails, and what it sends is noted."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import httpx2 as httpx
import orjson

from mcma.services.people.devices import DeviceFacts
from mcma_client import Client, Refused, Unreachable
from mcma_client.clock import time_of, uuid7
from mcma_client.errors import NotLoggedIn
from mcma_client.login import Login
from mcma_client.outbox import Event, followed
from mcma_client.replica import Replica
from mcma_client.store import Connection
from mcma_plugins.ids import DeviceId
from tests.support.dying import Died
from tests.support.offline import Bridge, Clock, Wire
from tests.support.server import PASSWORD
from tests.support.sync_world import World


class Killed(BaseException):
    """The process of a client is gone."""


class Sending(NamedTuple):
    """A push that reached the server, and when it was there."""

    began: datetime
    ended: datetime
    sent_at: datetime
    ids: frozenset[str]
    request: httpx.Request


@dataclass
class Tap(httpx.BaseTransport):
    """What arrives at the server. Its answers are read even where the client never hears of them."""

    world: World
    sendings: list[Sending] = field(default_factory=list)
    wrong: list[tuple[str, int, str]] = field(default_factory=list)
    """Answers that no server should give."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.world.app is None:
            raise httpx.ConnectError("the server is down")
        began = datetime.now(UTC)
        try:
            answer = Bridge(self.world.app, self.world.loop.loop).handle_request(request)
        except Died:
            raise httpx.ReadError("the server died") from None
        finally:
            self._note(request, began)
        if answer.status_code >= 500:
            self.wrong.append((str(request.url), answer.status_code, answer.read().decode()))
        return answer

    def _note(self, request: httpx.Request, began: datetime) -> None:
        if request.url.path.endswith("/sync/push"):
            said = orjson.loads(request.content)
            ids = frozenset(one["id"] for one in said["events"])
            now = datetime.now(UTC)
            self.sendings.append(Sending(began, now, time_of(said["sent_at"]), ids, request))


class Phone:
    """`index` tells the devices apart."""

    def __init__(self, world: World, name: str, index: int) -> None:
        self.world, self.name = world, name
        self.folder = Path(world.place.folder / f"phone{index}")
        self.clock, self.tap = Clock(), Tap(world)
        self.wire = Wire(self.tap)
        self.client = self._opened()
        self._register()

    def _register(self) -> None:
        """Logged in without the cost of a password."""
        id_ = uuid7(self.clock())
        login = self.world.loop.run(_logged_in(self.world, self.name, id_))
        login.write(self.folder)
        with self.client.store.write() as connection:
            connection.execute("INSERT INTO facts VALUES ('device', ?)", (str(id_),))
            connection.execute("INSERT INTO facts VALUES ('owner', ?)", (f"{self.name} at http://test",))

    def _opened(self) -> Client:
        return Client(self.folder, self.wire, self.clock, lambda _: None)

    @property
    def id(self) -> str:
        return str(self.client.store.fact("device"))

    def close(self) -> None:
        self.client.close()

    def reopen(self) -> None:
        """Whatever was in memory is gone."""
        self.client.close()
        self.client = self._opened()

    def done(self) -> list[Event]:
        """All that is in the outbox: what a person did and can count on."""
        query = "SELECT n, id, type, at, data FROM outbox ORDER BY n"
        return [
            Event(n, id_, type_, at, orjson.loads(data))
            for n, id_, type_, at, data in self.client.store.rows(query)
        ]

    # Talking to the server: True if it came to its end

    def sync(self, how: str = "both") -> bool:
        try:
            self._tried(how)
        except Unreachable:
            return False
        except (Refused, NotLoggedIn) as error:
            if isinstance(error, Refused) and error.status == 503:
                return False
            if isinstance(error, Refused) and error.code != "device_revoked":
                raise
            return self._entered() and self.sync(how)
        return True

    def _tried(self, how: str) -> None:
        if how == "both":
            self.client.sync()
            return
        with self.client._connected() as api:
            if how == "push":
                self.client.outbox.push(api, self.id)
                return
            replica = Replica(self.client.store, api, followed)
            with suppress(Refused):  # the epoch, or a scope: a whole sync sees to it
                replica.follow()

    def _entered(self) -> bool:
        """With a password, as somebody whose login has ended."""
        with suppress(Unreachable):
            self.client.login("http://test", self.name, PASSWORD)
            return True
        return False

    def overtaken(self) -> None:
        """The second half of what waits arrives before the first."""
        waiting = self.client.outbox._batch()
        later = waiting[len(waiting) // 2 :]
        with suppress(Unreachable, Refused, NotLoggedIn), self.client._connected() as api:
            self.client.outbox._told(api, self.id, later or waiting)

    def replayed(self, number: int) -> None:
        """Something that was sent before arrives once more, and nobody hears the answer."""
        if self.tap.sendings:
            again = self.tap.sendings[number % len(self.tap.sendings)].request
            with suppress(httpx.TransportError):
                self.tap.handle_request(again)

    @contextmanager
    def dying(self, request: int | None, commit: int | None) -> Iterator[None]:
        """The process ends at so many requests or steps of writing, counted from 0; afterwards there is
        another one."""
        inner, store = self.wire.inner, self.client.store
        self.wire.inner = _Mortal(inner, request)
        store.write = _mortal_writes(store.write, commit)  # type: ignore[method-assign]
        try:
            yield
        except Killed:
            pass
        finally:
            self.wire.inner = inner
            self.reopen()


class _Mortal(httpx.BaseTransport):
    """Even numbers: before the request, odd ones: before its answer is heard."""

    def __init__(self, inner: httpx.BaseTransport, at: int | None) -> None:
        self._inner, self._at, self._step = inner, at, 0

    def _count(self) -> None:
        if self._step == self._at:
            raise Killed
        self._step += 1

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._count()
        answer = self._inner.handle_request(request)
        self._count()
        return answer


def _mortal_writes(write: Any, at: int | None) -> Any:
    step = 0

    def count() -> None:
        nonlocal step
        if step == at:
            raise Killed
        step += 1

    @contextmanager
    def mortal() -> Iterator[Connection]:
        with write() as connection:
            yield connection
            count()
        count()

    return mortal


async def _logged_in(world: World, name: str, device: Any) -> Login:
    caller = world.seed.callers[name]
    await world.core.services.devices.register(caller, device, DeviceFacts("phone", "tests", None))
    pair = await world.core.services.sessions.open(replace(caller, device_id=DeviceId(device)))
    return Login("http://test", name, str(device), pair.access.value, pair.refresh)
