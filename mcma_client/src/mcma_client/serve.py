"""A page on this machine, for a browser without a connection: what is here, searched, played and liked.

Only this machine can reach it, and of what runs here only who was told the address: it carries a key, and
leaves a cookie that no other site's request brings along. The `Host` is checked: no other site can pose as
this one (DNS rebinding), and what changes something needs the key in a header, which no form can send.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mcma_client import items
from mcma_client.clock import Clock, now
from mcma_client.errors import ClientError
from mcma_client.files import Files
from mcma_client.outbox import Outbox
from mcma_client.overlay import Overlay
from mcma_client.recorder import Recorder
from mcma_client.store import Store

_PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PIECE = 1 << 18
_NONE: Mapping[str, str] = MappingProxyType({})
_TYPES = {"flac": "audio/flac", "mp3": "audio/mpeg", "ogg": "audio/ogg", "opus": "audio/ogg",
          "m4a": "audio/mp4", "aac": "audio/aac", "wav": "audio/wav"}  # fmt: skip
_POLICY = (
    "default-src 'none'; style-src 'nonce-{0}'; script-src 'nonce-{0}'; connect-src 'self'; "
    "media-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_ALWAYS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
           "cross-origin-resource-policy": "same-origin"}  # fmt: skip


@dataclass
class Offline:
    """`with Offline(folder, files) as server: server.serve_forever()`; `address` is what to open."""

    folder: Path
    port: int = 0
    clock: Clock = now
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def server(self) -> ThreadingHTTPServer:
        made = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        made.daemon_threads = True
        self.port = made.server_address[1]
        return made

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/?key={self.key}"

    def hosts(self) -> set[str]:
        return {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}


def _handler(offline: Offline) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"offline": offline})


class _Handler(BaseHTTPRequestHandler):
    offline: Offline
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        self._guarded(self._got)

    def do_HEAD(self) -> None:
        self._guarded(self._got)

    def do_POST(self) -> None:
        self._guarded(self._posted)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses carry the key."""

    def _guarded(self, does: Callable[[], None]) -> None:
        try:
            if self.headers.get("host") not in self.offline.hosts():
                self._refuse(HTTPStatus.MISDIRECTED_REQUEST, "This is not a site of that name.")
            else:
                does()
        except ClientError as error:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        except ConnectionError:
            self.close_connection = True

    def _got(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/" and _same(asked.get("key"), self.offline.key):
            cookie = f"key={self.offline.key}; HttpOnly; SameSite=Strict; Path=/"
            self._send(HTTPStatus.SEE_OTHER, b"", "text/plain", {"location": "/", "set-cookie": cookie})
        elif not self._known():
            self._refuse(HTTPStatus.FORBIDDEN, "Open the address that mcma-client printed.")
        elif parts.path == "/":
            self._page()
        elif parts.path == "/tracks":
            self._json(self._with(lambda store: _tracks(store, self._files(store), asked.get("q", ""))))
        elif parts.path.startswith("/music/"):
            self._music(parts.path.removeprefix("/music/"))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such page.")

    def _posted(self) -> None:
        """A browser tells no other site the key, and asks before it lets one send this header."""
        length = self.headers.get("content-length", "")
        if not self._known() or not _same(self.headers.get("x-key"), self.offline.key):
            self.close_connection = True
            self._refuse(HTTPStatus.FORBIDDEN, "Open the address that mcma-client printed.")
        elif not length.isdigit() or int(length) > 10_000 or self.path != "/like":
            self.close_connection = True
            self._refuse(HTTPStatus.BAD_REQUEST, "This cannot be posted.")
        else:
            self._like(self.rfile.read(int(length)))

    def _like(self, body: bytes) -> None:
        try:
            sent = json.loads(body)
            track_id, liked = str(sent["track_id"]), sent["liked"] is True
        except (ValueError, KeyError, TypeError):
            return self._refuse(HTTPStatus.BAD_REQUEST, "track_id and liked are needed.")

        def record(store: Store) -> bool:
            if items.get(store, "track@1", track_id) is None:
                return False
            Recorder(store, Outbox(store, self.offline.clock)).like("track", track_id, liked)
            return True

        if self._with(record):
            self._json({"liked": liked})
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such track.")
        return None

    def _page(self) -> None:
        nonce = secrets.token_urlsafe(16)
        page = _PAGE.replace("{nonce}", nonce).replace("{key}", self.offline.key)
        self._send(
            HTTPStatus.OK,
            page.encode(),
            "text/html; charset=utf-8",
            {"content-security-policy": _POLICY.format(nonce)},
        )

    def _music(self, track_id: str) -> None:
        def find(store: Store) -> tuple[Path | None, str]:
            files = self._files(store)
            kept = files.kept(track_id)
            return files.path(track_id), (kept.suffix if kept else "") or _suffix(store, track_id)

        path, suffix = self._with(find)
        if path is None:
            return self._refuse(HTTPStatus.NOT_FOUND, "This is not on this machine.")
        size = path.stat().st_size
        found = _asked(self.headers.get("range"), size)
        if found is None:
            refused = {"content-range": f"bytes */{size}"}
            return self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", "text/plain", refused)
        first, last = found
        partial = _RANGE.fullmatch(self.headers.get("range", "")) is not None
        self.send_response(HTTPStatus.PARTIAL_CONTENT if partial else HTTPStatus.OK)
        self._head(_TYPES.get(suffix, "application/octet-stream"), last - first + 1)
        self.send_header("accept-ranges", "bytes")
        if partial:
            self.send_header("content-range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        return self._copied(path, first, last - first + 1)

    def _copied(self, path: Path, first: int, left: int) -> None:
        if self.command == "HEAD":
            return
        with path.open("rb") as file:
            file.seek(first)
            while left > 0 and (piece := file.read(min(_PIECE, left))):
                self.wfile.write(piece)
                left -= len(piece)

    def _known(self) -> bool:
        try:
            cookie = SimpleCookie(self.headers.get("cookie", "")).get("key")
        except CookieError:
            return False
        return cookie is not None and _same(cookie.value, self.offline.key)

    def _files(self, store: Store) -> Files:
        return Files(store, self.offline.folder / "music")

    def _with(self, does: Callable[[Store], Any]) -> Any:
        """A connection of this thread's own."""
        with Store(self.offline.folder / "replica.db") as store:
            return does(store)

    def _json(self, found: object) -> None:
        self._send(HTTPStatus.OK, json.dumps(found).encode(), "application/json")

    def _refuse(self, status: HTTPStatus, said: str) -> None:
        self._send(status, said.encode(), "text/plain; charset=utf-8")

    def _send(self, status: HTTPStatus, body: bytes, kind: str, headers: Mapping[str, str] = _NONE) -> None:
        self.send_response(status)
        self._head(kind, len(body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, kind: str, length: int) -> None:
        self.send_header("content-type", kind)
        self.send_header("content-length", str(length))
        for name, value in _ALWAYS.items():
            self.send_header(name, value)


def _same(given: str | None, key: str) -> bool:
    return given is not None and secrets.compare_digest(given.encode(), key.encode())


def _suffix(store: Store, track_id: str) -> str:
    track = items.get(store, "track@1", track_id)
    file = items.get(store, "track_file@1", str(track.data.get("file_id"))) if track else None
    return str(file.data.get("suffix")) if file else ""


def _asked(header: str | None, size: int) -> tuple[int, int] | None:
    """The first and the last byte; None for what is not there. Several ranges get the whole file."""
    found = _RANGE.fullmatch(header) if header else None
    if found is None or found.group(0) == "bytes=-":
        return 0, size - 1
    first, last = found.groups()
    begin = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    return (begin, end) if begin <= end else None


def _tracks(store: Store, files: Files, text: str) -> list[dict[str, Any]]:
    """Those that are here, or of the whole replica those that are searched for."""
    mine = Overlay(store).all_mine()
    if text:
        found = items.found(store, "track@1", text, 200)
    else:
        found = [one for id_ in files.here()[:1000] if (one := items.get(store, "track@1", id_))]
        found.sort(key=lambda one: [str(one.data.get(name) or "") for name in ("artist", "title")])
    here = set(files.here())
    return [
        {"id": one.id, "title": one.data.get("title"), "artist": one.data.get("artist"),
         "here": one.id in here, "liked": one.id in mine and mine[one.id].liked_at is not None}
        for one in found
    ]  # fmt: skip
