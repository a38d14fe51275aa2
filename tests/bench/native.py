"""CPU of the native API, the whole way through the application: `python -m tests.bench.native [TRACKS]`.

Prints JSON: milliseconds of processor time per request, all threads, the network left out.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import structlog
import uvloop

from mcma.api import shapes
from mcma.api.respond import encoded
from mcma.services.catalogue.browse import Ask
from mcma.services.catalogue.filters import Filters
from mcma.store.engine import sqlite_url
from mcma.wiring import Core, opened
from mcma_plugins.values import Caller
from tests.support.catalogue import seed
from tests.support.server import app_of, settings_for

REPEAT = 30


class Client:
    """Talks ASGI itself: an HTTP client would cost more than what is measured."""

    def __init__(self, app: Any, token: str) -> None:
        self.app, self.token = app, token

    async def get(self, path: str) -> tuple[int, bytes]:
        path, _, query = path.partition("?")
        status, body = 0, bytearray()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            status = message.get("status", status)
            body.extend(message.get("body", b""))

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(b"host", b"bench"), (b"authorization", b"Bearer " + self.token.encode())],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip
        await self.app(scope, receive, send)
        return status, bytes(body)


async def measured(client: Client, path: str) -> dict[str, float]:
    body = b""
    for _ in range(3):
        status, body = await client.get(path)
        assert status == 200, (path, status, body[:300])
    times = []
    for _ in range(REPEAT):
        start = time.process_time()
        await client.get(path)
        times.append((time.process_time() - start) * 1000)
    return {"cpu_ms": round(statistics.median(times), 2), "kb": round(len(body) / 1024)}


async def shaping(core: Core, caller: Caller) -> dict[str, float]:
    """Without the database: from values to bytes."""
    tracks = (await core.services.browse.list_tracks(caller, Filters(), Ask(limit=500))).items
    albums = (await core.services.browse.list_albums(caller, Filters(), Ask(limit=500))).items
    return {
        "500 tracks": _shaping(lambda: encoded(shapes.tracks(tracks))),
        "500 albums": _shaping(lambda: encoded(shapes.albums(albums))),
    }


def _shaping(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEAT):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return round(statistics.median(times), 2)


async def main(tracks: int) -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder) / "bench.db")
        async with opened(settings_for(Path(folder), url), running_jobs=False) as core:
            seeded = await seed(core.database, tracks=tracks)
            caller = Caller(seeded.user.user_id, seeded.user.name, False, "bench")
            pair = await core.services.sessions.open(caller)
            client = Client(app_of(core), pair.access.value)
            paths = {
                "users/me": "/api/v1/users/me", "one track": f"/api/v1/tracks/{seeded.tracks[0]}",
                "500 tracks": "/api/v1/tracks?limit=500", "500 albums": "/api/v1/albums?limit=500",
                "100 artists": "/api/v1/artists?limit=100", "50 tracks": "/api/v1/tracks",
                "search": "/api/v1/search?q=ka", "health": "/health",
            }  # fmt: skip
            found = {name: await measured(client, path) for name, path in paths.items()}
            shaped = await shaping(core, caller)
    report = {"tracks": tracks, "requests": found, "shaping": shaped}
    print(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
