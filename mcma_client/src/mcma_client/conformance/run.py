"""One scenario, played against a server: its steps in order, then what it left is taken away."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mcma_client.clock import uuid7
from mcma_client.conformance.account import Account, Answer
from mcma_client.conformance.devices import Device
from mcma_client.conformance.drivers import Drivers, Start
from mcma_client.conformance.errors import BadScenario, Failed, Unmet
from mcma_client.conformance.mirror import snapshot
from mcma_client.conformance.scenario import NAME, STEPS, Scenario
from mcma_client.conformance.suite import Suite
from mcma_client.conformance.traces import Traces
from mcma_client.conformance.values import duration, filled, found, longest_ago, mismatch

_MARGIN = timedelta(milliseconds=20)


class Told(NamedTuple):
    """What a step brought: what `expect` and `save` look at, and how a report shows it."""

    root: dict[str, Any]
    report: str = ""


@dataclass
class Run:
    suite: Suite
    scenario: Scenario
    drivers: Drivers
    names: dict[str, Any] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    traces: dict[str, Traces] = field(default_factory=dict)
    open: ExitStack = field(default_factory=ExitStack)
    """What ends with the run."""
    waiting: dict[str, Any] = field(default_factory=dict)
    """Requests that are held back, and streams."""

    def account(self, name: str = "main") -> Account:
        account = {"main": self.suite.main, "second": self.suite.second}.get(name)
        if account is None:
            raise BadScenario(f"there is no account '{name}', or `needs` does not say so")
        return account

    def traced(self, name: str = "main") -> Traces:
        return self.traces.setdefault(name, Traces(self.account(name)))

    def filled(self, value: Any) -> Any:
        return filled(value, self.names)


Step = Callable[[Run, dict[str, Any]], Told]


def play(suite: Suite, scenario: Scenario, start: Start) -> list[str]:
    """What could not be tidied up. Raises `Failed` and `Unmet`."""
    from mcma_client.conformance.steps import DOES

    if (why := suite.unmet(scenario.needs)) is not None:
        raise Unmet(why)
    main = suite.main
    run = Run(suite, scenario, Drivers(start, main.url, main.transport, newer=scenario.newer))
    run.open.callback(run.drivers.close)
    left: list[str] = []
    try:
        with run.open:
            _begin(run)
            for number, step in enumerate(scenario.steps, 1):
                _step(run, number, step, DOES)
    finally:
        for traces in run.traces.values():
            left += traces.tidy(suite)
    return left


def _begin(run: Run) -> None:
    needs, suite = run.scenario.needs, run.suite
    run.names |= {"null": None, "began": suite.clock(), "user": suite.main.id, "name": NAME, "events": {},
                  "large": "x" * 1_050_000, "prefix": "conformance."}  # fmt: skip
    run.names["ids"] = {name: str(uuid7(suite.clock())) for name in run.scenario.ids}
    run.names |= run.names["ids"]
    if suite.second is not None:
        run.names["second"] = suite.second.id
    if needs.tracks or needs.unplayed or needs.files:
        _choose(run)
        run.names["began"] = _later(run)
    for name, skew in run.scenario.devices.items():
        owner, _, skew = skew.rpartition(" ")
        register(run, name, duration(skew), owner or "main")


def _later(run: Run) -> datetime:
    """So late that what was some time ago is after all that was said of the scenario's tracks before."""
    scenario, suite = run.scenario, run.suite
    known = [suite.used[id_] for id_ in run.traced().tracks if id_ in suite.used]
    if known:
        ago = longest_ago([scenario.events, list(scenario.steps)]) + _MARGIN
        time.sleep(max(0.0, (max(known) + ago - suite.clock()).total_seconds()))
    return suite.clock()


def _choose(run: Run) -> None:
    needs, tracks = run.scenario.needs, run.suite.tracks(run.suite.main)
    unplayed = [line["id"] for line in tracks.free(needs.unplayed, unplayed=True)]
    others = tracks.free(max(needs.tracks + len(unplayed), needs.files))
    chosen = [line for line in others if line["id"] not in unplayed]
    run.names |= {"unplayed": unplayed, "tracks": [line["id"] for line in chosen],
                  "titles": [line["data"].get("title") for line in chosen]}  # fmt: skip
    run.names["catalog"] = others[0]["scope"] if others else None
    run.names["library"] = str(run.names["catalog"]).partition(":")[2]
    run.traced().tracks |= {*unplayed, *run.names["tracks"]}
    if needs.files:
        run.names["files"] = _files(run, [line["data"].get("file_id") for line in chosen], needs.files)


def _files(run: Run, ids: list[str | None], count: int) -> list[dict[str, Any]]:
    lines, _, _ = snapshot(run.account(), [run.names["catalog"]], ["track_file@1"])
    found = [{"id": line["id"], **line["data"]} for line in lines if line["id"] in ids]
    if len(found) < count:
        raise Unmet(f"it needs {count} files, and there are {len(found)}")
    return found


def register(run: Run, name: str, skew: Any, account: str = "main") -> Device:
    device = Device(str(uuid7(run.suite.clock())), skew)
    run.traced(account).devices.add(device.id)
    run.account(account).good("PUT", f"/devices/{device.id}", sent={"name": NAME})
    run.devices[name] = device
    run.names.setdefault("devices", {})[name] = device.id
    return device


def _step(run: Run, number: int, step: dict[str, Any], does: dict[str, Step]) -> None:
    kind = next(one for one in STEPS if one in step)
    told = Told({})
    try:
        told = does[kind](run, step)
        _judge(run, step, told)
    except Failed as error:
        report = f"\n{told.report}" if told.report else ""
        raise Failed(f"{_where(run, number, step)}\n{error}{report}") from None
    except BadScenario as error:
        raise BadScenario(f"{_where(run, number, step)}\n{error}") from None


def _judge(run: Run, step: dict[str, Any], told: Told) -> None:
    wanted = run.filled(step.get("expect", {}))
    if "headers" in wanted:
        wanted["headers"] = {
            name: str(one) if type(one) is int else one for name, one in wanted["headers"].items()
        }
    if (said := mismatch(wanted, told.root)) is not None:
        raise Failed(said)
    for name, path in step.get("save", {}).items():
        run.names[name] = found(path, told.root)


def _where(run: Run, number: int, step: dict[str, Any]) -> str:
    said = json.dumps(step, default=str)
    why = f" ({step['why']})" if "why" in step else ""
    proves = f"it proves '{run.scenario.proves}' of docs/sync.md"
    return f"{run.scenario.name}: {run.scenario.title}\n{proves}; step {number}{why} is:\n  {said[:1500]}"


def of_answer(answer: Answer) -> Told:
    body = answer.body
    code = body.get("code") if isinstance(body, dict) else None
    root = {"status": answer.status, "headers": dict(answer.headers), "body": body, "code": code,
            "length": len(answer.content)}  # fmt: skip
    return Told(root, answer.told)
