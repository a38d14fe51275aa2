"""A fake LRCLIB over real HTTP: the shape of its answers (https://lrclib.net/docs), and its oddities.

`get` compares names without regard to case and takes lengths within two seconds; `search` finds what has all
the words of a name, 20 at most.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.webserver import Answer, Request, WebServer, Write, saying, serving_web

Fields = dict[str, Any]
MOST = 20
NOT_FOUND = {"statusCode": 404, "name": "TrackNotFound", "message": "Failed to find specified track"}
BAD_REQUEST = {
    "statusCode": 400,
    "name": "ValidationError",
    "message": "duration: must be between 1 and 3600",
}


@dataclass
class FakeLrclib:
    web: WebServer
    songs: list[Fields] = field(default_factory=list)
    fault: Answer | None = None
    """What is answered instead."""
    careless: bool = False
    """It answers with what it has, whatever was asked for."""
    _ids: Any = field(default_factory=lambda: count(3396226))

    @property
    def url(self) -> str:
        return self.web.url("")

    @property
    def asked(self) -> list[tuple[str, Mapping[str, str]]]:
        """Path and names of each question."""
        return [(one.path, _query(one)) for one in self.web.asked]

    def add(
        self,
        title: str,
        artist: str,
        seconds: float | None = 200.0,
        album: str = "",
        *,
        plain: str | None = "la la",
        synced: str | None = None,
        instrumental: bool = False,
        **more: Any,
    ) -> Fields:
        made = {
            "id": next(self._ids), "name": title, "trackName": title, "artistName": artist,
            "albumName": album, "duration": seconds, "instrumental": instrumental,
            "plainLyrics": None if instrumental else plain, "syncedLyrics": synced, **more,
        }  # fmt: skip
        self.songs.append(made)
        return made

    async def answer(self, request: Request, write: Write) -> None:
        await (self.fault or self._good(request))(request, write)

    def _good(self, request: Request) -> Answer:
        asked = _query(request)
        if ("track_name" not in asked and "q" not in asked) or not 1 <= float(
            asked.get("duration", 1)
        ) <= 3600:
            return _json(BAD_REQUEST, 400)
        if request.path == "/api/get":
            found = [song for song in self.songs if self.careless or _is(song, asked)]
            return _json(found[0]) if found else _json(NOT_FOUND, 404)
        if request.path == "/api/search":
            return _json([song for song in self.songs if self.careless or _has(song, asked)][:MOST])
        return saying(404)


def _query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}


def _is(song: Fields, asked: Mapping[str, str]) -> bool:
    named = {"track_name": "trackName", "artist_name": "artistName", "album_name": "albumName"}
    if any(_plain(song[named[name]]) != _plain(said) for name, said in asked.items() if name in named):
        return False
    return "duration" not in asked or abs((song["duration"] or 0) - float(asked["duration"])) <= 2


def _has(song: Fields, asked: Mapping[str, str]) -> bool:
    words = _plain(" ".join((song["trackName"], song["artistName"], song["albumName"]))).split()
    wanted = " ".join(said for name, said in asked.items() if name in ("q", "track_name", "artist_name"))
    return all(word in words for word in _plain(wanted).split())


def _plain(text: str) -> str:
    return " ".join("".join(one if one.isalnum() else " " for one in text.lower()).split())


def _json(document: Any, status: int = 200) -> Answer:
    return saying(status, json.dumps(document).encode(), content_type="application/json; charset=utf-8")


@asynccontextmanager
async def open_lrclib() -> AsyncIterator[FakeLrclib]:
    async with serving_web() as web:
        made = FakeLrclib(web)
        web.otherwise = made.answer
        yield made
