"""A fake shop of music that answers over real HTTP on loopback, with switches for everything that goes wrong.

    with open_shop() as shop:
        shop.add_track("t1", "Song", ["Ann"], album="First", duration_ms=1000)
        shop.add_album("a1", "First", ["Ann"], ["t1"])
        with shops_installed(tmp_path, shop=shop):   # before the core opens: a plugin with one source each
            ...
        outside_of(shop=shop)                        # or without a host: `OutsideSources` alone

`shop.fault = LIMITED` (see the names below), `shop.retry_after = "30"`, `shop.only = "/audio"` for faults of
some paths alone; `shop.count("/search")` says how often it was asked.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from mcma.host import PluginRecord, PluginState
from mcma.host.abilities import Abilities
from mcma.host.ability_calls import AbilityCalls
from mcma.host.loading import Hosted
from mcma.host.settings import Secrets
from mcma.services.outside import OutsideSources, TimeLimits
from mcma_plugins import Plugin, PluginSettings, Source
from tests.support.audio import make_audio
from tests.support.distributions import installed_into
from tests.support.shop_source import ShopSource

DOWN, SLOW, FORBIDDEN, LIMITED, HTML, WRONG = "down", "slow", "forbidden", "limited", "html", "wrong"
"""No answer at all; none until it is closed; 403; 429; a page where JSON is due; JSON of another form."""
HALF, HUGE, NO_AUDIO, STUCK = "half", "huge", "no_audio", "stuck"
"""Of audio: ends in the middle; says it has 20 GB and sends for ever; text that is called a song; stops in
the middle until it is closed."""
HUGE_BYTES = 20_000_000_000
PAGE = 100
"""Things on one page of an album or a playlist."""
Key = tuple[str, str]
Fields = dict[str, Any]

SOURCE = """
from mcma_plugins import Plugin, PluginSettings
from tests.support.shop_source import ShopSource

class Settings(PluginSettings):
    shops: dict[str, str] = {}

class ThePlugin(Plugin[Settings]):
    name = "shops"
    summary = "Shops of the tests."
    settings_model = Settings
    def sources(self):
        return [ShopSource(name, url) for name, url in self.settings.shops.items()]
"""


@dataclass
class Shop:
    url: str
    folder: Path
    things: dict[Key, Fields] = field(default_factory=dict)
    holds: dict[Key, list[Key]] = field(default_factory=dict)
    audio: dict[str, Path] = field(default_factory=dict)
    answer: Any = None
    """Instead of what a search finds: a list of items' fields, or whatever."""
    fault: str | None = None
    only: str = "/"
    retry_after: str | None = None
    requests: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    """Path with query, and headers in lower case."""
    released: threading.Event = field(default_factory=threading.Event)
    """Ends the waiting of `SLOW`."""
    asked: threading.Event = field(default_factory=threading.Event)
    """Set by every request."""

    def add_track(
        self, id_: str, title: str, artists: Sequence[str] = ("Ann Ash",), *, fmt: str | None = "mp3",
        seconds: float = 1.0, freq: int = 440, tags: Mapping[str, object] | None = None, **more: Any,
    ) -> Fields:  # fmt: skip
        """With a file to fetch unless `fmt` is None."""
        if fmt is not None:
            path = self.folder / f"{len(self.audio)}.{fmt}"
            self.audio[id_] = make_audio(path, fmt=fmt, seconds=seconds, freq=freq, tags=tags)
        return self._add("track", id_, {"title": title, "artists": list(artists), **more})

    def add_album(
        self, id_: str, title: str, artists: Sequence[str], tracks: Sequence[str], **more: Any
    ) -> Fields:
        self.holds["album", id_] = [("track", each) for each in tracks]
        return self._add("album", id_, {"title": title, "artists": list(artists), **more})

    def add_playlist(self, id_: str, title: str, tracks: Sequence[str], **more: Any) -> Fields:
        self.holds["playlist", id_] = [("track", each) for each in tracks]
        return self._add("playlist", id_, {"title": title, **more})

    def add_artist(self, id_: str, name: str, albums: Sequence[str], **more: Any) -> Fields:
        self.holds["artist", id_] = [("album", each) for each in albums]
        return self._add("artist", id_, {"title": name, **more})

    def _add(self, kind: str, id_: str, fields: Fields) -> Fields:
        self.things[kind, id_] = {"kind": kind, "source_id": id_, **fields}
        return self.things[kind, id_]

    def count(self, prefix: str = "/") -> int:
        return sum(path.startswith(prefix) for path, _ in self.requests)

    def found(self, text: str, kind: str, limit: int) -> Any:
        if self.answer is not None:
            return self.answer
        words = text.lower().split()
        of_kind = (fields for (its_kind, _), fields in self.things.items() if its_kind == kind)
        return [fields for fields in of_kind if all(word in _described(fields) for word in words)][:limit]

    def page(self, key: Key, number: int) -> Fields:
        held = self.holds[key]
        part = held[number * PAGE : (number + 1) * PAGE]
        items = [self.things.get(each) or _gone(*each) for each in part]
        return {"items": items, "more": len(held) > (number + 1) * PAGE}


def _gone(kind: str, id_: str) -> Fields:
    return {"kind": kind, "source_id": id_, "title": "Gone", "fetchable": False}


def _described(fields: Fields) -> str:
    return f"{fields['title']} {' '.join(fields.get('artists', ()))} {fields.get('album', '')}".lower()


class _Handler(BaseHTTPRequestHandler):
    shop: Shop

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        shop, where = self.shop, urlsplit(self.path)
        shop.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        shop.asked.set()
        try:
            if shop.fault is not None and where.path.startswith(shop.only) and self._failing(shop.fault):
                return
            self._answer(unquote(where.path), {name: one[0] for name, one in parse_qs(where.query).items()})
        except (BrokenPipeError, ConnectionResetError):
            return

    def _failing(self, fault: str) -> bool:
        """Whether that was all."""
        if fault == SLOW:
            self.shop.released.wait(30)
            return True
        if fault in (HALF, HUGE, NO_AUDIO, STUCK):
            return False
        wait = {} if self.shop.retry_after is None else {"retry-after": self.shop.retry_after}
        answers: dict[str, Callable[[], None]] = {
            DOWN: lambda: None,
            FORBIDDEN: lambda: self._send(403, b"no"),
            LIMITED: lambda: self._send(429, b"slow down", **wait),
            HTML: lambda: self._send(200, b"<html>Sign in</html>", **{"content-type": "text/html"}),
            WRONG: lambda: self._json({"items": {"not": "a list"}}),
        }
        answers[fault]()
        return True

    def _answer(self, path: str, query: Mapping[str, str]) -> None:
        if path == "/search":
            found = self.shop.found(query["q"], query["kind"], int(query["limit"]))
            return self._json({"items": found})
        area, _, rest = path.removeprefix("/").partition("/")
        if area == "audio":
            return self._audio(rest)
        id_, _, part = rest.partition("/")
        key = (area, id_)
        if key not in self.shop.things:
            return self._send(404, b"no such thing")
        if part == "contents":
            return self._json(self.shop.page(key, int(query.get("page", "0"))))
        return self._json(self.shop.things[key])

    def _audio(self, id_: str) -> None:
        if id_ not in self.shop.audio:
            return self._send(404, b"no such thing")
        content = self.shop.audio[id_].read_bytes()
        if self.shop.fault == NO_AUDIO:
            content = b"<html>This song is not available in your country.</html>" * 50
        if self.shop.fault == HUGE:
            return self._endless()
        begin = self._begin(len(content))
        status = 206 if begin else 200
        self.send_response(status)
        self.send_header("accept-ranges", "bytes")
        self.send_header("etag", f'"{id_}-{len(content)}"')
        self.send_header("content-length", str(len(content) - begin))
        if begin:
            self.send_header("content-range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        left = content[begin:]
        self.wfile.write(left[: len(left) // 2] if self.shop.fault in (HALF, STUCK) else left)
        if self.shop.fault == STUCK:
            self.wfile.flush()
            self.shop.released.wait(30)
        return None

    def _begin(self, size: int) -> int:
        first = self.headers.get("range", "bytes=0-").removeprefix("bytes=").split("-")[0]
        return min(int(first or 0), size)

    def _endless(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(HUGE_BYTES))
        self.end_headers()
        while not self.shop.released.is_set():
            self.wfile.write(bytes(65536))

    def _json(self, content: Any) -> None:
        self._send(200, json.dumps(content).encode(), **{"content-type": "application/json"})

    def _send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """`folder`: for its files of audio."""

    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        shop = Handler.shop = Shop(f"http://127.0.0.1:{server.server_address[1]}", folder)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield shop
        finally:
            shop.released.set()
            server.shutdown()
            thread.join(10)


@contextmanager
def shops_installed(folder: Path, **shops: Shop) -> Iterator[None]:
    """A plugin `shops` whose sources are named like the arguments, for every core opened meanwhile, also in
    processes started meanwhile that can import the tests."""
    name, site = "MCMA_PLUGIN_SHOPS_SHOPS", folder / "shop-site"
    site.mkdir()
    with ExitStack() as stack:
        stack.enter_context(installed_into(site)).install("shops", SOURCE)
        os.environ[name] = json.dumps({each: shop.url for each, shop in shops.items()})
        stack.callback(os.environ.pop, name)
        yield


def outside_of(
    *sources: Source, limits: TimeLimits | None = None, **shops: Shop
) -> tuple[OutsideSources, PluginRecord]:
    """Over these sources and shops, contained as the host does it; and the record of their plugin."""
    named: dict[str, Source] = {one.name: one for one in sources}
    named |= {name: ShopSource(name, shop.url) for name, shop in shops.items()}
    calls, record = contained(*named.values())
    return OutsideSources(lambda: named, calls, limits), record


def contained(*sources: Source) -> tuple[AbilityCalls, PluginRecord]:
    """What asks them as the host does it; and the record of their plugin."""
    made: type[Plugin[PluginSettings]] = type("ThePlugin", (Plugin,), {"name": "shops"})
    record = PluginRecord("shops", PluginState.RUNNING)
    hosted = Hosted(record, made(PluginSettings()), Secrets(), Abilities(sources=sources))
    return AbilityCalls(lambda: [hosted]), record
