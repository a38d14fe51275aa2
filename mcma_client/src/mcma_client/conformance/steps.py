"""What a step of a scenario may be. Each tells something that `expect` is held against and `save` is taken
from: `save = { cursor = "cursor" }`. `as = "second"` asks in the name of the second account, `as =
"nobody"` without a login.

    ask = "GET /sync/digest"    with params, headers, json, content; tells status, code, headers, body,
                                length. Of lines, body is {lines, last}
    push = "phone"              events, by name; repeat = 501 makes so many of the last; body = {...}
                                replaces parts of the batch. Tells as above, and results: "applied",
                                "rejected:unknown_type" ...; `results = [...]` is short for expecting them.
                                Its shape is looked at anyway
    snapshot = ["me"]           of scopes (none: all), types; tells lines, cursor, pages
    follow = "$cursor"          to the end, limit; tells lines, cursor, answers
    compare = ["me"]            a snapshot, its changes and the digest belong together
    poll = "name"               begin a long poll: cursor, wait; `polled = "name"` has it `within` so many
                                seconds
    listen = "name"             begin to hear events; `heard = "name"` waits for one that is like `event`
    hand = "merge"              something that only the operator can do, with its `given`
    on = "phone", do = "like"   a client does something, see `driving.py`
"""

import json
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from queue import Empty, SimpleQueue
from typing import Any

import httpx2 as httpx

from mcma_client.clock import uuid7
from mcma_client.conformance.account import Account, Answer
from mcma_client.conformance.driving import DRIVING
from mcma_client.conformance.errors import BadScenario, Failed, Unmet
from mcma_client.conformance.mirror import Mirror, changes, checked_changes, snapshot
from mcma_client.conformance.run import Run, Step, Told, of_answer
from mcma_client.conformance.values import mismatch
from mcma_client.trust import authorities

_PATIENCE = 10.0
"""Seconds for what is to come at once."""
_STATUSES = ["applied", "duplicate", "superseded", "rejected", "deferred"]
_RESULT = {"id": "$uuid", "n": "$count", "status": {"$one_of": _STATUSES}}
_PUSHED = {"acked_n": "$count", "head": "$count", "epoch": "$text", "server_time": "$time"}


def _ask(run: Run, step: dict[str, Any]) -> Told:
    method, path = run.filled(step["ask"]).split(" ", 1)
    sent, content = run.filled(step.get("json")), step.get("content")
    if isinstance(sent, dict):
        _note(run, step, sent)
    who = step.get("as", "main")
    answer = run.account("main" if who == "nobody" else who).ask(
        method, path, params=run.filled(step.get("params")), sent=sent, signed=who != "nobody",
        headers=run.filled(step.get("headers")),
        content=None if content is None else run.filled(content).encode(),
    )  # fmt: skip
    told = of_answer(answer)
    if "status" not in step.get("expect", {}) and answer.status >= 400:
        raise Failed(f"the status is {answer.status}\n{answer.told}")
    if method == "DELETE" and path.startswith("/libraries/") and "/access/" in path and answer.status < 300:
        library, user = path.removeprefix("/libraries/").split("/access/")
        run.traced().hidden.append((library, user))
    return told


def _note(run: Run, step: dict[str, Any], sent: dict[str, Any]) -> None:
    for event in sent.get("events") or ():
        if isinstance(event, dict):
            run.traced("second" if step.get("as") == "second" else "main").sent(
                event.get("type"), event.get("data")
            )


def _push(run: Run, step: dict[str, Any]) -> Told:
    device, events = (
        run.devices[step["push"]],
        [_event(run, step["push"], name) for name in step.get("events", ())],
    )
    while events and len(events) < step.get("repeat", 0):
        events.append({**events[-1], "id": str(uuid7(run.suite.clock())), "n": events[-1]["n"] + 1})
    batch = {**device.batch(events, run.suite.clock()), **run.filled(step.get("body", {}))}
    _note(run, step, batch)
    answer = run.account(step.get("as", "main")).ask("POST", "/sync/push", sent=batch)
    told = of_answer(answer)
    if answer.status == 200:
        _check_pushed(batch, answer)
        told.root["results"] = [_short(one) for one in told.root["body"]["results"]]
    elif "status" not in step.get("expect", {}):
        raise Failed(f"the status is {answer.status}\n{answer.told}")
    if "results" in step and (said := mismatch(step["results"], told.root.get("results"), "results")):
        raise Failed(f"{said}\n{answer.told}")
    return told


def _event(run: Run, device: str, name: str) -> dict[str, Any]:
    """Made once: named again, it is the same to the last letter."""
    made: dict[str, dict[str, Any]] = run.names["events"]
    if name not in made:
        written = dict(run.scenario.events[name])
        if (other := written.pop("from", None)) is not None:
            made[name] = {**_event(run, device, other), **run.filled(written)}
        else:
            made[name] = run.devices[device].event(run.filled(written), run.suite.clock())
    return made[name]


def _short(result: dict[str, Any]) -> str:
    return str(result["status"]) if result.get("code") is None else f"{result['status']}:{result['code']}"


def _check_pushed(batch: dict[str, Any], answer: Answer) -> None:
    """One result for each event, in order, and every field that a client relies on."""
    wanted = {**_PUSHED, "results": {"$each": _RESULT}}
    if (said := mismatch(wanted, answer.body)) is not None:
        raise Failed(f"{said}\n{answer.told}")
    results = answer.body["results"]
    if [(one["id"], one["n"]) for one in results] != [(one["id"], one["n"]) for one in batch["events"]]:
        raise Failed(f"there is one result for each event, in their order\n{answer.told}")
    for one in results:
        coded = one["status"] in ("rejected", "deferred")
        if coded and not isinstance(one.get("code"), str):
            raise Failed(f"a {one['status']} event has a code\n{answer.told}")
        if one["status"] in ("applied", "superseded") and type(one.get("seq")) is not int:
            raise Failed(f"an event that was taken has a seq\n{answer.told}")
        if one.get("seq") is not None and one["seq"] > answer.body["head"]:
            raise Failed(f"`head` is that of the whole batch\n{answer.told}")


def _snapshot(run: Run, step: dict[str, Any]) -> Told:
    account = run.account(step.get("as", "main"))
    lines, cursor, pages = snapshot(account, run.filled(step["snapshot"]), run.filled(step.get("types", [])))
    if run.scenario.needs.pages and not pages:
        raise Unmet("it needs more than one page of the snapshot")
    return Told({"lines": lines, "cursor": cursor, "pages": pages})


def _follow(run: Run, step: dict[str, Any]) -> Told:
    account = run.account(step.get("as", "main"))
    lines, cursor, answers = changes(account, run.filled(step["follow"]), step.get("limit", 1000))
    return Told({"lines": lines, "cursor": cursor, "answers": answers})


def _compare(run: Run, step: dict[str, Any]) -> Told:
    mirror = Mirror(run.account(step.get("as", "main")), run.filled(step["compare"]))
    mirror.take()
    mirror.compare()
    return Told({})


def _poll(run: Run, step: dict[str, Any]) -> Told:
    account, asked = (
        run.account(step.get("as", "main")),
        {"cursor": run.filled(step["cursor"]), "wait": step["wait"]},
    )
    pool = run.open.enter_context(ThreadPoolExecutor(1))
    run.waiting[step["poll"]] = pool.submit(account.ask, "GET", "/sync/changes", params=asked)
    time.sleep(step.get("settle", 0.3))  # the server is to hold it by then; if not, nothing is proved wrongly
    return Told({})


def _polled(run: Run, step: dict[str, Any]) -> Told:
    waiting: Future[Answer] = run.waiting[step["polled"]]
    try:
        answer = waiting.result(step.get("within", _PATIENCE))
    except NotYet:
        raise Failed(f"the request still waits after {step.get('within', _PATIENCE)} s") from None
    return Told(checked_changes(answer, 1000), answer.told)


def _listen(run: Run, step: dict[str, Any]) -> Told:
    ear = Ear(run.account(step.get("as", "main")))
    run.open.callback(ear.close)
    ear.start()
    run.waiting[step["listen"]] = ear
    return Told({})


def _heard(run: Run, step: dict[str, Any]) -> Told:
    ear: Ear = run.waiting[step["heard"]]
    wanted, until, others = (
        run.filled(step["event"]),
        time.monotonic() + step.get("within", _PATIENCE),
        list[Any](),
    )
    while (left := until - time.monotonic()) > 0:
        try:
            event = ear.events.get(timeout=left)
        except Empty:
            break
        if mismatch(wanted, event) is None:
            return Told({"event": event})
        others.append(event)
    raise Failed(f"nothing like {wanted} was heard, but {others[:20]}")


class Ear(threading.Thread):
    """Listens to `GET /events`."""

    def __init__(self, account: Account) -> None:
        super().__init__(daemon=True)
        self.events: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._client = httpx.Client(
            base_url=f"{account.url}/api/v1", timeout=60, verify=authorities(),
            headers={"authorization": f"Bearer {account.token}"},
        )  # fmt: skip
        self._ended = False

    def close(self) -> None:
        self._ended = True
        self._client.close()

    def run(self) -> None:
        try:
            with self._client.stream("GET", "/events") as answer:
                self._read(answer)
        except Exception as error:  # noqa: BLE001 (of a connection that is closed while it is read, anything)
            if not self._ended:
                self.events.put({"event": "error", "data": str(error)})

    def _read(self, answer: httpx.Response) -> None:
        event = "message"
        for line in answer.iter_lines():
            name, _, value = line.partition(":")
            if name == "event":
                event = value.strip()
            elif name == "data":
                self.events.put({"event": event, "data": _json(value)})


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _hand(run: Run, step: dict[str, Any]) -> Told:
    if run.suite.hand is None:
        raise BadScenario("`needs` does not say what the hand is to do")
    told = Told(run.suite.hand(step["hand"], run.filled(step.get("given", {}))))
    run.suite.look_again()
    return told


DOES: dict[str, Step] = {
    "ask": _ask, "push": _push, "snapshot": _snapshot, "follow": _follow, "compare": _compare, "poll": _poll,
    "polled": _polled, "listen": _listen, "heard": _heard, "hand": _hand, **DRIVING,
}  # fmt: skip
