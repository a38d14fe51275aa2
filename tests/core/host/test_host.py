"""The life of plugins in the host: order, abilities, being turned off, stopping."""

import json
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from mcma.api.health import plugins_check
from mcma.host import Environment, Limits, PluginHost, PluginRecord, PluginState
from mcma.host.order import levels
from mcma_plugins import PluginContext
from tests.support.distributions import Site

SOURCE = """
from datetime import timedelta
from mcma_plugins import (
    Adapter, Command, JobKind, NamedSchedule, Plugin, PluginSettings, Schedule, SourceHealth,
)
events = __import__("builtins").__dict__.setdefault("_mcma_test_events", [])

class TheSource:
    name = "{name}"
    async def health(self):
        return SourceHealth(True, "ready")

class TheEnricher:
    name = "{name}"
    identifies = True
    async def track(self, track):
        return ()

async def run(_):
    return None

class ThePlugin(Plugin[PluginSettings]):
    name = "{name}"
    requires = {requires}
    summary = "Test."
    def sources(self):
        return [TheSource()]
    def enrichers(self):
        return [TheEnricher()]
    def adapters(self):
        return [Adapter("/{name}", lambda services: None)]
    def jobs(self):
        return [JobKind("{name}.run", run)]
    def schedules(self):
        return [NamedSchedule("{name}.daily", Schedule("{name}.run", timedelta(days=1), dict()))]
    def commands(self):
        return [Command("go", "Goes.", run)]
    async def start(self, context):
        events.append("start {name}")
    async def stop(self):
        events.append("stop {name}")
    async def before_shutdown(self):
        events.append("bye {name}")
"""


@pytest.fixture
def events() -> list[str]:
    import builtins

    found: list[str] = builtins.__dict__.setdefault("_mcma_test_events", [])
    found.clear()
    return found


@pytest.fixture
def host(site: Site, limits: Limits) -> PluginHost:
    """c needs b, b needs a; z is alone."""
    for name, requires in {"a": (), "b": ("a",), "c": ("b",), "z": ()}.items():
        site.install(name, SOURCE.format(name=name, requires=requires))
    host = PluginHost(allow={"a", "b", "c", "z"}, limits=limits)
    host.load()
    return host


def states(host: PluginHost) -> dict[str, str]:
    return {one.name: one.state.value for one in host.records() if one.state != "disabled"}


@pytest.mark.anyio
async def test_required_first_and_stopped_in_reverse(
    host: PluginHost, contexts: Callable[[PluginRecord], PluginContext], events: list[str]
) -> None:
    await host.start(contexts)
    assert states(host) == dict.fromkeys("abcz", "running")
    await host.stop()
    await host.stop()
    started = [one for one in events if one.startswith("start")]
    stopped = [one for one in events if one.startswith("stop")]
    assert started == ["start a", "start z", "start b", "start c"]
    assert [one[-1] for one in stopped] == [one[-1] for one in reversed(started)]
    assert sorted(events[4:8]) == ["bye a", "bye b", "bye c", "bye z"]


def test_abilities_come_with_their_plugin(host: PluginHost) -> None:
    everything = (
        host.sources(), host.enrichers(), host.adapters(), host.job_kinds(), host.schedules(),
        host.commands(),
    )  # fmt: skip
    for offered in everything:
        assert [one.plugin for one in offered] == ["a", "z", "b", "c"]
    assert [one.thing.mount for one in host.adapters()] == ["/a", "/z", "/b", "/c"]
    assert [one.thing.name for one in host.job_kinds()] == ["a.run", "z.run", "b.run", "c.run"]
    assert [one.thing.schedule.kind for one in host.schedules()] == ["a.run", "z.run", "b.run", "c.run"]


@pytest.mark.anyio
async def test_turning_one_off_turns_off_who_needs_it(
    host: PluginHost, contexts: Callable[[PluginRecord], PluginContext], events: list[str]
) -> None:
    await host.start(contexts)
    host.failed("a", PluginState.START_FAILED, "its adapter could not be built")
    assert states(host) == {"a": "start_failed", "b": "incompatible", "c": "incompatible", "z": "running"}
    record = host.record("b")
    assert record is not None
    assert record.reason == "needs plugin a, which is start_failed: its adapter could not be built"
    assert [one.plugin for one in host.sources()] == ["z"]
    await host.stop()
    assert [one for one in events if "bye" in one] == ["bye z"]
    assert sorted(one for one in events if "stop" in one) == ["stop a", "stop b", "stop c", "stop z"]


@pytest.mark.anyio
async def test_a_context_that_cannot_be_made_turns_off_its_plugin_only(
    host: PluginHost, contexts: Callable[[PluginRecord], PluginContext]
) -> None:
    def factory(record: PluginRecord) -> PluginContext:
        if record.name == "z":
            raise OSError("disk full")
        return contexts(record)

    await host.start(factory)
    assert states(host) == {"a": "running", "b": "running", "c": "running", "z": "start_failed"}
    await host.stop()


def test_a_record_is_json(host: PluginHost) -> None:
    record = host.record("b")
    assert record is not None
    shown = json.loads(json.dumps(record.as_dict()))
    assert shown["distribution"] == "mcma-b"
    assert shown["version"] == "1.0"
    assert shown["requires"] == ["a"]
    assert shown["abilities"]["hears"] == ["before_shutdown"]
    assert shown["abilities"]["adapters"] == ["/b"]
    assert shown["settings"]["type"] == "object"


def test_failing_nobody_is_cores_own_mistake(host: PluginHost) -> None:
    with pytest.raises(LookupError):
        host.failed("nobody", PluginState.START_FAILED, "x")


@pytest.mark.parametrize(
    ("requires", "expected", "circular"),
    [
        ({}, [], set()),
        ({"b": [], "a": []}, [["a", "b"]], set()),
        ({"a": ["c"], "b": [], "c": ["b"]}, [["b"], ["c"], ["a"]], set()),
        ({"a": ["not here"]}, [["a"]], set()),
        ({"a": ["a"], "b": []}, [["b"]], {"a"}),
        ({"a": ["b"], "b": ["a"], "c": ["a"], "d": []}, [["c", "d"]], {"a", "b"}),
    ],
)
def test_levels(requires: dict[str, list[str]], expected: list[list[str]], circular: set[str]) -> None:
    arranged, circles = levels(requires)
    assert arranged == expected
    assert set(circles) == circular


BLOCKS = """
import time
from mcma_plugins import Plugin, PluginSettings

class ThePlugin(Plugin[PluginSettings]):
    name = "blocks"
    async def start(self, context):
        time.sleep(0.5)
"""


@pytest.mark.anyio
async def test_who_blocks_the_event_loop_is_named_while_it_does(
    site: Site, contexts: Callable[[PluginRecord], PluginContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.host.bounded.GRACE", 0.01)
    site.install("blocks", BLOCKS)
    host = PluginHost(allow={"blocks"}, limits=Limits(start=0.1))
    host.load()
    with capture_logs() as logs:
        await host.start(contexts)
    assert ("plugin_blocks_the_server", "blocks.start") in {(one["event"], one.get("what")) for one in logs}
    assert states(host) == {"blocks": "running"}
    await host.stop()


LIMITED = """
from mcma_plugins import Notice, Plugin, PluginSettings
from pydantic import SecretStr

class Settings(PluginSettings):
    key: SecretStr = SecretStr("")

class ThePlugin(Plugin[Settings]):
    name = "n"
    settings_model = Settings
    async def notices(self):
        return [Notice("no_key", "The key sesame\\nis wrong.", "KEY"), Notice("", "nothing"), Notice(1, None),
                Notice("off", "It is off.", by_choice=True)]
"""


@pytest.mark.anyio
async def test_what_a_running_plugin_cannot_do_is_said(
    site: Site, limits: Limits, contexts: Callable[[PluginRecord], PluginContext]
) -> None:
    site.install("n", LIMITED)
    environment = Environment({"MCMA_PLUGIN_N_KEY": "sesame"})
    host = PluginHost(allow={"n"}, limits=limits, environment=environment)
    host.load()
    assert await host.notices() == {}, "it does not run yet"
    await host.start(contexts)
    [no_key, off] = (await host.notices())["n"]
    assert (no_key.code, no_key.hint, no_key.by_choice) == ("no_key", "KEY", False)
    assert "sesame" not in no_key.reason and no_key.reason.isprintable()
    assert (off.code, off.hint, off.by_choice) == ("off", None, True)
    [shown] = [one for one in json.loads(json.dumps(await host.shown())) if one["name"] == "n"]
    assert [one["code"] for one in shown["notices"]] == ["no_key", "off"]
    found = await plugins_check(host).probe()
    assert (found.ok, found.details["n"]) == (False, "limited")
    await host.stop()
