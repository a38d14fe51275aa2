"""A real core behind the real web application, and a client that holds every answer against the document."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
from fastapi import FastAPI
from pydantic import SecretStr

from mcma.api.app import create_app
from mcma.api.health import Check, plugins_check, required_check, tools_check
from mcma.api.options import ApiOptions
from mcma.part import Part
from mcma.services.callers import SYSTEM
from mcma.settings import Settings
from mcma.store.engine import Database
from mcma.wiring import Core, opened
from mcma_plugins.values import Caller
from tests.support._library_sound import cover_of
from tests.support.apidoc import ApiDocument
from tests.support.audio import make_audio

PASSWORD = "violet anchor 42"


def settings_for(folder: Path, database_url: str, **more: Any) -> Settings:
    return Settings(data_dir=folder / "data", database_url=SecretStr(database_url), scan_workers=1, **more)


def checks(core: Core) -> list[Check]:
    async def database() -> None:
        async with core.database.read() as connection:
            await connection.exec_driver_sql("SELECT 1")

    return [required_check("database", database), plugins_check(core.host), tools_check({})]


def app_of(core: Core, options: ApiOptions | None = None) -> FastAPI:
    return create_app(core.services, core.host, options or ApiOptions(), checks(core))


@dataclass
class Person:
    """Somebody with a client. `get`, `post` and the rest expect a status and give the answer's content."""

    client: httpx.AsyncClient
    document: ApiDocument
    caller: Caller | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, status: int = 200, **more: Any) -> httpx.Response:
        headers = {**self.headers, **more.pop("headers", {})}
        answer = await self.client.request(method, path, headers=headers, **more)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        self.document.check(method, answer)
        return answer

    async def get(self, path: str, status: int = 200, **more: Any) -> Any:
        return _content(await self.ask("GET", path, status, **more))

    async def post(self, path: str, json: Any = None, status: int = 200, **more: Any) -> Any:
        return _content(await self.ask("POST", path, status, json=json, **more))

    async def put(self, path: str, json: Any = None, status: int = 204, **more: Any) -> Any:
        return _content(await self.ask("PUT", path, status, json=json, **more))

    async def patch(self, path: str, json: Any, status: int = 200, **more: Any) -> Any:
        return _content(await self.ask("PATCH", path, status, json=json, **more))

    async def delete(self, path: str, status: int = 204, **more: Any) -> Any:
        return _content(await self.ask("DELETE", path, status, **more))


def _content(answer: httpx.Response) -> Any:
    return answer.json() if "json" in answer.headers.get("content-type", "") else answer.content


@dataclass
class Server:
    """Nobody, a user and an administrator in front of one core; `music` is a folder that was scanned."""

    core: Core
    app: FastAPI
    nobody: Person
    user: Person
    admin: Person
    music: Path
    library: str

    async def person(self, name: str, *, is_admin: bool = False) -> Person:
        """Somebody new, logged in without the cost of hashing a password."""
        return await _person(self.core, self.nobody.client, self.nobody.document, name, is_admin)

    async def known(self, caller: Caller) -> Person:
        """Somebody who is there already, logged in."""
        return await _logged_in(self.core, self.nobody.client, self.nobody.document, caller)

    @property
    def database(self) -> Database:
        return self.core.database


@asynccontextmanager
async def serving(
    folder: Path,
    database_url: str,
    options: ApiOptions | None = None,
    *,
    scanned: bool = True,
    jobs: bool | None = None,
    people: tuple[str, str] = ("listener", "boss"),
    redis_url: str | None = None,
    **more: Any,
) -> AsyncIterator[Server]:
    """Everything started, with a small library unless `scanned` is False. With `redis_url` a worker with a
    core of its own runs the jobs. `jobs`: whether they run, where nothing is scanned; `more` are settings."""
    async with AsyncExitStack() as stack:
        settings = settings_for(folder, database_url, redis_url=redis_url, **more)
        running = scanned if jobs is None else jobs
        core = await stack.enter_async_context(opened(settings, running_jobs=running))
        if redis_url is not None:
            await stack.enter_async_context(opened(settings, part=Part("worker")))
        app = app_of(core, options)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("127.0.0.1", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            document = await _document(client, app.state.api.options.base_path)
            user = await _person(core, client, document, people[0], False)
            admin = await _person(core, client, document, people[1], True)
            library = await _scanned(core, make_music(folder / "music")) if scanned else ""
            nobody = Person(client, document)
            yield Server(core, app, nobody, user, admin, folder / "music", library)


_documents: dict[str, ApiDocument] = {}
"""By what they are: asked for once, as making one takes longer than all else of a start."""


async def _document(client: httpx.AsyncClient, base_path: str) -> ApiDocument:
    if base_path not in _documents:
        _documents[base_path] = ApiDocument((await client.get("/api/openapi.json")).json())
    return _documents[base_path]


async def _person(
    core: Core, client: httpx.AsyncClient, document: ApiDocument, name: str, is_admin: bool
) -> Person:
    made = await core.services.users.create(SYSTEM, name, None, is_admin=is_admin)
    return await _logged_in(core, client, document, Caller(made.id, made.name, made.is_admin, "tests"))


async def _logged_in(core: Core, client: httpx.AsyncClient, document: ApiDocument, caller: Caller) -> Person:
    pair = await core.services.sessions.open(caller)
    return Person(client, document, caller, {"authorization": f"Bearer {pair.access.value}"})


def make_music(folder: Path) -> Path:
    """Two albums of two artists, five tracks, one with a cover and lyrics; and a file that is none."""
    for number in range(1, 4):
        tags = {"title": f"Song {number}", "artist": "Ann Ash", "album": "First", "albumartist": "Ann Ash",
                "tracknumber": number, "date": "1999-05-01", "genre": "Folk",
                "lyrics": "one line\nanother"}  # fmt: skip
        cover = cover_of(1) if number == 1 else None
        make_audio(folder / "Ann" / f"{number}.flac", fmt="flac", freq=300 + number, tags=tags, cover=cover)
    for number in range(1, 3):
        tags = {"title": f"Tune {number}", "artist": "Bob Birch", "album": "Second",
                "albumartist": "Bob Birch", "tracknumber": number, "date": "2010",
                "genre": "Jazz", "label": "Little Records",
                **({"composer": "Ann Ash"} if number == 1 else {})}  # fmt: skip
        make_audio(folder / "Bob" / f"{number}.mp3", freq=400 + number, tags=tags)
    (folder / "Bob" / "broken.mp3").write_bytes(b"")
    return folder


async def _scanned(core: Core, music: Path) -> str:
    library = await core.services.libraries.add(SYSTEM, music, "Music")
    [job] = await core.services.scans.request(SYSTEM, [library.id])
    view = await core.services.jobs.wait(job, 60)
    assert view.state == "succeeded", view
    return str(library.id)
