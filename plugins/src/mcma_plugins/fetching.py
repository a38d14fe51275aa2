"""Getting things over HTTP: for plugins and for core, the one way to do it. Needs `mcma-plugins[http]`.

Only http and https, only hosts whose every address is on the public internet, at ports 80, 443 and from 1024
on; what was looked up is what is connected to, and every redirect is judged anew. Nothing in it is kept or
sent along: no cookies, no proxies of the environment, no names and passwords in addresses. All of it is
bounded: the connection, each piece, the whole, and the bytes, also when they are unpacked. `SSL_CERT_FILE`
names the certificates to trust instead of those of the system.

What goes wrong is raised as the contract has it:

* `RetryLater`: no_network; unreachable (also 5xx); rate_limited (429); incomplete (half a file); bad_answer
  (a page for people, no JSON).
* `PermanentError`: refused_address; not_found (404, 410); forbidden (401, 403); refused (other 4xx);
  too_large; unexpected_type.
* `AuthorisationNeeded`: 401 and 403, for whoever says `login=True`.
* `OutOfSpace`: the disk is full. The part stays where it is.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

import httpcore2
import httpx2

from mcma_plugins._addresses import Resolver, is_public, resolve
from mcma_plugins._answers import check_packing, check_status, check_type, json_of, retry_after
from mcma_plugins._arriving import Arriving, all_of
from mcma_plugins._guarded import Guard, Line, Times, refused, told
from mcma_plugins._parts import Part
from mcma_plugins.errors import PermanentError, PluginError
from mcma_plugins.sources import FetchProgress

__all__ = ["Resolver", "Said", "Times", "Web", "is_public", "retry_after"]

MIB: Final = 1024 * 1024
MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_HARMLESS: Final = frozenset({"accept", "accept-encoding", "range", "if-range"})
_NOT_SATISFIABLE: Final = 416
_MOST_OF_A_FAULT: Final = 64 * 1024


class Said(NamedTuple):
    content: bytes
    fault: PluginError | None
    """What its status means, when that is no success. Then the content is what the service says of it;
    nothing when that is long, or does not come."""


class Web:
    """One for each service. Close it with `aclose`; it belongs to one event loop.

    `agent` says who asks, as `name/version`. `allowed` has `host:port` of hosts that may be anywhere: a
    mirror at home, the server of a test.
    """

    def __init__(
        self,
        *,
        agent: str,
        allowed: Collection[str] = (),
        times: Times = Times(),  # noqa: B008  a value
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = resolve,
    ) -> None:
        self._agent, self._times = agent, times
        self._guard = Guard(resolver, frozenset(one.lower() for one in allowed))
        self._line = Line(self._guard, times, tls)

    async def aclose(self) -> None:
        await self._line.aclose()

    async def get_json(
        self, url: str, *, most: int = 8 * MIB, headers: Mapping[str, str] | None = None, login: bool = False
    ) -> object:
        """What `json.loads` makes of the answer. `most`: bytes, unpacked."""
        asked = {"Accept": "application/json", **(headers or {})}
        content = await self.get_bytes(url, most=most, headers=asked, login=login)
        return await asyncio.to_thread(json_of, self._guard.check(url).host, content)

    async def get_bytes(
        self,
        url: str,
        *,
        most: int,
        headers: Mapping[str, str] | None = None,
        types: Sequence[str] = (),
        login: bool = False,
    ) -> bytes:
        """`types`: beginnings of content types, one of which is due; without them anything but a page."""
        start = self._guard.check(url)
        asked = httpx2.Headers({**(headers or {}), "Accept-Encoding": "gzip"})
        with told(start.host):
            async with asyncio.timeout(self._times.whole), self._answer(start, asked) as (host, answer):
                check_status(host, answer, login)
                check_type(host, answer, types)
                check_packing(host, answer, plain=False)
                return await all_of(answer, most)

    async def ask(self, url: str, *, most: int) -> Said:
        """As `get_bytes`, of a service that says with which fault it means what: the same status is another
        word when somebody else says it."""
        start = self._guard.check(url)
        asked = httpx2.Headers({"Accept-Encoding": "gzip"})
        with told(start.host):
            async with asyncio.timeout(self._times.whole), self._answer(start, asked) as (host, answer):
                try:
                    check_status(host, answer, login=False)
                except PluginError as fault:
                    return Said(await _all_of_a_fault(answer), fault)
                check_type(host, answer, ())
                check_packing(host, answer, plain=False)
                return Said(await all_of(answer, most), None)

    async def post_form(
        self,
        url: str,
        form: Mapping[str, str],
        *,
        most: int,
        headers: Mapping[str, str] | None = None,
        also: Collection[int] = (),
        login: bool = False,
    ) -> bytes:
        """The answer to a form. Whoever sends it on is not followed: what is in it is for that address.

        `also`: statuses whose content is wanted too, where a service says there what is wrong.
        """
        start = self._guard.check(url)
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "gzip"}
        named, content = self._headers(httpx2.Headers({**(headers or {}), **kind})), urlencode(form).encode()
        with told(start.host):
            async with asyncio.timeout(self._times.whole), self._line.sent(start, named, content) as answer:
                if answer.status_code not in also:
                    check_status(start.host, answer, login)
                check_type(start.host, answer, ())
                check_packing(start.host, answer, plain=False)
                return await all_of(answer, most)

    async def download(
        self,
        url: str,
        into: Path,
        *,
        most_bytes: int,
        seconds: float = 3600,
        resume: bool = True,
        headers: Mapping[str, str] | None = None,
        types: Sequence[str] = (),
        login: bool = False,
    ) -> AsyncGenerator[FetchProgress, None]:
        """Gets a file to `into`, which is there when this has ended, whole and on the disk.

        Until then it is `into` with `.part` behind, and a note beside it; the next attempt goes on from there
        when the server says that the file is the same. Content that is packed is not taken: its ranges mean
        something else.
        """
        start, part = self._guard.check(url), Part(into, most_bytes)
        deadline = asyncio.get_running_loop().time() + seconds
        for kept in (part.kept(url), None) if resume else (None,):
            arriving = Arriving(url, part, kept, most_bytes, deadline)
            asked = httpx2.Headers({**(headers or {}), "Accept-Encoding": "identity", **arriving.going_on()})
            async with self._answer_until(deadline, start, asked) as (host, answer):
                if arriving.is_other(answer):
                    part.drop()
                    continue
                if answer.status_code != _NOT_SATISFIABLE or kept is None:
                    check_status(host, answer, login)
                    check_type(host, answer, types)
                    check_packing(host, answer, plain=True)
                async with aclosing(arriving.steps(host, answer)) as steps:
                    async for step in steps:
                        yield step
                return

    @asynccontextmanager
    async def _answer_until(
        self, deadline: float, url: httpx2.URL, headers: httpx2.Headers
    ) -> AsyncIterator[tuple[str, httpx2.Response]]:
        """The deadline is for the answer to begin; whoever reads it minds the rest."""
        async with AsyncExitStack() as stack:
            with told(url.host):
                async with asyncio.timeout_at(deadline):
                    found = await stack.enter_async_context(self._answer(url, headers))
            yield found

    @asynccontextmanager
    async def _answer(
        self, url: httpx2.URL, headers: httpx2.Headers
    ) -> AsyncIterator[tuple[str, httpx2.Response]]:
        """Follows redirects by hand. Who is another host gets nothing but what every request has."""
        for _ in range(MOST_REDIRECTS + 1):
            async with self._line.sent(url, self._headers(headers)) as answer:
                onwards = answer.headers.get("location")
                if answer.status_code not in _REDIRECTS or onwards is None:
                    yield url.host, answer
                    return
            following = self._following(url, onwards)
            headers = headers if _origin(following) == _origin(url) else _for_others(headers)
            url = following
        raise PermanentError(f"{url.host} sends us round and round.", code="refused")

    def _headers(self, headers: httpx2.Headers) -> httpx2.Headers:
        return httpx2.Headers({**headers, "User-Agent": self._agent})

    def _following(self, url: httpx2.URL, onwards: str) -> httpx2.URL:
        try:
            following = self._guard.check(url.join(onwards))
        except httpx2.InvalidURL as error:
            raise refused(f"{url.host} sends us to no address.") from error
        if url.scheme == "https" and following.scheme != "https":
            raise refused(f"{url.host} sends us from https to http.")
        return following


async def _all_of_a_fault(answer: httpx2.Response) -> bytes:
    try:
        return await all_of(answer, _MOST_OF_A_FAULT)
    except (PluginError, httpx2.HTTPError, httpcore2.NetworkError, httpcore2.ProtocolError):
        return b""


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _for_others(headers: httpx2.Headers) -> httpx2.Headers:
    return httpx2.Headers({name: value for name, value in headers.items() if name in _HARMLESS})
