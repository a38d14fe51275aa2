"""An account of the server under test: requests in its name, and what was asked last, for the report."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx

from mcma_client.conformance.errors import Failed, Unmet
from mcma_client.trust import authorities

TIMEOUT = httpx.Timeout(15, read=45)
LINES = "application/x-ndjson"
_SHOWN = 2000
"""Characters of a body in a report."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes
    asked: str
    """The request, as a report shows it."""

    @property
    def body(self) -> Any:
        """JSON; of lines of JSON `{"lines": [...], "last": {...}}`; else the bytes."""
        kind = self.headers.get("content-type", "")
        if not self.content:
            return None
        try:
            if kind.startswith(LINES):
                return self._lines()
            return json.loads(self.content) if "json" in kind else self.content
        except ValueError:
            raise Failed(f"the body is not the JSON that it says to be\n{self.told}") from None

    def _lines(self) -> dict[str, Any]:
        *lines, last, rest = self.content.split(b"\n")
        if rest:
            raise ValueError("the last line does not end")
        return {"lines": [json.loads(line) for line in lines], "last": json.loads(last)}

    @property
    def told(self) -> str:
        headers = "".join(
            f"\n    {name}: {value}" for name, value in self.headers.items() if name in _TELLING
        )
        return f"  asked: {self.asked}\n  answer: {self.status}{headers}\n    {_short(self.content)}"


_TELLING = frozenset({"content-type", "etag", "content-range", "accept-ranges", "retry-after",
                      "content-length", "cache-control"})  # fmt: skip


@dataclass
class Account:
    """`token` is never part of a report."""

    url: str
    name: str
    token: str = field(repr=False)
    password: str | None = field(default=None, repr=False)
    transport: httpx.BaseTransport | None = None
    id: str = ""
    is_admin: bool = False
    refresh_token: str | None = field(default=None, repr=False)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            base_url=f"{self.url}/api/v1", transport=self.transport, timeout=TIMEOUT,
            headers={"user-agent": "mcma-conformance"}, verify=authorities(),
        )  # fmt: skip

    def leave(self) -> None:
        """Ends the login, if it was the suite's."""
        if self.refresh_token is not None:
            self.ask("POST", "/auth/logout", sent={"refresh_token": self.refresh_token}, signed=False)
        self.client.close()

    def ask(
        self, method: str, path: str, *, params: Any = None, sent: Any = None, content: bytes | None = None,
        headers: Mapping[str, str] | None = None, signed: bool = True,
    ) -> Answer:  # fmt: skip
        authorised = {"authorization": f"Bearer {self.token}"} if signed else {}
        given = {"json": sent} if sent is not None else {"content": content} if content is not None else {}
        asked = (
            f"{method} {path}{_query(params)} {_short(json.dumps(sent).encode()) if sent is not None else ''}"
        )
        try:
            answer = self.client.request(
                method, path, params=params, headers={**authorised, **(headers or {})}, **given
            )
        except httpx.HTTPError as error:
            raise Failed(f"no answer ({type(error).__name__}: {error})\n  asked: {asked}") from None
        return Answer(answer.status_code, dict(answer.headers), answer.content, asked)

    def good(self, method: str, path: str, **more: Any) -> Any:
        """The body of an answer that must not be an error."""
        answer = self.ask(method, path, **more)
        if not 200 <= answer.status < 300:
            raise Failed(f"the status is {answer.status}\n{answer.told}")
        return answer.body


def entered(
    url: str,
    name: str,
    *,
    password: str | None,
    token: str | None,
    transport: httpx.BaseTransport | None = None,
) -> Account:
    """Logged in. `Unmet` where that cannot be."""
    account = Account(url, name, token or "", password, transport)
    if token is None:
        sent = {"username": name, "password": password or "", "client": "mcma-conformance"}
        answer = account.ask("POST", "/auth/login", sent=sent, signed=False)
        if answer.status != 200:
            raise Unmet(f"{name} cannot log in: the server answers {answer.status}")
        account.token, account.refresh_token = answer.body["access_token"], answer.body.get("refresh_token")
    me = account.ask("GET", "/users/me")
    if me.status == 401:
        raise Unmet(f"the token of {name} is not good (any more)")
    if me.status == 200:
        account.id, account.is_admin = str(me.body.get("id")), bool(me.body.get("is_admin"))
    return account


def _query(params: Any) -> str:
    return f"?{httpx.QueryParams(params)}" if params else ""


def _short(content: bytes) -> str:
    text = content.decode(errors="replace")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
