"""A package index on loopback, with wheels of yt-dlp made here."""

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

import yt_dlp.version

EJS = "0.9.9"


def real_wheel(version: str) -> bytes:
    """The yt-dlp that is installed, under another version."""
    folder = Path(yt_dlp.version.__file__).parent
    with _zipped() as (archive, content):
        for path in folder.rglob("*.py"):
            text = path.read_text()
            if path.name == "version.py":
                text = text.replace(yt_dlp.version.__version__, version)
            archive.writestr(str(path.relative_to(folder.parent)), text)
    return content.getvalue()


def small_wheel(main: str) -> bytes:
    """What is called yt-dlp and does only what `main` says."""
    with _zipped() as (archive, content):
        archive.writestr("yt_dlp/__init__.py", "")
        archive.writestr("yt_dlp/__main__.py", main)
    return content.getvalue()


def ejs_wheel() -> bytes:
    with _zipped() as (archive, content):
        archive.writestr("yt_dlp_ejs/__init__.py", f"version = {EJS!r}\n")
    return content.getvalue()


@contextmanager
def _zipped() -> Iterator[tuple[zipfile.ZipFile, io.BytesIO]]:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        yield archive, content


@dataclass
class Wheelhouse:
    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def offer(self, version: str, content: bytes, changed: Mapping[str, Any] = {}) -> None:
        """The newest yt-dlp, which wants the ejs that is here."""
        self.files[f"yt_dlp-{version}-py3-none-any.whl"] = content
        self.files[f"yt_dlp_ejs-{EJS}-py3-none-any.whl"] = ejs_wheel()
        wants = [f'yt-dlp-ejs=={EJS}; extra == "default"', 'mutagen; extra == "default"']
        info = {"version": version, "requires_python": ">=3.10", "requires_dist": wants, "yanked": False}
        file = self._file(f"yt_dlp-{version}-py3-none-any.whl")
        sdist = {**file, "filename": f"yt_dlp-{version}.tar.gz"}
        self.pages["/pypi/yt-dlp/json"] = {"info": {**info, **changed}, "urls": [sdist, file]}
        ejs = {"info": {"version": EJS}, "urls": [self._file(f"yt_dlp_ejs-{EJS}-py3-none-any.whl")]}
        self.pages[f"/pypi/yt-dlp-ejs/{EJS}/json"] = ejs

    def _file(self, name: str) -> dict[str, Any]:
        sha256 = hashlib.sha256(self.files[name]).hexdigest()
        url = f"{self.base}/files/{name}"
        return {"filename": name, "url": url, "digests": {"sha256": sha256}, "yanked": False}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, house: Wheelhouse) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.house = house


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        house = self.server.house
        house.asked.append(self.path)
        if self.path.startswith("/files/"):
            return self._give(200, house.files[self.path.rpartition("/")[2]], "application/octet-stream")
        page = house.pages.get(self.path)
        status = house.status if page is not None else 404
        return self._give(status, json.dumps(page).encode(), "application/json")

    def _give(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def open_house() -> Iterator[Wheelhouse]:
    house = Wheelhouse()
    server = _Server(house)
    house.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield house
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def installed_version() -> str:
    return metadata.version("yt-dlp")
