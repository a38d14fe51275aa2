"""Steps about clients: programs that keep a copy, driven by the protocol that `driver.py` speaks.

on = "phone", do = "like"      with what the action takes, after a `pause` in seconds; tells what the client
                               answers
on = "phone", sync = true      with `wire = ["lose_answer"]` and `at = "/sync/push"`, what happens to its
                               requests (see `proxy.py`): it may fail then, or try again by itself
on = "phone", restart = true   the program is killed and started again; with `sync = "killed"`, in the middle
                               of it: when it asks for `at` for the `times`-th time
settle = ["phone", "laptop"]   each synchronises, in this order, and once more: nobody has anything left to do
same = ["phone", "laptop"]     what they hold is what the server has; tells what that means to a person:
                               `liked`, `ratings`, `plays`, `playlists`, `bookmarks`, `settings` (`seen.py`)
"""

import time
from typing import Any

from mcma_client.conformance.drivers import Driven, DriverFailed
from mcma_client.conformance.errors import Failed
from mcma_client.conformance.mirror import Mirror, digest
from mcma_client.conformance.run import Run, Step, Told
from mcma_client.conformance.seen import seen
from mcma_client.conformance.values import duration, mismatch

_TRIES = 3
_OWN = ("on", "do", "expect", "save", "why", "pause")


def client(run: Run, name: str) -> Driven:
    """Started, logged in and in step with the server on first use."""
    if name not in run.drivers.started:
        skew = duration(run.scenario.clients[name])
        driven = run.drivers.start(name, run.account())
        run.traced().devices.add(driven.device_id)
        run.names.setdefault("devices", {})[name] = driven.device_id
        if skew:
            driven.ask("clock", ahead=skew.total_seconds())
        driven.sync()
    return run.drivers.started[name]


def _do(run: Run, step: dict[str, Any]) -> Told:
    given = {key: run.filled(value) for key, value in step.items() if key not in _OWN}
    driven = client(run, step["on"])
    time.sleep(step.get("pause", 0.002))  # so that it is later than what another device did before
    told = driven.ask("do", action=step["do"], **given)
    playlist = given.get("playlist_id") or (told.get("id") if step["do"] == "create_playlist" else None)
    if playlist is not None:
        run.traced().playlists.add(str(playlist))
    return Told(told, driven.report)


def _sync(run: Run, step: dict[str, Any]) -> Told:
    driven = client(run, step["on"])
    if step["sync"] == "killed":
        driven.sync_killed(step.get("at", "/sync/"), step.get("times", 1))
        return Told({})
    faults = step.get("wire", [])
    driven.proxy.fails(*faults, at=step.get("at", ""))
    try:
        return Told(driven.sync(), driven.report)
    except DriverFailed as error:
        if not faults:
            raise Failed(f"the client does not synchronise: {error}\n{driven.report}") from None
        return Told({"error": str(error)}, driven.report)
    finally:
        driven.proxy.fails()


def _restart(run: Run, step: dict[str, Any]) -> Told:
    client(run, step["on"]).restart()
    return Told({})


def _settle(run: Run, step: dict[str, Any]) -> Told:
    for name in (*step["settle"], *step["settle"][:-1]):
        _sync(run, {"on": name, "sync": True})
    return Told({})


def _same(run: Run, step: dict[str, Any]) -> Told:
    """What happens at the server meanwhile, in other people's names, is no difference."""
    mirror = Mirror(run.account())
    mirror.take()
    for left in reversed(range(_TRIES)):
        try:
            for name in step["same"]:
                _compare(name, client(run, name), mirror, run.suite.capabilities["types"])
            break
        except Failed:
            if not left:
                raise
            _settle(run, {"settle": step["same"]})
            mirror.follow()
    mirror.compare()
    return Told(seen(mirror.items.values()))


def _compare(name: str, driven: Driven, mirror: Mirror, served: list[str]) -> None:
    """`served`: the types of the server; what a client may have kept of others is its own business."""
    told = driven.ask("dump")
    types = told.get("types")
    theirs = {(line["type"], line["id"]): line for line in told["lines"]}
    ours = {
        (type_, id_): line
        for (_, type_, id_), line in mirror.items.items()
        if types is None or type_ in types
    }
    if missing := sorted(ours.keys() - theirs.keys()):
        raise Failed(f"{name} does not hold {ours[missing[0]]} ({len(missing)} are missing)")
    if more := sorted(key for key in theirs.keys() - ours.keys() if key[0] in served):
        raise Failed(f"{name} still holds {theirs[more[0]]} ({len(more)} too many)")
    for key, line in ours.items():
        _compare_line(name, line, theirs[key])
    _compare_digests(name, told.get("digests"), mirror)


def _compare_line(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """A client need not keep every field; what it keeps must be right."""
    wanted = {key: value for key, value in theirs.get("data", {}).items() if key in ours["data"]}
    for key, value in wanted.items():
        if value != ours["data"][key] and mismatch(value, ours["data"][key]) is not None:
            raise Failed(f"{name} has {key} = {value!r} of {ours}")
    if theirs.get("rev", ours["rev"]) != ours["rev"]:
        raise Failed(f"{name} has rev {theirs['rev']} of {ours}")


def _compare_digests(name: str, told: list[dict[str, Any]] | None, mirror: Mirror) -> None:
    """Of clients that compute them; for types that the server has."""
    ours = digest(mirror.items.values())
    for one in told or ():
        key = (one["scope"], one["type"])
        if key in ours and ours[key] != (one["items"], one["sum"]):
            raise Failed(f"{name} computes {one}, and its lines make {ours[key]}")


DRIVING: dict[str, Step] = {
    "do": _do, "sync": _sync, "restart": _restart, "settle": _settle, "same": _same,
}  # fmt: skip
