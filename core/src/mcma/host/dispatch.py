"""Telling plugins what happened: one after the other, contained, under a time limit, recorded."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from pluggy import HookImpl

from mcma.host.bounded import Outcome, TookTooLong, outcome_of
from mcma.host.hooks import HookManager
from mcma.host.loading import Hosted
from mcma.host.states import PluginState
from mcma_plugins.events import ProposedMatch
from mcma_plugins.notices import Notice
from mcma_plugins.rules import HEARING, HOOKS

_log = structlog.get_logger(__name__)
_ANSWERS: Mapping[str, type] = {"match_candidates": ProposedMatch, "notices": Notice}
"""What hooks that answer answer with, several of them."""


class Heard(NamedTuple):
    """What one plugin answered; None for hooks that only tell."""

    plugin: str
    answer: Any


class Dispatch:
    def __init__(self, manager: HookManager, hosted: Mapping[str, Hosted], limit: float) -> None:
        self._manager, self._hosted, self._limit = manager, hosted, limit

    async def hear(self, hook: str, **event: object) -> list[Heard]:
        """The answers of the plugins that gave one. Raises nothing a plugin raised."""
        _check_call(hook, event)
        answers = []
        for implementation in list(self._manager.implementations(hook)):
            hosted = self._hosted[str(implementation.plugin_name)]
            if hosted.record.state is PluginState.RUNNING and not hosted.record.hook(hook).muted():
                outcome = await self._tell(hosted, hook, implementation, event)
                if outcome.error is None:
                    answers.append(Heard(hosted.record.name, outcome.value))
        return answers

    async def _tell(
        self, hosted: Hosted, hook: str, implementation: HookImpl, event: Mapping[str, object]
    ) -> Outcome[object]:
        call, what = _call(implementation.function, event), f"{hosted.record.name}.{hook}"
        outcome = _judged(hook, await outcome_of(call, self._limit, what), self._limit)
        error = None if outcome.error is None else hosted.explain(outcome.error)
        health = hosted.record.hook(hook)
        health.record(outcome.seconds, error)
        if outcome.error is not None:
            trace = hosted.trace(outcome.error)
            name = hosted.record.name
            _log.warning("plugin_hook_failed", plugin=name, hook=hook, error=error, exception=trace)
        return outcome


def _check_call(hook: str, event: Mapping[str, object]) -> None:
    """A wrong call is core's mistake, so it is raised."""
    if hook not in HEARING:
        raise LookupError(f"no hook that hears is called {hook!r}")
    if set(event) != set(inspect.signature(HOOKS[hook]).parameters) - {"self"}:
        raise TypeError(f"hook {hook} does not take {sorted(event)}")


def _call(function: Callable[..., Any], event: Mapping[str, object]) -> Callable[[], Awaitable[object]]:
    """An implementation may take fewer parameters than the hook has."""
    parameters = inspect.signature(function).parameters.values()
    if not any(one.kind is one.VAR_KEYWORD for one in parameters):
        event = {one.name: event[one.name] for one in parameters if one.name in event}
    return lambda: function(**event)


def _judged(hook: str, outcome: Outcome[object], limit: float) -> Outcome[object]:
    """A failure is also an answer of the wrong type, and one that came late by blocking the event loop."""
    if outcome.error is None and outcome.seconds > limit:
        error: Exception = TookTooLong(f"blocked the server for {outcome.seconds:.1f} s")
    elif outcome.error is None and hook in _ANSWERS and not _are(_ANSWERS[hook], outcome.value):
        error = TypeError(f"{hook} must answer with a sequence of {_ANSWERS[hook].__name__}")
    else:
        return outcome
    return outcome._replace(value=None, error=error)


def _are(kind: type, answer: object) -> bool:
    return isinstance(answer, Sequence) and all(isinstance(one, kind) for one in answer)
