"""Connections to public addresses alone. A host is looked up once; what was judged is what is connected to.

So a name cannot point elsewhere between the look and the connection. TLS verifies the name, not the address.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

import httpcore2
import httpx2

from mcma_plugins._addresses import Resolver, is_offline, is_public
from mcma_plugins.errors import PermanentError, PluginError, RetryLater

_MOST_ADDRESSES: Final = 4
_HOST: Final = re.compile(rb"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}", re.IGNORECASE)
_LONGEST_URL: Final = 4096
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_FIRST_FREE_PORT, _LAST_PORT = 1024, 65535
CONNECTIONS: Final = 10


class Times(NamedTuple):
    """Seconds."""

    connect: float = 10
    read: float = 20
    """Between two pieces of an answer."""
    whole: float = 60
    """From the question to the last byte, redirects included. Downloads have one of their own."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What may be asked, and where that may be."""

    resolver: Resolver
    allowed: frozenset[str] = frozenset()
    """`host:port` of those that may be anywhere, in lower case."""

    def check(self, text: str | httpx2.URL) -> httpx2.URL:
        """Raises `PermanentError` (code refused_address) for what is no address of the web."""
        try:
            url = httpx2.URL(text)
            port = url.port or _DEFAULT_PORTS.get(url.scheme, 0)
        except (httpx2.InvalidURL, ValueError, TypeError) as error:
            raise refused("That is no address.") from error
        if url.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(url.raw_host):
            raise refused("Only http and https addresses are asked.")
        if url.userinfo:
            raise refused("An address with a name and password in it is not asked.")
        if len(str(url)) > _LONGEST_URL:
            raise refused("The address is too long.")
        if not _is_port_of_the_web(port) and not self.allows(url.host, port):
            raise refused(f"Port {port} belongs to something other than the web.")
        return url.copy_with(fragment=None)

    def allows(self, host: str, port: int) -> bool:
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}".lower() in self.allowed

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Where to connect to. One address that is not public refuses them all."""
        found = await self.resolver(host, port)
        if not found:
            raise RetryLater(f"The name {host} has no address.", code="unreachable")
        if not self.allows(host, port) and not all(is_public(one) for one in found):
            raise refused(f"{host} is not on the public internet.")
        return found[:_MOST_ADDRESSES]


def _is_port_of_the_web(port: int) -> bool:
    return _FIRST_FREE_PORT <= port <= _LAST_PORT or port in _DEFAULT_PORTS.values()


def refused(message: str) -> PermanentError:
    return PermanentError(message, code="refused_address")


class _Connections(httpcore2.AsyncNetworkBackend):
    def __init__(self, guard: Guard) -> None:
        self._guard, self._plain = guard, httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        seconds = Times().connect if timeout is None else timeout
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._guard.addresses(host, port)
                return await self._first_of(addresses, port, seconds / len(addresses))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f"{host} does not answer.") from error

    async def _first_of(
        self, addresses: Sequence[str], port: int, seconds: float
    ) -> httpcore2.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await self._plain.connect_tcp(address, port, seconds)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._plain.connect_tcp(addresses[-1], port)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()


@cache
def _trusted() -> ssl.SSLContext:
    """Takes a while: it reads the certificates of everybody who may vouch for a name."""
    return httpx2.create_ssl_context()


class Line:
    """Sends one request after the other. No cookies, no proxies, no redirects, nothing logged."""

    def __init__(self, guard: Guard, times: Times, tls: ssl.SSLContext | None) -> None:
        self._guard, self._times, self._tls = guard, times, tls
        self._pools: dict[str, httpcore2.AsyncConnectionPool] = {}

    async def _pool(self, scheme: str) -> httpcore2.AsyncConnectionPool:
        """Of its own for https, so that nobody reads certificates who needs none."""
        tls = (self._tls or await asyncio.to_thread(_trusted)) if scheme == "https" else None
        if scheme not in self._pools:
            self._pools[scheme] = httpcore2.AsyncConnectionPool(
                ssl_context=tls,
                max_connections=CONNECTIONS,
                keepalive_expiry=30,
                network_backend=_Connections(self._guard),
            )
        return self._pools[scheme]

    @asynccontextmanager
    async def sent(
        self, url: httpx2.URL, headers: httpx2.Headers, form: bytes | None = None
    ) -> AsyncIterator[httpx2.Response]:
        """`form` is posted; without it something is got."""
        with told(url.host):
            pool = await self._pool(url.scheme)
            answer = await pool.handle_async_request(self._request(url, headers, form))
            stream = _Stream(answer)
            try:
                yield httpx2.Response(answer.status, headers=answer.headers, stream=stream)
            finally:
                await stream.aclose()

    def _request(self, url: httpx2.URL, headers: httpx2.Headers, form: bytes | None) -> httpcore2.Request:
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        method = "GET" if form is None else "POST"
        named = httpx2.Request(method, url, headers=headers, content=form).headers.raw
        return httpcore2.Request(
            method, target, headers=named, content=form, extensions={"timeout": self._timeouts()}
        )

    def _timeouts(self) -> dict[str, float]:
        connect, read, whole = self._times
        return {"connect": connect, "read": read, "write": read, "pool": whole}

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()


class told:  # noqa: N801  it reads as a statement
    """Says in the contract's errors what goes wrong on the line to `host`."""

    def __init__(self, host: str) -> None:
        self._host = host

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        fault = None if error is None else self._fault(error)
        if fault is not None:
            raise fault from error

    def _fault(self, error: BaseException) -> PluginError | None:
        match error:
            case httpcore2.TimeoutException() | TimeoutError():
                return RetryLater(f"{self._host} takes too long.", code="unreachable")
            case httpcore2.NetworkError() if is_offline(error):
                return RetryLater("There is no network.", code="no_network")
            case httpcore2.ConnectError():
                return RetryLater(f"{self._host} cannot be reached.", code="unreachable")
            case httpcore2.NetworkError() | httpcore2.RemoteProtocolError():
                return RetryLater(f"{self._host} ended before its answer did.", code="incomplete")
            case httpcore2.LocalProtocolError() | httpcore2.UnsupportedProtocol():
                return refused("That cannot be asked.")
            case httpx2.DecodingError():
                return RetryLater(f"The answer of {self._host} cannot be unpacked.", code="bad_answer")
        return None
