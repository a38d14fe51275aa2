"""Songs and pictures as bytes, and what browsers and caches need around them."""

import io
import zipfile
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from mcma_plugins.errors import Unavailable
from mcma_plugins.streams import Announced, StreamWish
from mcma_plugins.values import StreamFile
from tests.subsonic import fakedata as data
from tests.subsonic.conftest import mounted
from tests.subsonic.fakeserver import API_KEY, PICTURE, FakeServer, services
from tests.support import opensubsonic as spec

SONG = f"tr-{data.track_id(1)}"
ALBUM = f"al-{data.FULL.id}"
KEY = {"apiKey": API_KEY}


@pytest.mark.parametrize("method", ["stream", "stream.view", "download"])
def test_the_original_comes_whole(client: TestClient, music_file: Path, method: str) -> None:
    response = client.get(f"/rest/{method}", params={**KEY, "id": SONG, "format": "mp3", "maxBitRate": "64"})
    assert (response.status_code, response.content) == (200, music_file.read_bytes())
    assert response.headers["content-type"] == "audio/flac"
    assert response.headers["content-length"] == "1024"
    assert response.headers["accept-ranges"] == "bytes"
    assert response.headers["access-control-allow-origin"] == "*"
    assert ("attachment" in response.headers.get("content-disposition", "")) is (method == "download")


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-", 206, slice(None)),
        ("bytes=10-19", 206, slice(10, 20)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=4096-", 416, None),
        ("nonsense", 200, slice(None)),
    ],
)
@pytest.mark.parametrize("form", [False, True])
def test_ranges(
    client: TestClient, music_file: Path, wanted: str, status: int, part: slice | None, form: bool
) -> None:
    query, headers = {**KEY, "id": SONG}, {"range": wanted}
    if form:
        response = client.post("/rest/stream", data=query, headers=headers)
    else:
        response = client.get("/rest/stream", params=query, headers=headers)
    assert response.status_code == status
    if part is not None:
        assert response.content == music_file.read_bytes()[part]


def test_head_has_the_length_and_no_body(client: TestClient) -> None:
    response = client.head("/rest/stream", params={**KEY, "id": SONG})
    assert (response.headers["content-length"], response.content) == ("1024", b"")
    assert client.head("/rest/getCoverArt", params={**KEY, "id": ALBUM}).content == b""
    assert client.head("/rest/ping", params=KEY).content == b""


def test_the_same_bytes_are_not_sent_again(client: TestClient) -> None:
    query = {**KEY, "id": SONG}
    etag = client.get("/rest/stream", params=query).headers["etag"]
    again = client.get("/rest/stream", params=query, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("id_", "code"),
    [
        (ALBUM, 70),
        ("tr-1", 70),
        ("", 10),
        (f"tr-{data.track_id(99)}", 70),
        (f"tr-{data.track_id(6)}", 70),
    ],
)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_errors_of_bytes_are_envelopes(client: TestClient, id_: str, code: int, form: str) -> None:
    response = client.get("/rest/stream", params={**KEY, "id": id_, "f": form})
    answer = response.json() if form == "json" else spec.from_xml("stream", response.content)
    assert response.status_code == 200
    assert answer["subsonic-response"]["error"]["code"] == code


def test_a_volume_that_is_gone_is_an_envelope() -> None:
    response = TestClient(mounted(services(None))).get(
        "/rest/stream", params={**KEY, "id": SONG, "f": "json"}
    )
    assert response.json()["subsonic-response"]["error"] == {"code": 0, "message": "The volume is gone."}


def test_busy_is_told_to_players_and_proxies(client: TestClient) -> None:
    response = client.get("/rest/stream", params={**KEY, "id": f"tr-{data.track_id(5)}", "f": "json"})
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert spec.problems("stream", response.json()) == []


@pytest.mark.parametrize("id_", [ALBUM, f"ar-{data.artist_id(1)}", f"pl-{data.MIX.id}"])
def test_whole_collections_come_as_one_file(client: TestClient, id_: str) -> None:
    response = client.get("/rest/download", params={**KEY, "id": id_})
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.read("All/1.txt") == b"words"
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["access-control-allow-origin"] == "*"
    head = client.head("/rest/download", params={**KEY, "id": id_})
    assert head.headers["content-length"] == str(len(response.content))


@pytest.mark.parametrize(("id_", "status", "code"), [(data.album_id(5), 429, 0), (data.album_id(9), 200, 70)])
def test_collections_that_cannot_be_had(client: TestClient, id_: Any, status: int, code: int) -> None:
    response = client.get("/rest/download", params={**KEY, "id": f"al-{id_}", "f": "json"})
    assert response.status_code == status
    assert response.json()["subsonic-response"]["error"]["code"] == code


COVERS = [ALBUM, f"ar-{data.artist_id(1)}", SONG, f"pl-{data.MIX.id}", f"{ALBUM}_1234abcd"]


@pytest.mark.parametrize("id_", COVERS)
def test_everything_has_a_picture(client: TestClient, id_: str) -> None:
    response = client.get("/rest/getCoverArt", params={**KEY, "id": id_, "size": "300"})
    assert (response.content, response.headers["content-type"]) == (PICTURE, "image/png")
    assert response.headers["etag"] == '"art-300"'
    stored = response.headers["cache-control"]
    assert stored == ("private, max-age=86400" if id_.startswith("al-") else "no-store")


@pytest.mark.parametrize(
    ("size", "wanted"), [("", None), ("0", None), ("40", 40), ("99999", 4096), ("9" * 19, 4096)]
)
def test_picture_sizes(client: TestClient, server: FakeServer, size: str, wanted: int | None) -> None:
    response = client.get("/rest/getCoverArt", params={**KEY, "id": ALBUM, "size": size})
    if size != "9" * 19:
        assert server.streaming.covers[-1][1] == wanted
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("tag", "status"), [('"art-None"', 304), ('W/"art-None"', 304), ('"a", "art-None"', 304), ('"b"', 200)]
)
def test_known_pictures_are_not_sent_again(client: TestClient, tag: str, status: int) -> None:
    response = client.get("/rest/getCoverArt", params={**KEY, "id": ALBUM}, headers={"if-none-match": tag})
    assert response.status_code == status


@pytest.mark.parametrize("id_", ["", "nonsense", "1", f"al-{data.album_id(9)}", f"{ALBUM}_xyz"])
def test_unknown_pictures(client: TestClient, id_: str) -> None:
    response = client.get("/rest/getCoverArt", params={**KEY, "id": id_, "f": "json"})
    assert response.json()["subsonic-response"]["error"]["code"] == (70 if id_ else 10)


def test_preflight(client: TestClient) -> None:
    response = client.options("/rest/stream", headers={"origin": "https://player.example"})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert "POST" in response.headers["access-control-allow-methods"]


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://a.example", True), ("https://evil.example", False)]
)
def test_chosen_origins(origin: str, allowed: bool) -> None:
    client = TestClient(mounted(services(), cors_origins="https://a.example https://b.example"))
    response = client.get("/rest/ping", params=KEY, headers={"origin": origin})
    assert (response.headers.get("access-control-allow-origin") == origin) is allowed
    assert "Origin" in response.headers["vary"]


def test_other_methods_are_told_so(client: TestClient) -> None:
    response = client.put("/rest/ping", params={"f": "json"})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")
    assert response.json()["subsonic-response"]["status"] == "failed"


@pytest.mark.parametrize("path", ["", "/", "/nothing", "/ping/more", "/Ping", "/ping.view.view", "/%00"])
def test_unknown_methods_are_envelopes(client: TestClient, path: str) -> None:
    response = client.get(f"/rest{path}", params={**KEY, "f": "json"})
    error: dict[str, Any] = response.json()["subsonic-response"]["error"]
    assert (response.status_code, error["code"]) == (200, 0)


def test_who_enters_rest_in_an_app_is_told(client: TestClient) -> None:
    response = client.get("/rest/rest/ping.view", params={**KEY, "f": "json"})
    assert "without /rest" in response.json()["subsonic-response"]["error"]["message"]


def test_bodies_have_a_limit(client: TestClient) -> None:
    response = client.post("/rest/ping", content=b"x" * (10 * 1024 * 1024 + 1), params={"f": "json"})
    assert response.status_code == 413
    assert response.json()["subsonic-response"]["error"]["code"] == 0


def test_it_may_be_mounted_below_another_path(server: FakeServer) -> None:
    outer = Starlette(routes=[Mount("/music", mounted(server))])
    response = TestClient(outer).get("/music/rest/ping.view", params={**KEY, "f": "json"})
    assert response.json()["subsonic-response"]["status"] == "ok"


@pytest.mark.parametrize("status", [408, 413])
def test_what_the_host_refuses_about_a_body_is_said_and_is_no_failure(
    server: FakeServer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    inner = mounted(server)

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        async def refusing() -> Message:
            raise HTTPException(status, "Not that body.")

        await inner(scope, refusing, send)

    response = TestClient(limited).post("/rest/ping", content=b"a=b", params={"f": "json"})
    assert response.status_code == status
    assert response.json()["subsonic-response"]["error"]["message"] == "Not that body."
    assert caplog.records == []


class Dripping:
    """A rendition that grows; `broken` ends it in the middle."""

    def __init__(self, pieces: list[bytes], whole: StreamFile | None = None, *, broken: bool = False) -> None:
        self.announced = Announced("audio/mpeg", "mp3", 12)
        self.pieces, self.whole, self.broken = pieces, whole, broken
        self.closed = 0

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        for piece in self.pieces:
            yield piece
        if self.broken:
            raise Unavailable("It came to nothing.")

    async def finished(self, seconds: float) -> StreamFile | None:
        return self.whole

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    ("params", "wish"),
    [
        ({}, StreamWish()),
        ({"format": "", "maxBitRate": "0", "timeOffset": ""}, StreamWish()),
        ({"format": "mp3", "maxBitRate": "128"}, StreamWish("mp3", 128)),
        ({"maxBitRate": "99999999"}, StreamWish()),
        ({"format": "raw"}, StreamWish("raw")),
        ({"format": "opus", "timeOffset": "30"}, StreamWish("opus", offset_ms=30_000)),
    ],
)
def test_what_a_client_wishes_for(
    client: TestClient, server: FakeServer, params: dict[str, str], wish: StreamWish
) -> None:
    for method, start in (("GET", True), ("HEAD", False)):
        client.request(method, "/rest/stream", params={**KEY, "id": SONG, **params})
        assert server.streaming.wishes[-1] == (wish, start)


@pytest.mark.parametrize("params", [{"maxBitRate": "x"}, {"timeOffset": "-1"}, {"maxBitRate": "-5"}])
def test_a_wish_that_is_none_is_said(client: TestClient, params: dict[str, str]) -> None:
    answer = client.get("/rest/stream", params={**KEY, "id": SONG, "f": "json", **params})
    assert answer.json()["subsonic-response"]["error"]["code"] == 0


def test_what_grows_has_no_length_and_is_closed(client: TestClient, server: FakeServer) -> None:
    server.streaming.answers = growing = Dripping([b"abc", b"defg"])
    answer = client.get("/rest/stream", params={**KEY, "id": SONG, "format": "mp3"})
    assert (answer.status_code, answer.content) == (200, b"abcdefg")
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["accept-ranges"] == "none"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "content-length" not in answer.headers
    assert growing.closed == 1


def test_looking_at_what_grows_says_no_length(client: TestClient, server: FakeServer) -> None:
    server.streaming.answers = Announced("audio/mpeg", "mp3", 12)
    asked = {**KEY, "id": SONG, "format": "mp3", "maxBitRate": "160"}
    assert "content-length" not in client.head("/rest/stream", params=asked).headers
    estimated = client.head("/rest/stream", params={**asked, "estimateContentLength": "true"})
    assert estimated.headers["content-length"] == "12"


@pytest.mark.parametrize("pieces", [[b"abc"], [b"a" * 10, b"b" * 10]])
def test_an_estimated_length_is_kept(client: TestClient, server: FakeServer, pieces: list[bytes]) -> None:
    server.streaming.answers = Dripping(pieces)
    asked = {**KEY, "id": SONG, "format": "mp3", "estimateContentLength": "true"}
    answer = client.get("/rest/stream", params=asked)
    assert answer.headers["content-length"] == "12"
    assert answer.content == b"".join(pieces)[:12].ljust(12, b"\0")


def test_a_range_waits_for_the_whole(client: TestClient, server: FakeServer, music_file: Path) -> None:
    whole = StreamFile(
        bytes(music_file), 1024, "new", "audio/mpeg", "mp3", datetime(2026, 1, 1, tzinfo=UTC), "song.mp3"
    )
    server.streaming.answers = growing = Dripping([b"abc"], whole)
    asked = {**KEY, "id": SONG, "format": "mp3"}
    part = client.get("/rest/stream", params=asked, headers={"range": "bytes=100-109"})
    assert (part.status_code, part.content) == (206, music_file.read_bytes()[100:110])
    assert part.headers["etag"] == '"new"'
    first = client.get("/rest/stream", params=asked, headers={"range": "bytes=0-"})
    assert (first.status_code, first.content) == (200, b"abc")
    growing.whole = None
    late = client.get("/rest/stream", params=asked, headers={"range": "bytes=100-"})
    assert (late.status_code, late.content) == (200, b"abc")
    assert growing.closed == 3


def test_what_breaks_in_the_middle_is_cut_off(client: TestClient, server: FakeServer) -> None:
    server.streaming.answers = growing = Dripping([b"abc"], broken=True)
    with pytest.raises(ConnectionError):
        client.get("/rest/stream", params={**KEY, "id": SONG, "format": "mp3"})
    server.streaming.answers = nothing = Dripping([], broken=True)
    answer = client.get("/rest/stream", params={**KEY, "id": SONG, "format": "mp3", "f": "json"})
    assert answer.json()["subsonic-response"]["status"] == "failed"
    assert growing.closed == nothing.closed == 1
