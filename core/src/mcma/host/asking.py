"""Asking plugins something while a person waits: all at once, each contained, under one short time limit."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from mcma.host.bounded import outcome_of
from mcma.host.loading import Hosted
from mcma.host.states import PluginState
from mcma_plugins.ids import TrackId
from mcma_plugins.similarity import Similarity, SoundMatch

_log = structlog.get_logger(__name__)
HOOK = "similarities"
SECONDS = 1.0


class Answer(NamedTuple):
    name: str
    likeness: Mapping[UUID, float] | None
    """None: it failed, or has failed so often that it is not asked for a while."""


async def ask_similarities(
    plugins: Sequence[Hosted], track_ids: Sequence[UUID], limit: int, seconds: float = SECONDS
) -> list[Answer]:
    asked = [
        _ask(hosted, one, [TrackId(id_) for id_ in track_ids], limit, seconds)
        for hosted in running(plugins)
        for one in hosted.abilities.similarities
    ]
    return await asyncio.gather(*asked)


def running(plugins: Iterable[Hosted]) -> Iterator[Hosted]:
    return (hosted for hosted in plugins if hosted.record.state is PluginState.RUNNING)


async def _ask(
    hosted: Hosted, one: Similarity, track_ids: Sequence[TrackId], limit: int, seconds: float
) -> Answer:
    health, name = hosted.record.hook(HOOK), hosted.record.name
    if health.muted():
        return Answer(name, None)

    async def call() -> Mapping[UUID, float]:
        return _checked(await one.similar(track_ids, limit), limit)

    outcome = await outcome_of(call, seconds, f"{name}.{HOOK}")
    error = None if outcome.error is None else hosted.explain(outcome.error)
    health.record(outcome.seconds, error)
    if error is not None:
        _log.warning("plugin_hook_failed", plugin=name, hook=HOOK, error=error)
    return Answer(name, outcome.value if error is None else None)


def _checked(answer: Any, limit: int) -> Mapping[UUID, float]:
    """Raises `TypeError` for an answer that keeps no promise."""
    if not isinstance(answer, Sequence) or not all(_is_match(one) for one in answer):
        raise TypeError("similar must answer with a sequence of SoundMatch, each with a likeness of 0 to 1")
    return {UUID(bytes=one.track_id.bytes): float(one.likeness) for one in answer[:limit]}


def _is_match(one: Any) -> bool:
    if not isinstance(one, SoundMatch):
        return False
    id_: Any = one.track_id
    likeness: Any = one.likeness
    good = isinstance(likeness, int | float) and isfinite(likeness) and 0 <= likeness <= 1
    return good and isinstance(id_, UUID)
