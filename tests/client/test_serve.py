"""The page on a laptop: who may see it, what it plays, and that what is liked there is kept."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mcma_client import items
from mcma_client.client import Client
from mcma_client.files import Files
from mcma_client.serve import Offline

TRACK, OTHER = (f"019353a0-0000-7000-8000-00000000000{n}" for n in "ab")
MUSIC = bytes(range(256)) * 8


@pytest.fixture
def offline(tmp_path: Path) -> Iterator[Offline]:
    with Client(tmp_path) as client:
        head = {"scope": "catalog:x", "op": "put", "rev": 1}
        told = [{**head, "type": "track@1", "id": id_, "data": {"title": title, "file_id": id_}}
                for id_, title in ((TRACK, "Sinnerman"), (OTHER, "Ne me quitte pas <b>"))]  # fmt: skip
        told.append(
            {**head, "type": "track_file@1", "id": TRACK, "data": {"track_id": TRACK, "suffix": "flac"}}
        )
        path = tmp_path / "music" / "aa" / TRACK
        path.parent.mkdir(parents=True)
        path.write_bytes(MUSIC)
        with client.store.write() as connection:
            items.take(connection, told, {})
            row = (TRACK, TRACK, f"aa/{TRACK}", len(MUSIC))
            connection.execute("INSERT INTO files (track_id, file_id, name, size) VALUES (?, ?, ?, ?)", row)
    with serving_offline(Offline(tmp_path)) as made:
        yield made


@contextmanager
def serving_offline(made: Offline) -> Iterator[Offline]:
    with made.server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def ask(
    offline: Offline, path: str, method: str = "GET", body: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", offline.port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = None if body is None else json.dumps(body)
    connection.request(method, path, sent, {"cookie": f"key={offline.key}", **named})
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_the_address_opens_it_and_nothing_else_does(offline: Offline) -> None:
    key = offline.address.split("127.0.0.1")[1].split("/", 1)[1]
    status, headers, _ = ask(offline, f"/{key}", cookie="")
    assert (status, headers["location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Strict"} <= set(headers["set-cookie"].split("; "))
    for path in ("/", "/tracks", f"/music/{TRACK}", "/?key=wrong", "/?key=%ff"):
        assert ask(offline, path, cookie="")[0] == 403
        assert ask(offline, path, cookie="key=wrong; a=\x01")[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost:1", ""])
def test_no_other_site_poses_as_this_one(offline: Offline, host: str) -> None:
    assert ask(offline, "/", host=host)[0] == 421
    assert (
        ask(offline, "/like", "POST", {"track_id": TRACK, "liked": True}, host=host, x_key=offline.key)[0]
        == 421
    )


def test_the_page_needs_nothing_from_elsewhere(offline: Offline) -> None:
    status, headers, body = ask(offline, "/")
    assert status == 200
    assert b"http://" not in body and b"https://" not in body and b"innerHTML" not in body
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert body.count(f'nonce="{nonce}"'.encode()) == 2
    assert ask(offline, "/nothing")[0] == 404


def test_what_is_here_and_what_is_found(offline: Offline) -> None:
    assert [one["id"] for one in json.loads(ask(offline, "/tracks")[2])] == [TRACK]
    found = json.loads(ask(offline, "/tracks?q=QUITTE")[2])
    assert [(one["title"], one["here"], one["liked"]) for one in found] == [
        ("Ne me quitte pas <b>", False, False)
    ]


def test_a_like_is_kept_for_the_server(offline: Offline) -> None:
    sent = {"track_id": TRACK, "liked": True}
    assert ask(offline, "/like", "POST", sent)[0] == 403, "without the header"
    assert ask(offline, "/like", "POST", sent, x_key="wrong")[0] == 403
    assert ask(offline, "/like", "POST", sent, x_key=offline.key, cookie="")[0] == 403
    assert ask(offline, "/like", "POST", {"liked": 1}, x_key=offline.key)[0] == 400
    assert ask(offline, "/other", "POST", sent, x_key=offline.key)[0] == 400
    assert ask(offline, "/like", "POST", {**sent, "track_id": "x"}, x_key=offline.key)[0] == 404
    assert ask(offline, "/like", "POST", sent, x_key=offline.key)[0] == 200
    assert json.loads(ask(offline, "/tracks")[2])[0]["liked"] is True
    with Client(offline.folder) as client:
        assert client.outbox.waiting() == 1


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [("bytes=0-9", 206, 0, 9), ("bytes=100-", 206, 100, 2047), ("bytes=-5", 206, 2043, 2047),
     ("bytes=2000-9999", 206, 2000, 2047)],
)  # fmt: skip
def test_parts_of_music(offline: Offline, asked: str, status: int, first: int, last: int) -> None:
    found, headers, body = ask(offline, f"/music/{TRACK}", range=asked)
    assert (found, body) == (status, MUSIC[first : last + 1])
    assert headers["content-range"] == f"bytes {first}-{last}/2048"
    assert headers["content-type"] == "audio/flac"


def test_whole_music_and_what_is_none(offline: Offline) -> None:
    assert ask(offline, f"/music/{TRACK}")[2] == MUSIC
    assert ask(offline, f"/music/{TRACK}", range="chapters=1")[::2] == (200, MUSIC)
    status, headers, body = ask(offline, f"/music/{TRACK}", "HEAD")
    assert (status, headers["content-length"], body) == (200, "2048", b"")
    assert ask(offline, f"/music/{TRACK}", range="bytes=5000-")[0] == 416
    for id_ in (OTHER, "..%2F..%2Freplica.db", "../../replica.db", "x"):
        assert ask(offline, f"/music/{id_}")[0] == 404


def test_files_are_found_by_what_the_client_fetched(offline: Offline) -> None:
    with Client(offline.folder) as client:
        assert Files(client.store, offline.folder / "music").path(TRACK) is not None
