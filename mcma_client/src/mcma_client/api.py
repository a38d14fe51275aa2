"""HTTP: one login at one server. What is asked here may be asked twice: that makes it safe to try again."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx

from mcma_client.errors import BadAnswer, ClientError, NotLoggedIn, Refused, Unreachable, refused
from mcma_client.login import Login
from mcma_client.trust import authorities

DELAYS = (0.5, 2.0, 5.0)
"""Seconds between tries, more or less."""
LONGEST = 60.0
"""Seconds that a `Retry-After` is waited for; beyond, the error is told at once."""
TIMEOUT = httpx.Timeout(10, read=60)
"""Seconds without any byte; a long poll is held back for 30."""
RENEWING = httpx.Timeout(10)
"""So that all tries are over in 45 s: a token that was spent for longer ends the login."""
_BUSY = (429, 502, 503, 504)
Saved = Callable[[Login], None]


def address(url: str) -> str:
    """Of a server, as it is kept. `ClientError` for what is none."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise ClientError(f"'{url}' is no address of a server: it looks like https://music.example.org")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


@dataclass
class Api:
    """`saved` is called with every new login before it is used."""

    login: Login
    saved: Saved
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._client = httpx.Client(
            base_url=f"{self.login.url}/api/v1", transport=self.transport, timeout=TIMEOUT,
            headers={"user-agent": "mcma-client"}, verify=authorities(),
        )  # fmt: skip

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **params: Any) -> Any:
        return _json(self._asked("GET", path, params=params))

    def post(self, path: str, sent: Callable[[], object]) -> Any:
        """Only what may be sent again without doing anything twice. `sent` makes the body of every try."""
        return _json(self._asked("POST", path, sent=sent))

    def put(self, path: str, sent: object) -> Any:
        return _json(self._asked("PUT", path, json=sent))

    @contextmanager
    def stream(
        self, path: str, headers: Mapping[str, str] | None = None, **params: Any
    ) -> Iterator[httpx.Response]:
        """The body is read by the caller; an `Unreachable` in it may be answered by asking again."""
        response = self._asked("GET", path, stream=True, headers=dict(headers or {}), params=params)
        try:
            yield response
        except httpx.HTTPError as error:
            raise _unreachable(self.login.url, error) from None
        finally:
            response.close()

    def lines(self, path: str, **params: Any) -> list[bytes]:
        """Of a whole NDJSON answer; one that is cut off is asked for again."""
        for delay in DELAYS:
            try:
                return self._lines(path, params)
            except Unreachable:
                self.sleep(delay)
        return self._lines(path, params)

    def _lines(self, path: str, params: Mapping[str, Any]) -> list[bytes]:
        """Split at newlines alone: names may have other characters that break lines."""
        with self.stream(path, **params) as response:
            *found, rest = b"".join(response.iter_bytes()).split(b"\n")
        if rest or not found:
            raise Unreachable("The server's answer was cut off.")
        return found

    def enter(self, password: str, device_name: str) -> None:
        """Log in, and register the device."""
        sent = {
            "username": self.login.username, "password": password, "client": "mcma-client",
            "device": {"id": self.login.device_id, "name": device_name},
        }  # fmt: skip
        response = self._tried("POST", "/auth/login", json=sent)
        if response.status_code == 404:
            raise BadAnswer(f"There is no mcma server at {self.login.url}.")
        if response.is_error:
            raise refused(response)
        self._keep(_json(response))

    def leave(self) -> None:
        response = self._tried("POST", "/auth/logout", json={"refresh_token": self.login.refresh_token})
        if response.is_error:
            raise refused(response)

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        """An answer that is no error, with new tokens where the old ones have run out."""
        response = self._tried(method, path, **more)
        if response.status_code == 401 and refused_by(response).code != "device_revoked":
            self._renew()
            response = self._tried(method, path, **more)
        if not response.is_success:  # a redirect is none of ours: its body would pass for what was asked for
            raise refused_by(response)
        return response

    def _tried(self, method: str, path: str, **more: Any) -> httpx.Response:
        for delay in (*DELAYS, None):
            try:
                response = self._once(method, path, **more)
            except Unreachable:
                if delay is None:
                    raise
            else:
                wait = _told_to_wait(response)
                if wait is None or delay is None or wait > LONGEST:
                    return response
                response.close()
                delay = max(delay, wait)
            self.sleep(delay * random.uniform(1, 1.3))  # noqa: S311 (many clients at one moment, no secret)
        raise AssertionError("unreachable: the last try answers or raises")

    def _once(
        self, method: str, path: str, *, stream: bool = False, headers: Mapping[str, str] | None = None,
        sent: Callable[[], object] | None = None, **more: Any,
    ) -> httpx.Response:  # fmt: skip
        if sent is not None:
            more["json"] = sent()
        token = self.login.access_token  # none at a login; an empty one is no header that HTTP allows
        authorised = {**({"authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        try:
            request = self._client.build_request(method, path, headers=authorised, **more)
            return self._client.send(request, stream=stream)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _unreachable(self.login.url, error) from None

    def _renew(self) -> None:
        """Where no answer comes, the same token is sent again: within the minute in which it may be."""
        spent = {"refresh_token": self.login.refresh_token}
        response = self._tried("POST", "/auth/refresh", json=spent, timeout=RENEWING)
        if response.status_code == 401:
            raise NotLoggedIn(f"The login at {self.login.url} has ended: log in again, nothing is lost.")
        if response.is_error:
            raise refused(response)
        self._keep(_json(response))

    def _keep(self, tokens: Any) -> None:
        try:
            access, renewing = tokens["access_token"], tokens["refresh_token"]
        except (KeyError, TypeError):
            raise BadAnswer(f"{self.login.url} does not answer as an mcma server.") from None
        self.login = replace(self.login, access_token=access, refresh_token=renewing)
        self.saved(self.login)


def refused_by(response: httpx.Response) -> Refused:
    """Of an answer that may not have been read yet."""
    try:
        response.read()
    except httpx.HTTPError as error:
        raise _unreachable(str(response.url.host), error) from None
    return refused(response)


def _told_to_wait(response: httpx.Response) -> float | None:
    """Seconds, if it is an answer after which one asks again."""
    if response.status_code not in _BUSY:
        return None
    return refused_by(response).retry_after or 0.0


def _json(response: httpx.Response) -> Any:
    if response.status_code == 204:
        return None
    try:
        return response.json()
    except ValueError:
        raise BadAnswer(f"{response.url.host} does not answer as an mcma server.") from None


def _unreachable(url: str, error: Exception) -> Unreachable:
    plain = url.replace("https:", "http:", 1)
    hint = f". It does not speak TLS: try {plain}" if "WRONG_VERSION_NUMBER" in str(error) else ""
    return Unreachable(f"{url} cannot be reached ({type(error).__name__}: {error}){hint}")
