"""Server-sent events, spoken to as an ASGI server speaks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from mcma.api import events
from mcma.api.options import ApiOptions
from mcma.services.callers import SYSTEM
from tests.core.api.conftest import SHAPES
from tests.support.server import Person, Server, app_of, serving

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=SHAPES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


PATIENCE = 10.0


class Stream:
    """One open answer. `next()` is a piece of the body, None at its end."""

    def __init__(self, app: Any, person: Person) -> None:
        self.pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.status = 0
        self.task = asyncio.create_task(self._run(app, person))

    async def _run(self, app: Any, person: Person) -> None:
        headers = [(name.encode(), value.encode()) for name, value in person.headers.items()]
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
            "method": "GET", "scheme": "http", "path": "/api/v1/events", "raw_path": b"/api/v1/events",
            "query_string": b"", "root_path": "", "headers": headers, "client": None,
            "server": ("test", 80), "state": {},
        }  # fmt: skip
        await app(scope, self._receive, self._send)
        await self.pieces.put(None)

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        if message.get("body"):
            await self.pieces.put(message["body"])

    async def next(self) -> bytes | None:
        async with asyncio.timeout(PATIENCE):
            return await self.pieces.get()


@asynccontextmanager
async def following(
    server: Server, person: Person, options: ApiOptions | None = None
) -> AsyncIterator[Stream]:
    stream = Stream(app_of(server.core, options or ApiOptions()), person)
    try:
        assert await stream.next() == events.READY
        yield stream
    finally:
        stream.gone.set()
        async with asyncio.timeout(PATIENCE):
            await stream.task


async def submit(server: Server, person: Person | None) -> str:
    made_by = None if person is None or person.caller is None else person.caller.user_id
    return str(await server.core.services.jobs.submit("nothing", {}, created_by=made_by))


def job_of(piece: bytes | None) -> dict[str, Any]:
    assert piece is not None
    assert piece.startswith(b"event: job\ndata: ")
    found: dict[str, Any] = orjson.loads(piece.removeprefix(b"event: job\ndata: "))
    return found


async def test_everybody_hears_of_their_own_jobs_and_admins_of_all(own_server: Server) -> None:
    server = own_server
    async with following(server, server.user) as mine, following(server, server.admin) as every:
        others = await submit(server, None)
        own = await submit(server, server.user)
        assert job_of(await mine.next())["id"] == own
        assert [job_of(await every.next())["id"] for _ in range(2)] == [others, own]


async def test_a_job_of_the_stream_looks_like_one_of_the_list(own_server: Server) -> None:
    async with following(own_server, own_server.user) as stream:
        made = await submit(own_server, own_server.user)
        told = job_of(await stream.next())
    [listed] = (await own_server.user.get("/api/v1/jobs"))["items"]
    assert (told, told["id"]) == (listed, made)


async def test_signs_of_life_go_on_as_long_as_the_login(own_server: Server) -> None:
    options = ApiOptions(heartbeat_seconds=0.05)
    async with following(own_server, own_server.user, options) as stream:
        assert await stream.next() == events.ALIVE
        caller = own_server.user.caller
        assert caller is not None
        await own_server.core.services.users.end_logins(SYSTEM, caller.user_id)
        while (piece := await stream.next()) is not None:
            assert piece == events.ALIVE


async def test_they_end_with_the_server(own_server: Server) -> None:
    options = ApiOptions()
    async with following(own_server, own_server.user, options) as stream:
        options.closing.set()
        assert await stream.next() is None


async def test_one_user_opens_only_so_many(own_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_PER_USER", 1)
    async with following(own_server, own_server.user):
        assert (await own_server.user.get("/api/v1/events", 429))["code"] == "too_many_requests"
    async with following(own_server, own_server.user):
        pass


async def test_who_is_not_logged_in_hears_nothing(own_server: Server) -> None:
    await own_server.nobody.get("/api/v1/events", 401)


async def test_the_end_of_the_application_ends_streams(tmp_path: Path, database_url: str) -> None:
    options = ApiOptions()
    async with serving(tmp_path, database_url, options, scanned=False) as server:
        async with server.app.router.lifespan_context(server.app):
            assert not options.closing.is_set()
        assert options.closing.is_set()
