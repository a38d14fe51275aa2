"""A web server of which every byte is said by the test: real HTTP on loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

CLOSED = (ConnectionError, asyncio.IncompleteReadError)


class Request(NamedTuple):
    target: str
    """Path and query, as they came."""
    headers: Mapping[str, str]
    """Names in lower case."""
    method: str = "GET"
    content: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


Write = Callable[[bytes], Awaitable[None]]
Answer = Callable[[Request, Write], Awaitable[None]]


def saying(
    status: int = 200, content: bytes = b"", headers: Mapping[str, str] | None = None, **more: str
) -> Answer:
    """A plain answer. `content_type="text/html"` is that header."""
    named = {**(headers or {}), **more}

    async def answer(_: Request, write: Write) -> None:
        await write(head(status, {"content-length": str(len(content)), **named}) + content)

    return answer


def head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} said by the test", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class WebServer:
    """What is at which path. Whatever else is asked for is not there."""

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    paths: dict[str, Answer] = field(default_factory=dict)
    otherwise: Answer | None = None
    """For all other paths."""
    asked: list[Request] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"{self.scheme}://{self.address}{path}"

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(content: bytes) -> None:
            writer.write(content)
            await writer.drain()

        try:
            with suppress(*CLOSED):
                request = _request(await reader.readuntil(b"\r\n\r\n"))
                length = int(request.headers.get("content-length", "0"))
                request = request._replace(content=await reader.readexactly(length))
                self.asked.append(request)
                await self.paths.get(request.path, self.otherwise or saying(404))(request, write)
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()


def _request(text: bytes) -> Request:
    first, *lines = text.decode().split("\r\n")
    fields = [line.partition(":") for line in lines if line]
    method, target, _ = first.split(" ")
    return Request(target, {name.lower(): value.strip() for name, _, value in fields}, method)


@asynccontextmanager
async def serving_web(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[WebServer]:
    web = WebServer(scheme="https" if tls else "http", host=host)
    talks: set[asyncio.Task[None]] = set()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        task.add_done_callback(talks.discard)
        with suppress(asyncio.CancelledError):
            await web.talk(reader, writer)

    server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=tls)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()
