"""A YouTube Music on loopback: real HTTP, answers as they are set up, and every way of failing."""

import gzip
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.youtube.answers import NOTHING, Answer

_KEYS = ("continuation", "videoId", "browseId", "query")
_FILTERS = {"EgWKAQII": "songs", "EgWKAQIY": "albums", "EgWKAQIg": "artists", "Eg-KAQwI": "playlists"}
HOME = '<script>ytcfg.set({"VISITOR_DATA": "visitor"});</script>'


@dataclass
class Failure:
    """What is answered instead."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: bool = False
    """Never ends, and always says something."""


@dataclass
class Service:
    """`browse`, `next` and `search` by what is asked for: an id, a continuation or the words."""

    answers: dict[str, Answer] = field(default_factory=dict)
    failure: Failure | None = None
    asked: list[Answer] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    base: str = ""
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, query: Mapping[str, list[str]], body: Answer) -> Answer | None:
        of_kind = f"{body.get('query')} {_FILTERS.get(str(body.get('params'))[:8])}"
        keys = [*query.get("continuation", []), of_kind, *(body.get(name) for name in _KEYS)]
        return next((self.answers[key] for key in keys if key in self.answers), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: Service) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service = service


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        service = self.server.service
        service.paths.append(self.path)
        listed = parse_qs(urlsplit(self.path).query).get("list", [""])[0]
        page = service.answers.get(listed, {}).get("page", HOME)
        self._give(Failure(body=page.encode(), headers={"content-type": "text/html"}))

    def do_POST(self) -> None:
        service = self.server.service
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        service.paths.append(self.path)
        service.asked.append(body)
        service.headers.append({name.lower(): value for name, value in self.headers.items()})
        self._give(service.failure or self._answered(body))

    def _answered(self, body: Answer) -> Failure:
        found = self.server.service.answer(parse_qs(urlsplit(self.path).query), body)
        if found is None and "query" in body:
            found = NOTHING
        if found is None:
            error = {"error": {"code": 404, "message": "Requested entity was not found."}}
            return Failure(404, json.dumps(error).encode())
        return Failure(body=gzip.compress(json.dumps(found).encode()), headers={"content-encoding": "gzip"})

    def _give(self, what: Failure) -> None:
        self.send_response(what.status)
        for name, value in what.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", "1000000" if what.drip else str(len(what.body)))
        self.end_headers()
        self.wfile.write(what.body)
        if what.drip:
            self._drip()

    def _drip(self) -> None:
        with suppress(OSError):
            while not self.server.service.over.wait(0.05):
                self.wfile.write(b" ")

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Service]:
    service = Service()
    server = _Server(service)
    service.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
