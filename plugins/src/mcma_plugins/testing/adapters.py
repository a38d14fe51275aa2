"""The contract of an API adapter."""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from mcma_plugins.adapters import Adapter, ASGIApp, Message, Scope
from mcma_plugins.errors import Forbidden, McmaError, NotFound, TooManyRequests, Unavailable
from mcma_plugins.rules import answer_problems
from mcma_plugins.testing.contracts import require
from mcma_plugins.testing.fakes import FailingServices


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


async def request(
    app: ASGIApp, path: str, query: str = "", *, mount: str = "", method: str = "GET"
) -> Answer:
    """One request, as core would send it to an adapter at `mount`."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(_scope(mount, path, query, method), receive, send)
    start = next(one for one in sent if one["type"] == "http.response.start")
    headers = {name.decode().lower(): value.decode() for name, value in start.get("headers", [])}
    body = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    return Answer(start["status"], headers, body)


def _scope(mount: str, path: str, query: str, method: str) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "root_path": mount,
        "path": mount + path,
        "raw_path": (mount + path).encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"testserver")],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
    }


@pytest.mark.anyio
class AdapterContract:
    """Needs a fixture `adapter`; `paths` names requests (path, query) that reach core's services."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def adapter(self) -> Adapter:
        raise NotImplementedError("a fixture `adapter` must return the adapter")

    @pytest.fixture
    def paths(self) -> list[tuple[str, str]]:
        return []

    def test_adapter_keeps_the_contract(self, adapter: Adapter) -> None:
        problems = answer_problems("", "adapters", [adapter])
        require(not problems, "; ".join(problems))

    async def test_an_unknown_path_is_answered(self, adapter: Adapter) -> None:
        answer = await request(adapter.build(FailingServices()), "/no/such/thing", mount=adapter.mount)
        require(answer.status != 500, f"status {answer.status}")

    @pytest.mark.parametrize("error", [NotFound, Forbidden, Unavailable, TooManyRequests])
    async def test_errors_of_core_are_mapped(
        self, adapter: Adapter, paths: list[tuple[str, str]], error: type[McmaError]
    ) -> None:
        app = adapter.build(FailingServices(error("said by the test")))
        for path, query in paths:
            answer = await request(app, path, query, mount=adapter.mount)
            require(answer.status != 500, f"{path} answered 500 to {error.__name__}")
