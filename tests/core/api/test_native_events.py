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
from mcma.store.queries.sync_state import head as last_change
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

    async def next(self, kind: str = "") -> bytes | None:
        """The next piece: with a kind, the next event of that."""
        async with asyncio.timeout(PATIENCE):
            while (piece := await self.pieces.get()) is not None:
                if piece.startswith(f"event: {kind}".encode() if kind else b""):
                    return piece
        return None

    async def data(self, kind: str) -> Any:
        piece = await self.next(kind)
        assert piece is not None
        return orjson.loads(piece.partition(b"\ndata: ")[2])

    async def poked(self, scope: str, beyond: int = -1, never: str = "") -> int:
        """The head of the first poke of that scope with a later one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                poke = await self.data("poke")
                assert poke["scope"] != never
                if poke["scope"] == scope and poke["head"] > beyond:
                    return int(poke["head"])


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
        assert job_of(await mine.next("job"))["id"] == own
        assert [job_of(await every.next("job"))["id"] for _ in range(2)] == [others, own]


async def test_a_job_of_the_stream_looks_like_one_of_the_list(own_server: Server) -> None:
    async with following(own_server, own_server.user) as stream:
        made = await submit(own_server, own_server.user)
        told = job_of(await stream.next("job"))
    [listed] = (await own_server.user.get("/api/v1/jobs"))["items"]
    assert (told, told["id"]) == (listed, made)


async def test_signs_of_life_go_on_as_long_as_the_login(own_server: Server) -> None:
    options = ApiOptions(heartbeat_seconds=0.05)
    async with following(own_server, own_server.user, options) as stream:
        while (piece := await stream.next()) != events.ALIVE:
            assert piece is not None
        caller = own_server.user.caller
        assert caller is not None
        await own_server.core.services.users.end_logins(SYSTEM, caller.user_id)
        while await stream.next() is not None:
            continue


async def test_they_end_with_the_server(own_server: Server) -> None:
    options = ApiOptions()
    async with following(own_server, own_server.user, options) as stream:
        options.closing.set()
        while await stream.next() is not None:
            continue


async def test_scopes_with_news_are_named_once_at_the_beginning_and_then_as_it_comes(
    own_server: Server,
) -> None:
    user, admin = own_server.user, own_server.admin
    async with following(own_server, user) as mine, following(own_server, admin) as theirs:
        first = [await mine.data("poke") for _ in range(2)]
        assert [one["scope"] for one in first] == ["me", "shared"]
        before = await theirs.poked("shared")
        await user.post("/api/v1/playlists", {"name": "Mine", "public": True}, 201)
        head = await mine.poked("me", first[0]["head"])
        assert head > 0
        assert await theirs.poked("shared", before) >= head
    async with following(own_server, user) as again:
        assert await again.poked("me") == head, "who comes again has lost nothing"


async def test_a_library_is_told_of_while_it_may_be_seen(own_server: Server, tmp_path: Path) -> None:
    user, admin, folder = own_server.user, own_server.admin, tmp_path / "more"
    folder.mkdir()
    async with following(own_server, user) as mine, following(own_server, admin) as theirs:
        made = await admin.post("/api/v1/libraries", {"path": str(folder), "name": "More"}, 201)
        scope, where = f"catalog:{made['id']}", f"/api/v1/libraries/{made['id']}"
        assert user.caller is not None
        await theirs.poked(scope)
        await mine.poked(scope)
        async with own_server.database.read() as connection:
            head = await last_change(connection)  # what is told twice of the making is not the withdrawal
        await admin.delete(f"{where}/access/{user.caller.user_id}", 204)
        withdrawn = await mine.poked("me", head)
        renamed = await admin.patch(where, {"name": "Other"})
        assert renamed["name"] == "Other"
        await theirs.poked(scope, head)
        await user.post("/api/v1/playlists", {"name": "Later"}, 201)
        await mine.poked("me", withdrawn, never=scope)
        await admin.put(f"{where}/access/{user.caller.user_id}", None, 204)
        assert await mine.poked(scope) > head, "and is told of again"


async def test_what_is_playing_is_told_when_it_changes(server: Server) -> None:
    [first, second] = (await server.user.get("/api/v1/tracks", params={"limit": 2}))["items"]
    outsider = await server.person("outsider of players")
    assert outsider.caller is not None
    await server.admin.patch(f"/api/v1/users/{outsider.caller.user_id}", {"libraries": []})
    async with following(server, server.admin) as stream, following(server, outsider) as other:
        assert await stream.data("playing") == {"items": []}
        assert await other.data("playing") == {"items": []}
        told: dict[str, Any] = {}
        for track, state in ((first, "playing"), (second, "playing"), (second, "paused")):
            sent = {"track_id": track["id"], "state": state, "position_ms": 10}
            await server.user.put("/api/v1/now-playing", sent)
            [told] = (await stream.data("playing"))["items"]
            assert (told["track"]["id"], told["state"]) == (track["id"], state)
        [listed] = (await server.admin.get("/api/v1/now-playing"))["items"]
        assert listed == told
        await server.user.put("/api/v1/now-playing", {"track_id": second["id"], "state": "stopped"})
        assert await stream.data("playing") == {"items": []}
        playlist = await outsider.post("/api/v1/playlists", {"name": "Silent"}, 201)
        assert playlist["id"]
        while (piece := await other.next()) is not None and not piece.startswith(b"event: poke"):
            assert not piece.startswith(b"event: playing"), "others' libraries are none of theirs"


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
