"""Devices of people who are not always connected: the real client, in front of the real application, with a
wire between them that fails as it is told to."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import UUID

import httpx2 as httpx

from mcma.services.people.devices import DeviceFacts
from mcma_client import Client, ClientError, Fetched, Rest
from mcma_client.clock import uuid7
from mcma_client.login import Login
from mcma_plugins.ids import DeviceId
from tests.support.server import Person, Server

Fault = Literal["refuse", "lose_answer", "repeat", "busy", "cut", "delay"]
"""`refuse`: the request does not arrive. `lose_answer`: it does, and the client never hears of it. `repeat`:
it arrives twice. `busy`: 503 with `Retry-After`. `cut`: half of the answer. `delay`: the client hears nothing
and the request arrives after the next one."""


class Bridge(httpx.BaseTransport):
    """From the thread of a client to an application in the loop of a test."""

    def __init__(self, app: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._inner = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("127.0.0.1", 1234))
        self._loop = loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run_coroutine_threadsafe(self._answered(request), self._loop).result(60)

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        copy = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        response = await self._inner.handle_async_request(copy)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        content = b"".join([piece async for piece in response.stream])
        return httpx.Response(response.status_code, headers=response.headers, stream=Pieces([content]))


class Pieces(httpx.SyncByteStream):
    """Those of an answer; after the last one, the connection may be cut."""

    def __init__(self, pieces: list[bytes], *, cut: bool = False) -> None:
        self._pieces, self._cut = pieces, cut

    def __iter__(self) -> Any:
        yield from self._pieces
        if self._cut:
            raise httpx.ReadError("cut")


@dataclass
class Wire(httpx.BaseTransport):
    """`faults` happen one after the other to requests whose path has `at` in it; then all is well."""

    inner: httpx.BaseTransport
    faults: list[Fault] = field(default_factory=list)
    at: str = ""
    asked: list[str] = field(default_factory=list)
    """Method and path of every request that was tried."""
    instead: dict[str, list[httpx.Response]] = field(default_factory=dict)
    """Of a server that does otherwise, to requests with the key in their path; then the real one answers."""
    _late: httpx.Request | None = None

    def fails(self, *faults: Fault, at: str = "") -> None:
        self.faults, self.at = list(faults), at

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(f"{request.method} {request.url.path}")
        for part, answers in self.instead.items():
            if part in request.url.path and answers:
                return answers.pop(0)
        fault = self.faults.pop(0) if self.faults and self.at in request.url.path else None
        if fault in ("refuse", "delay"):
            self._late = request if fault == "delay" else self._late
            raise httpx.ConnectError("no network")
        if fault == "busy":
            return httpx.Response(503, headers={"retry-after": "7"})
        answer = self.inner.handle_request(request)
        if fault == "repeat":
            answer = self.inner.handle_request(request)
        if self._late is not None:
            late, self._late = self._late, None
            self.inner.handle_request(late)
        if fault == "lose_answer":
            raise httpx.ReadTimeout("the answer is lost")
        return _half(answer) if fault == "cut" else answer


def _half(answer: httpx.Response) -> httpx.Response:
    assert isinstance(answer.stream, httpx.SyncByteStream)
    content = b"".join(answer.stream)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    cut = Pieces([content[: len(content) // 2]], cut=True)
    return httpx.Response(answer.status_code, headers=headers, stream=cut)


@dataclass
class Clock:
    """Stands still, unless it is moved."""

    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Device:
    """`await device.does(client.sync)`: whatever talks to the server runs in a thread of its own."""

    client: Client
    wire: Wire
    clock: Clock
    slept: list[float]

    async def does(self, what: Callable[..., Any], *with_: Any, **more: Any) -> Any:
        return await asyncio.to_thread(what, *with_, **more)

    async def sync(self, **more: Any) -> Any:
        return await self.does(self.client.sync, **more)


class Came(NamedTuple):
    got: list[Fetched]
    failed: list[tuple[str, ClientError]]
    rest: Rest


async def brought(device: Device, *, wait: bool = True) -> Came:
    """What a device fetches of what is pinned."""
    got, failed = list[Fetched](), list[tuple[str, ClientError]]()
    rest = await device.does(device.client.fetch, got.append, lambda *one: failed.append(one), wait=wait)
    return Came(got, failed, rest)


async def device_of(server: Server, person: Person, folder: Path, name: str = "laptop") -> Device:
    """One more, registered and logged in without the cost of a password."""
    assert person.caller is not None
    clock, slept = Clock(), list[float]()
    id_ = uuid7(clock())
    login = await logged_in(server, person, id_, name)
    login.write(folder)
    wire = Wire(Bridge(server.app, asyncio.get_running_loop()))
    client = Client(folder, wire, clock, slept.append)
    with client.store.write() as connection:
        connection.execute("INSERT INTO facts VALUES ('device', ?)", (str(id_),))
    return Device(client, wire, clock, slept)


async def logged_in(server: Server, person: Person, device: UUID, name: str = "laptop") -> Login:
    assert person.caller is not None
    await server.core.services.devices.register(person.caller, device, DeviceFacts(name, "tests", None))
    pair = await server.core.services.sessions.open(replace(person.caller, device_id=DeviceId(device)))
    return Login("http://test", person.caller.name, str(device), pair.access.value, pair.refresh)
