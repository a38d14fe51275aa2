"""Servers that do not keep to the protocol: it is said, nothing is lost, and the copy can be read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mcma_client import BadAnswer, Client, ClientError, items
from mcma_client.login import Login

TRACK, FILE, DEVICE = (f"0193b8f2-6f02-7000-8000-00000000000{number}" for number in range(3))
Answer = Callable[[httpx.Request], httpx.Response] | dict[str, Any] | list[Any]
GOOD: dict[str, Answer] = {
    "/sync/capabilities": {"scopes": [{"scope": "me", "epoch": "e"}]},
    "/sync/snapshot": lambda _: httpx.Response(200, content=b'{"cursor":"c"}\n'),
    "/sync/changes": {"changes": [], "next": "c", "more": False},
    "/sync/digest": {"items": []},
    "/offline/plan": lambda _: httpx.Response(404),
}


def answering(**answers: Answer) -> httpx.MockTransport:
    """Names are paths, with `_` for `/`."""
    known = GOOD | {f"/{name.replace('_', '/')}": one for name, one in answers.items()}

    def handler(request: httpx.Request) -> httpx.Response:
        found = known[request.url.path.removeprefix("/api/v1")]
        return found(request) if callable(found) else httpx.Response(200, json=found)

    return httpx.MockTransport(handler)


def client(folder: Path, **answers: Answer) -> Client:
    Login("http://music.test", "alex", DEVICE, "access", "refresh").write(folder)
    return Client(folder, answering(**answers), sleep=lambda _: None)


def put(**more: Any) -> dict[str, Any]:
    line = {"seq": 1, "scope": "me", "type": "track@1", "id": TRACK, "op": "put", "rev": 1}
    return {**line, "data": {"title": "x", "file_id": FILE}, **more}


def snapshot(*lines: Any) -> Callable[[httpx.Request], httpx.Response]:
    content = b"".join(json.dumps(line).encode() + b"\n" for line in (*lines, {"cursor": "c"}))
    return lambda _: httpx.Response(200, content=content)


@pytest.mark.parametrize(
    "line",
    [put(id=[1]), put(id=None), put(rev="x"), put(rev=2**70), put(rev=True), put(rev=None),
     put(data=[1]), put(data=None), put(data={"title": "x", "album_id": [1]}),
     put(data={"title": "\ud800"}), put(type=None), put(scope=[1]), {"op": "del"}, put(op="del", id=[1]),
     put(op="del", replaced_by=[1]), put(op="del", reason=[1]), 5, None, []],
)  # fmt: skip
def test_lines_that_are_none(tmp_path: Path, line: Any) -> None:
    with client(tmp_path, sync_snapshot=snapshot(put(), line)) as made:
        with pytest.raises(BadAnswer):
            made.sync(compare=True)
        assert items.listed(made.store, "track@1") == [], "a page is taken whole or not at all"


def test_an_id_that_is_none_cannot_be_compared(tmp_path: Path) -> None:
    with (
        client(tmp_path, sync_snapshot=snapshot(put(id="x"))) as made,
        pytest.raises(BadAnswer, match="no id"),
    ):
        made.sync(compare=True)


@pytest.mark.parametrize(
    ("path", "answer"),
    [("sync_capabilities", {"scopes": 5}), ("sync_capabilities", {"scopes": [5]}), ("sync_changes", {}),
     ("sync_changes", {"changes": 5, "next": "c", "more": False}), ("sync_changes", []),
     ("sync_changes", {"changes": [5], "next": "c", "more": False}), ("sync_digest", []),
     ("sync_digest", {"items": 5}), ("sync_digest", {"items": [{}]}),
     ("sync_digest", {"items": [{"scope": "me", "type": [], "items": 1, "sum": "0"}]})],
)  # fmt: skip
def test_answers_that_are_none(tmp_path: Path, path: str, answer: Answer) -> None:
    with client(tmp_path, **{path: answer}) as made, pytest.raises(BadAnswer):
        made.sync(compare=True)


def result(**more: Any) -> dict[str, Any]:
    return {"acked_n": 1, "results": [{"id": "?", "status": "superseded", **more}]}


@pytest.mark.parametrize(
    "answer",
    [{}, {"acked_n": 1}, {"acked_n": 1, "results": 5}, {"acked_n": 1, "results": [5]}, result(status=[1]),
     {"acked_n": -1, "results": []}, {"acked_n": 2**70, "results": []}, {"acked_n": True, "results": []},
     result(code={}), result(message=[1]), result(canonical=[1]), result(canonical={"rev": 2**70})],
)  # fmt: skip
def test_what_was_done_here_outlives_an_answer_that_is_none(tmp_path: Path, answer: dict[str, Any]) -> None:
    def pushed(request: httpx.Request) -> httpx.Response:
        [event] = json.loads(request.content)["events"]
        return httpx.Response(200, content=json.dumps(answer).replace("?", event["id"]))

    with client(tmp_path, sync_snapshot=snapshot(put()), sync_push=pushed) as made:
        made.record.like("track", TRACK)
        with pytest.raises(BadAnswer):
            made.sync()
        assert made.outbox.waiting() == 1
        assert [one.id for one in made.see.liked("track")] == [TRACK]


def not_had(folder: Path, answer: httpx.Response) -> list[ClientError]:
    """Why the music of a track did not come."""
    failed = list[ClientError]()
    content = f"files_{FILE}_content"
    with client(folder, sync_snapshot=snapshot(put()), **{content: lambda _: answer}) as made:
        made.sync()
        made.files.pin("track", TRACK)
        made.fetch(lambda _: None, lambda _, error: failed.append(error))
        assert made.files.here() == []
    return failed


def test_a_redirect_is_not_the_music(tmp_path: Path) -> None:
    """As a network answers that wants a login of its own."""
    away = {"location": "http://login.test/"}
    [error] = not_had(tmp_path, httpx.Response(302, headers=away, content=b"<html>"))
    assert "302" in str(error)


@pytest.mark.parametrize("file_id", ["", "-", "../../x", "a" * 1000, "/etc/passwd"])
def test_what_is_no_id_is_no_file(tmp_path: Path, file_id: str) -> None:
    folder = tmp_path / "copy"
    [error] = not_had(folder, httpx.Response(410, json={"code": "file_changed", "replaced_by": file_id}))
    assert "no id" in str(error)
    assert [one.name for one in tmp_path.iterdir()] == ["copy"]
