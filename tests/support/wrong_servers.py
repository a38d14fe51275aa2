"""Servers that break one rule of the sync protocol each: the real one, with something between that lies."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2 as httpx

Document = dict[str, Any]
Send = Callable[[httpx.Request], httpx.Response]
Wrong = Callable[[httpx.Request, Send], httpx.Response]
Change = Callable[[Document], object]


class Lying(httpx.BaseTransport):
    def __init__(self, wrong: Wrong) -> None:
        self._wrong, self._inner = wrong, httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._wrong(request, self._sent)

    def _sent(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        answer.read()
        return answer

    def close(self) -> None:
        self._inner.close()


def with_content(request: httpx.Request, document: Document) -> httpx.Request:
    kept = {name: value for name, value in request.headers.items() if name != "content-length"}
    return httpx.Request(request.method, request.url, headers=kept, content=json.dumps(document).encode())


def without(request: httpx.Request, *names: str) -> httpx.Request:
    kept = {name: value for name, value in request.headers.items() if name not in names}
    return httpx.Request(request.method, request.url, headers=kept, content=request.content)


def answered(document: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=document)


def on_answers(path: str, change: Change) -> Wrong:
    """`change` alters the document of every good answer of that path."""

    def wrong(request: httpx.Request, send: Send) -> httpx.Response:
        answer = send(request)
        if not request.url.path.endswith(path) or answer.status_code != 200:
            return answer
        document = answer.json()
        change(document)
        return answered(document)

    return wrong


def on_pushes(change: Change) -> Wrong:
    """`change` alters every batch before it arrives; the answer has the ids and numbers that were sent."""

    def wrong(request: httpx.Request, send: Send) -> httpx.Response:
        if not request.url.path.endswith("/sync/push"):
            return send(request)
        batch = json.loads(request.content)
        named = [(event["id"], event["n"]) for event in batch["events"]]
        change(batch)
        answer = send(with_content(request, batch))
        if answer.status_code != 200:
            return answer
        document = answer.json()
        for result, (id_, n) in zip(document["results"], named, strict=True):
            result |= {"id": id_, "n": n}
        return answered(document)

    return wrong


def on_results(change: Change) -> Wrong:
    return on_answers("/sync/push", lambda document: [change(one) for one in document["results"]])


def on_lines(change: Change) -> Wrong:
    return on_answers("/sync/changes", lambda document: [change(one) for one in document["changes"]])


def lacking(*headers: str) -> Wrong:
    """The server does not look at these headers."""
    return lambda request, send: send(without(request, *headers))


def forgets_tombstones(document: Document) -> None:
    document["changes"] = [line for line in document["changes"] if line["op"] != "del"]


def drops_replaced_by(document: Document) -> None:
    for line in document["changes"]:
        line.pop("replaced_by", None)


def ends_early(document: Document) -> None:
    document["more"] = False


def reverses(name: str) -> Callable[[Document], None]:
    return lambda document: document[name].reverse()


def answers(wanted: Mapping[str, Any], told: Mapping[str, Any]) -> Callable[[Document], None]:
    """Results that are so are told otherwise."""

    def change(result: Document) -> None:
        if wanted.items() <= result.items():
            result |= told

    return change


def digests_wrongly(document: Document) -> None:
    for one in document["items"]:
        one["sum"] = f"{(int(one['sum'], 16) + 1) % 2**64:016x}"


def toggles_likes() -> Wrong:
    liked: dict[str, bool] = {}

    def change(batch: Document) -> None:
        for event in batch["events"]:
            if event["type"] == "like.set":
                item = event["data"]["item_id"]
                liked[item] = event["data"]["liked"] = not liked.get(item, False)

    return on_pushes(change)


def repeats_plays(batch: Document) -> None:
    for event in batch["events"]:
        if event["type"] == "play":
            event["id"] = str(uuid4())


def ignores_skew(batch: Document) -> None:
    batch["sent_at"] = _now()


def believes_no_clock(batch: Document) -> None:
    """What was done offline is said to have been done when it came."""
    for event in batch["events"]:
        event["at"] = _now()


def ignores_gaps() -> Wrong:
    counts: dict[str, int] = {}

    def change(batch: Document) -> None:
        for event in batch["events"]:
            event["n"] = counts[batch["device_id"]] = counts.get(batch["device_id"], 0) + 1

    return on_pushes(change)


def rejects_batches(request: httpx.Request, send: Send) -> httpx.Response:
    """One bad event, and the whole batch is refused."""
    answer = send(request)
    if request.url.path.endswith("/sync/push") and '"rejected"' in answer.text:
        return answered({"code": "invalid_input", "detail": "events"}, 422)
    return answer


def takes_half(request: httpx.Request, send: Send) -> httpx.Response:
    """The good part of a malformed batch is taken."""
    answer = send(request)
    if request.url.path.endswith("/sync/push") and answer.status_code == 422:
        batch = json.loads(request.content)
        send(with_content(request, {**batch, "sent_at": _now(), "events": batch["events"][:1]}))
    return answer


def stands_still(request: httpx.Request, send: Send) -> httpx.Response:
    """`next` is where the client was."""
    answer = send(request)
    if not request.url.path.endswith("/sync/changes") or answer.status_code != 200:
        return answer
    return answered({**answer.json(), "next": request.url.params["cursor"]})


def does_not_wait(request: httpx.Request, send: Send) -> httpx.Response:
    url = request.url.copy_set_param("wait", "0") if "wait" in request.url.params else request.url
    return send(httpx.Request(request.method, url, headers=request.headers, content=request.content))


def forgives(code: str) -> Wrong:
    """What is to be refused is answered as if there was nothing."""

    def wrong(request: httpx.Request, send: Send) -> httpx.Response:
        answer = send(request)
        if answer.status_code < 400 or answer.json().get("code") != code:
            return answer
        empty = {"changes": [], "next": "x", "more": False, "results": [], "acked_n": 0, "head": 0,
                 "epoch": "x", "server_time": _now(), "items": []}  # fmt: skip
        return answered(empty)

    return wrong


def speaks_for(token: str) -> Wrong:
    """Whose cursor it is does not matter: everybody sees what that one sees."""

    def wrong(request: httpx.Request, send: Send) -> httpx.Response:
        if not request.url.path.endswith("/sync/changes"):
            return send(request)
        request.headers["authorization"] = f"Bearer {token}"
        return send(request)

    return wrong


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
