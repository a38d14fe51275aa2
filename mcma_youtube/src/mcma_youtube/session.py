"""The way to YouTube Music for ytmusicapi: bounded in time and size, to that one place and nowhere else.

Imported on first use: requests is not what a server should load that never asks.
"""

import time
from datetime import UTC, datetime
from json import JSONDecodeError
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from ytmusicapi.exceptions import YTMusicGatedError, YTMusicServerError, YTMusicUserError

from mcma_plugins.errors import McmaError
from mcma_plugins.fetching import retry_after
from mcma_youtube import faults

ORIGIN: Final = "https://music.youtube.com"
LARGEST: Final = 16 * 1024 * 1024
CONNECT: Final = 5.0
_CHUNK: Final = 64 * 1024


def open_session(base: str, seconds: float, proxy: str | None) -> requests.Session:
    """Whatever is asked of `ORIGIN` goes to `base`, which is the same outside of tests."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 3
    session.adapters.clear()
    session.mount(f"{ORIGIN}/", _Bounded(base, seconds))
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    return session


class _Bounded(HTTPAdapter):
    def __init__(self, base: str, seconds: float) -> None:
        super().__init__(pool_connections=1, pool_maxsize=8, max_retries=0)
        self._base, self._seconds = base, seconds

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """All of the answer, or an error that says what is wrong."""
        end = time.monotonic() + self._seconds
        request.url = self._base + (request.url or "").removeprefix(ORIGIN)
        limits = (min(CONNECT, self._seconds), self._seconds)
        response = super().send(request, True, limits, verify, cert, proxies)
        try:
            _check_status(response)
            body = _body(response, end)
        finally:
            response.close()
        response._content, response._content_consumed = body, True
        return response


def _check_status(response: requests.Response) -> None:
    status = response.status_code
    if status == 429:
        raise faults.rate_limited(retry_after(response.headers.get("retry-after"), datetime.now(UTC)))
    if status in (401, 403):
        raise faults.blocked(f"status {status}")
    if status >= 500:
        raise faults.degraded(f"status {status}")


def _body(response: requests.Response, end: float) -> bytes:
    kept = bytearray()
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        kept += piece
        if len(kept) > LARGEST:
            raise faults.degraded(f"an answer of more than {LARGEST} bytes")
        if time.monotonic() > end:
            raise faults.no_network("it was too slow")
    return bytes(kept)


def explained(error: Exception) -> McmaError:
    """For what requests and ytmusicapi raise. Their messages may hold whole answers: they go no further."""
    if isinstance(error, McmaError):
        return error
    if isinstance(error, requests.exceptions.InvalidSchema | requests.exceptions.TooManyRedirects):
        return faults.blocked("it leads to another page: a question for consent, or a check")
    if isinstance(error, requests.exceptions.Timeout):
        return faults.no_network("it was too slow")
    if isinstance(error, JSONDecodeError):
        return faults.degraded("an answer that is no JSON")
    if isinstance(error, YTMusicGatedError):
        return faults.blocked("it wants to be talked to by a person")
    if isinstance(error, YTMusicServerError | YTMusicUserError):
        return faults.not_there()
    if isinstance(error, requests.exceptions.RequestException):
        return faults.no_network(type(error).__name__)
    return faults.outdated(f"an answer of another shape ({type(error).__name__})")
