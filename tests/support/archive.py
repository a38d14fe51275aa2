"""A fake Internet Archive over real HTTP: the shape of its search, metadata and downloads, and its oddities.

The shapes are those of the archive's own documentation of its metadata API and of its components' fixtures.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.support.audio import make_audio
from tests.support.webserver import Answer, Request, WebServer, Write, head, saying, serving_web

Fields = dict[str, Any]
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ffa10b5a1d0000000049454e44ae426082"
)
SEARCHED = ("title", "creator", "description", "subject")
_WORD, _COLLECTION = re.compile(r'"(\w+)"'), re.compile(r"collection:\(([^)]*)\)")


@dataclass
class FakeArchive:
    web: WebServer
    items: dict[str, Fields] = field(default_factory=dict)
    """Whole documents of the metadata API, by identifier."""
    content: dict[str, bytes] = field(default_factory=dict)
    """By `identifier/file`."""
    faults: dict[str, Answer] = field(default_factory=dict)
    """By the beginning of a path: what is answered instead."""

    @property
    def url(self) -> str:
        return self.web.url("")

    def add(self, identifier: str, files: list[Fields] | None = None, **about: Any) -> Fields:
        """Like the archive, which puts the metadata's own files and thumbnails among the others."""
        metadata = {
            "identifier": identifier,
            "mediatype": "audio",
            "collection": ["opensource_audio"],
            **about,
        }
        self.items[identifier] = {
            "created": 1616004182, "d1": "ia600308.us.archive.org", "dir": f"/21/items/{identifier}",
            "files": [*(files or []), _plain("__ia_thumb.jpg", "Item Tile"),
                      _plain(f"{identifier}_files.xml", "Metadata"),
                      _plain(f"{identifier}_archive.torrent", "Archive BitTorrent")],
            "files_count": len(files or []) + 3, "metadata": metadata, "server": "ia800308.us.archive.org",
            "uniq": 267404775,
        }  # fmt: skip
        return metadata

    def sound(self, identifier: str, name: str, content: bytes, form: str, **more: Any) -> Fields:
        """A file's fields, as the archive has them: numbers are texts."""
        self.content[f"{identifier}/{name}"] = content
        return {
            "name": name, "source": "original", "format": form, "mtime": "1479169618",
            "size": str(len(content)), "md5": hashlib.md5(content).hexdigest(),
            "sha1": hashlib.sha1(content).hexdigest(), **more,
        }  # fmt: skip

    async def answer(self, request: Request, write: Write) -> None:
        fault = next((one for path, one in self.faults.items() if request.path.startswith(path)), None)
        await (fault or self._good(request))(request, write)

    def _good(self, request: Request) -> Answer:
        kind, _, rest = request.path[1:].partition("/")
        answers = {
            "advancedsearch.php": lambda: self._search(request),
            "metadata": lambda: _json(self.items.get(unquote(rest), {})),
            "download": lambda: saying(302, location=f"/21/items/{rest}"),
            "21": lambda: self._file(unquote(rest.removeprefix("items/"))),
            "services": lambda: saying(content=PICTURE, content_type="image/png"),
        }
        return answers.get(kind, lambda: saying(404, b"<html>", content_type="text/html"))()

    def _search(self, request: Request) -> Answer:
        asked = parse_qs(urlsplit(request.target).query, keep_blank_values=True)
        query, rows, page = asked["q"][0], int(asked["rows"][0]), int(asked["page"][0])
        found = [one["metadata"] for one in self.items.values() if _fits(one, query)]
        docs = [{name: one[name] for name in asked["fl[]"] if name in one} for one in found]
        start = (page - 1) * rows
        return _json({
            "responseHeader": {"status": 0, "QTime": 12, "params": {"query": query, "rows": rows}},
            "response": {"numFound": len(docs), "start": start, "docs": docs[start : start + rows]},
        })  # fmt: skip

    def _file(self, key: str) -> Answer:
        content = self.content.get(key)
        return saying(404, b"<html>", content_type="text/html") if content is None else ranged(content)


def _fits(item: Fields, query: str) -> bool:
    about = item["metadata"]
    said = json.dumps([about.get(one) for one in SEARCHED], ensure_ascii=False).lower()
    collections = _COLLECTION.search(query)
    enough = any if '" OR "' in query else all
    return (
        not item.get("is_dark")
        and enough(word in said for word in _WORD.findall(query))
        and about.get("mediatype") in ("audio", "etree")
        and ("licenseurl:*" not in query or "licenseurl" in about)
        and (collections is None or bool({*collections[1].split(" OR ")} & {*about["collection"]}))
    )


def _json(document: object) -> Answer:
    return saying(content=json.dumps(document).encode(), content_type="application/json")


def _plain(name: str, form: str) -> Fields:
    return {"name": name, "source": "metadata", "format": form, "size": "100"}


def ranged(content: bytes, upto: int | None = None) -> Answer:
    """As nginx serves files: with an ETag, in ranges. `upto`: the connection ends there."""

    async def answer(request: Request, write: Write) -> None:
        kind = guess_type(request.path)[0] or "application/octet-stream"
        etag = f'"{hashlib.md5(content).hexdigest()[:13]}"'
        fits = request.headers.get("if-range", etag) == etag
        first = int(request.headers["range"][6:-1]) if "range" in request.headers and fits else 0
        named: Mapping[str, str] = {
            "etag": etag, "content-type": kind,
            "content-length": str(len(content) - first),
            **({"content-range": f"bytes {first}-{len(content) - 1}/{len(content)}"} if first else {}),
        }  # fmt: skip
        await write(head(206 if first else 200, named) + content[first:upto])

    return answer


def record(archive: FakeArchive, folder: Path, identifier: str = "night-songs-2019") -> None:
    """An album of two songs, each as FLAC by its uploader and as MP3 and Ogg made of it; with a cover."""
    files = []
    for number, (name, title) in enumerate(
        [("01 - First Light", "First Light"), ("02 - Übermut", "Übermut")], 1
    ):
        sound = make_audio(folder / f"{number}.flac", fmt="flac", seconds=2, freq=300 * number).read_bytes()
        small = make_audio(folder / f"{number}.mp3", fmt="mp3", seconds=2, freq=300 * number).read_bytes()
        made = {"source": "derivative", "original": f"{name}.flac"}
        files += [
            archive.sound(identifier, f"{name}.flac", sound, "Flac", title=title, track=f"0{number}",
                          length="2.00", artist="Ann Ash", album="Night Songs"),
            archive.sound(identifier, f"{name}.mp3", small, "VBR MP3", **made, length="0:02", bitrate="128",
                          title=title, track=str(number)),
            {"name": f"{name}.png", "format": "Spectrogram", **made, "size": "9"},
        ]  # fmt: skip
    files.append(archive.sound(identifier, "Front Cover.png", PICTURE, "PNG"))
    archive.add(identifier, files, title="Night Songs", creator="Ann Ash", date="2019-03-01",
                licenseurl=LICENCE, uploader="ann@example.org",
                description="<p>For the night</p>")  # fmt: skip


def file_id(identifier: str, name: str) -> str:
    return f"{identifier}/{quote(name)}"


@asynccontextmanager
async def open_archive() -> AsyncIterator[FakeArchive]:
    async with serving_web() as web:
        archive = FakeArchive(web)
        web.otherwise = archive.answer
        yield archive
