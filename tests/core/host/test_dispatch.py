"""Hooks that hear: every one can be dispatched, in order, contained, and cut off when it keeps failing."""

import asyncio
import inspect
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from mcma.host import PluginRecord, PluginState, states
from mcma.host.dispatch import Dispatch, Heard
from mcma.host.hooks import HookManager
from mcma.host.loading import Hosted
from mcma.host.settings import Secrets
from mcma_plugins import Hooks, Notice, Plugin, PluginSettings
from mcma_plugins.events import LikeRecorded, MatchRequest, ProposedMatch
from mcma_plugins.ids import ClaimId, UserId
from mcma_plugins.rules import ABILITIES, HEARING, HOOKS
from mcma_plugins.values import ItemKind, ItemRef

LIKE = LikeRecorded(UserId(UUID(int=1)), ItemRef(ItemKind.TRACK, UUID(int=2)), True, datetime.now(UTC))
REQUEST = MatchRequest(ClaimId(UUID(int=1)), "Song", ("Somebody",), None, None, None)


def dispatch_to(*plugins: Plugin[PluginSettings], limit: float = 0.2) -> tuple[Dispatch, list[PluginRecord]]:
    manager, hosted = HookManager(), {}
    for plugin in plugins:
        manager.add(plugin)
        record = PluginRecord(plugin.name, PluginState.RUNNING)
        hosted[plugin.name] = Hosted(record, plugin, Secrets())
    return Dispatch(manager, hosted, limit), [one.record for one in hosted.values()]


def plugin(name: str, **methods: Any) -> Plugin[PluginSettings]:
    made: type[Plugin[PluginSettings]] = type(name, (Plugin,), {"name": name, **methods})
    return made(PluginSettings())


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented(hook: str) -> None:
    assert (HOOKS[hook].__doc__ or "").strip()


def test_every_public_method_of_hooks_is_a_hook() -> None:
    methods = {name for name, one in vars(Hooks).items() if inspect.isfunction(one) and name[0] != "_"}
    assert methods == set(HOOKS) == {*HEARING, *ABILITIES}


@pytest.mark.anyio
@pytest.mark.parametrize("hook", HEARING)
async def test_every_hearing_hook_can_be_dispatched(hook: str) -> None:
    told: list[object] = []

    async def hears(self: object, **event: object) -> Sequence[object]:
        told.append(event)
        return ()

    dispatch, (record,) = dispatch_to(plugin("all", **{hook: hears}))
    event = dict.fromkeys(set(inspect.signature(HOOKS[hook]).parameters) - {"self"}, LIKE)
    assert await dispatch.hear(hook, **event) == [Heard("all", ())]
    assert told == [event]
    assert record.hook(hook).calls == 1


@pytest.mark.anyio
async def test_one_after_the_other_in_the_order_they_were_added() -> None:
    order: list[str] = []

    async def hears(self: Plugin[PluginSettings], event: object) -> None:
        order.append(self.name)
        await asyncio.sleep(0)
        order.append(self.name)

    names = ("b", "a", "c")
    dispatch, _ = dispatch_to(*(plugin(name, like_recorded=hears) for name in names))
    await dispatch.hear("like_recorded", event=LIKE)
    assert order == ["b", "b", "a", "a", "c", "c"]


@pytest.mark.anyio
async def test_defaults_are_not_registered_and_inherited_overrides_are() -> None:
    class Base(Plugin[PluginSettings]):
        name = "base"

        async def track_added(self, event: object) -> None:
            return None

    class Child(Base):
        name = "child"

    dispatch, _ = dispatch_to(Child(PluginSettings()), plugin("plain"))
    assert await dispatch.hear("track_added", event=LIKE) == [Heard("child", None)]


@pytest.mark.anyio
async def test_ten_failures_in_a_row_mute_the_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []
    now = time.monotonic()
    monkeypatch.setattr("mcma.host.states.monotonic", lambda: now)

    async def hears(self: object, event: object) -> None:
        calls.append(True)
        if len(calls) != 12:
            raise RuntimeError("again")

    dispatch, (record,) = dispatch_to(plugin("bad", like_recorded=hears))
    for _ in range(15):
        await dispatch.hear("like_recorded", event=LIKE)
    assert (len(calls), record.hook("like_recorded").muted(), record.degraded) == (10, True, True)
    now += states.BREAKER_SECONDS + 1
    await dispatch.hear("like_recorded", event=LIKE)
    assert (len(calls), record.hook("like_recorded").muted()) == (11, True)
    now += states.BREAKER_SECONDS + 1
    await dispatch.hear("like_recorded", event=LIKE)
    assert (len(calls), record.degraded, record.errors) == (12, False, 11)


@pytest.mark.anyio
async def test_who_is_cancelled_stops_telling() -> None:
    ended: list[str] = []

    async def hears(self: object, event: object) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("first")

    dispatch, records = dispatch_to(
        plugin("a", like_recorded=hears), plugin("b", like_recorded=hears), limit=60
    )
    telling = asyncio.create_task(dispatch.hear("like_recorded", event=LIKE))
    await asyncio.sleep(0.01)
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    await asyncio.sleep(0)
    assert ended == ["first"]
    assert [record.errors for record in records] == [0, 0]


@pytest.mark.anyio
async def test_a_plugin_that_cancels_itself_fails_alone() -> None:
    async def hears(self: object, event: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    dispatch, (record, _) = dispatch_to(plugin("a", like_recorded=hears), plugin("b", like_recorded=hears))
    assert await dispatch.hear("like_recorded", event=LIKE) == []
    assert record.last_error == "CancelledError"


@pytest.mark.anyio
async def test_blocking_the_event_loop_counts_as_a_failure() -> None:
    async def hears(self: object, event: object) -> None:
        time.sleep(0.1)  # noqa: ASYNC251

    dispatch, (record,) = dispatch_to(plugin("slow", like_recorded=hears), limit=0.05)
    assert await dispatch.hear("like_recorded", event=LIKE) == []
    assert record.errors == 1


@pytest.mark.anyio
@pytest.mark.parametrize("answer", [None, "text", [1], {"a": 1}])
async def test_matches_are_checked(answer: object) -> None:
    async def proposes(self: object, request: object) -> object:
        return answer

    dispatch, (record,) = dispatch_to(plugin("liar", match_candidates=proposes))
    assert await dispatch.hear("match_candidates", request=REQUEST) == []
    assert "ProposedMatch" in (record.last_error or "")


@pytest.mark.anyio
@pytest.mark.parametrize("answer", [None, "text", [("a", "b", None, True)], Notice("a", "b")])
async def test_notices_are_checked(answer: object) -> None:
    async def notices(self: object) -> object:
        return answer

    dispatch, (record,) = dispatch_to(plugin("liar", notices=notices))
    assert await dispatch.hear("notices") == []
    assert "Notice" in (record.last_error or "")


@pytest.mark.anyio
async def test_matches_are_handed_on() -> None:
    match = ProposedMatch(None, "web", "1", 0.5, "same title")

    async def proposes(self: object) -> object:
        return [match]

    dispatch, _ = dispatch_to(plugin("finder", match_candidates=proposes))
    assert await dispatch.hear("match_candidates", request=REQUEST) == [Heard("finder", [match])]


@pytest.mark.anyio
async def test_a_wrong_call_is_cores_own_mistake() -> None:
    dispatch, _ = dispatch_to()
    with pytest.raises(LookupError):
        await dispatch.hear("sources")
    with pytest.raises(TypeError):
        await dispatch.hear("like_recorded", evnt=LIKE)
