"""A site on loopback that the real yt-dlp downloads from, with every way of failing."""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from mcma_youtube.program import Manner
from tests.youtube import site_extractor

SOUND = bytes(range(256)) * 1024
"""A quarter of a megabyte."""
PICTURE = b"\x89PNG" + bytes(100)


@dataclass
class Site:
    info: dict[str, Any] = field(default_factory=dict)
    """Over what it says of every video."""
    sound: bytes = SOUND
    info_status: int = 200
    sound_status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    until: int | None = None
    """After so many bytes of the sound it waits for `go_on`, and breaks off when that is over."""
    breaks: bool = False
    untold: bool = False
    """No Content-Length."""
    go_on: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    """It has sent `until` bytes."""
    asked: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    cookies: list[str | None] = field(default_factory=list)
    base: str = ""
    missing: tuple[str, ...] = ()

    def told(self, video_id: str) -> dict[str, Any]:
        if video_id in self.missing:
            return {"error": "Video unavailable"}
        sound = {
            "format_id": "251", "url": f"{self.base}/sound/{video_id}", "ext": "webm", "acodec": "opus",
            "vcodec": "none", "abr": 160,
        }  # fmt: skip
        return {"title": "A title", "formats": [sound], "thumbnail": f"{self.base}/cover.png", **self.info}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        site = self.server.site
        site.asked.append(self.path)
        what = self.path.split("/")[1]
        with suppress(OSError):
            if what == "info":
                self._give(site.info_status, json.dumps(site.told(self.path.rpartition("/")[2])).encode())
            elif what == "sound":
                self._sound(site)
            else:
                self._give(200, PICTURE)

    def _give(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**self.server.site.headers, **headers}.items():
            self.send_header(name, value)
        if not self.server.site.untold:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _sound(self, site: Site) -> None:
        site.ranges.append(self.headers["range"])
        site.cookies.append(self.headers["cookie"])
        if site.sound_status != 200:
            return self._give(site.sound_status, b"no")
        begin = int(match[1]) if (match := re.match(r"bytes=(\d+)-", self.headers["range"] or "")) else 0
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("content-range", f"bytes {begin}-{len(site.sound) - 1}/{len(site.sound)}")
        if not site.untold:
            self.send_header("content-length", str(len(site.sound) - begin))
        self.end_headers()
        return self._body(site, begin)

    def _body(self, site: Site, begin: int) -> None:
        end = len(site.sound) if site.until is None else max(site.until, begin)
        self.wfile.write(site.sound[begin:end])
        self.wfile.flush()
        if site.until is not None:
            site.reached.set()
            site.go_on.wait(30)
            if not site.breaks:
                self.wfile.write(site.sound[end:])

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def open_site() -> Iterator[Site]:
    site = Site()
    server = _Server(site)
    site.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


def manner_for(site: Site, folder: Path) -> Manner:
    """How yt-dlp gets to it: by an extractor of its own, and no other."""
    plugins = folder / "site" / "yt_dlp_plugins" / "extractor"
    plugins.mkdir(parents=True, exist_ok=True)
    source = Path(site_extractor.__file__).read_text().replace(site_extractor.BASE, site.base)
    (plugins / "site.py").write_text(source)
    return Manner(extractors="mcmasite", plugin_dirs=folder, socket_seconds=20, retries=1, pause=0)
