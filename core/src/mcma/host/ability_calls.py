"""Calling what plugins offer: contained, under time limits, counted with the plugin it belongs to."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from errno import EDQUOT, ENOSPC
from typing import TypeVar, cast

import structlog

from mcma.host.bounded import TookTooLong, outcome_of
from mcma.host.bounded_streams import pieces_of
from mcma.host.loading import Hosted
from mcma_plugins.errors import OutOfSpace, PluginError

_log = structlog.get_logger(__name__)
T = TypeVar("T")


class AbilityCalls:
    """`hook` is the ability: sources, enrichers or fingerprinters. What is called is named by its `name`.

    Every call raises `PluginError` and `OutOfSpace` as the plugin raised them, `TimeoutError`, or
    `RuntimeError` for all else; none of the texts holds a secret of the plugin."""

    def __init__(
        self, hosted: Callable[[], Iterable[Hosted]], hook: str = "sources",
        answers: tuple[type[PluginError], ...] = (),
    ) -> None:  # fmt: skip
        """`answers`: errors that say something of what was asked about, and nothing against the plugin."""
        self._hosted, self._hook, self._answers = hosted, hook, answers

    async def call(self, source: str, what: str, work: Callable[[], Awaitable[T]], seconds: float) -> T:
        owner = self._owner(source)
        outcome = await outcome_of(work, seconds, f"{owner.record.name}.{source}.{what}")
        if outcome.error is not None:
            raise self._plain(owner, what, outcome.seconds, outcome.error)
        owner.record.hook(self._hook).record(outcome.seconds, None)
        return cast("T", outcome.value)

    async def stream(
        self, source: str, what: str, work: Callable[[], AsyncGenerator[T, None]], each: float
    ) -> AsyncGenerator[T, None]:
        """`each`: seconds for one piece."""
        owner = self._owner(source)
        try:
            async with aclosing(pieces_of(work, each, f"{owner.record.name}.{source}.{what}")) as pieces:
                async for piece in pieces:
                    yield piece
        except (GeneratorExit, asyncio.CancelledError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise self._plain(owner, what, 0.0, error) from error
        owner.record.hook(self._hook).record(0.0, None)

    def now(self, source: str, what: str, work: Callable[[], T]) -> T:
        """What a source has to know without asking anybody."""
        owner = self._owner(source)
        try:
            return work()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise self._plain(owner, what, 0.0, error) from error

    def complain(self, source: str, complaint: str) -> None:
        """About an answer of which something had to be left out."""
        owner = self._owner(source)
        _log.warning("answer_unfit", plugin=owner.record.name, source=source, complaint=complaint)
        owner.record.hook(self._hook).record(0.0, complaint)

    def _owner(self, source: str) -> Hosted:
        for hosted in self._hosted():
            if any(one.name == source for one in getattr(hosted.abilities, self._hook)):
                return hosted
        raise RuntimeError("its plugin does not run any more")

    def _plain(self, owner: Hosted, what: str, seconds: float, error: BaseException) -> Exception:
        text = owner.explain(error)
        answered = isinstance(error, self._answers) or _is_of_this_alone(error)
        owner.record.hook(self._hook).record(seconds, None if answered else text)
        tell = _log.debug if answered else _log.warning
        tell("plugin_call_failed", plugin=owner.record.name, what=what, error=text)
        if isinstance(error, PluginError | OutOfSpace):
            error.message = text
            return error
        if isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT):
            return OutOfSpace(text)
        return TimeoutError(text) if isinstance(error, TookTooLong) else RuntimeError(text)


def _is_of_this_alone(error: BaseException) -> bool:
    """What else it is asked it can tell."""
    return isinstance(error, PluginError) and error.stable_code == "limited"
