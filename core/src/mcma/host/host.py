"""The plugin host: loads, starts, asks, tells and stops plugins. None of it raises what a plugin raised."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import structlog

from mcma.host.ability_calls import AbilityCalls
from mcma.host.asking import Answer, ask_similarities, running
from mcma.host.bounded import outcome_of
from mcma.host.compat import check_required_plugins
from mcma.host.describe import SettingRow, describe
from mcma.host.dispatch import Dispatch, Heard
from mcma.host.environment import Environment
from mcma.host.hooks import HookManager
from mcma.host.loading import Choice, Hosted, Inventory, Limits, Loader
from mcma.host.states import HostError, PluginRecord, PluginState, Refused
from mcma_plugins import (
    Adapter,
    AuthorisationNeeded,
    Command,
    JobKind,
    McmaError,
    NamedSchedule,
    Notice,
    PermanentError,
    PluginContext,
    PluginError,
    Source,
    TurnedOff,
)
from mcma_plugins.enrichers import Enricher, Fingerprinter

if TYPE_CHECKING:
    from mcma_plugins.database import SyncedTable

_log = structlog.get_logger(__name__)
T = TypeVar("T")


class MigrationFailed(HostError):
    """Raised by a `Migrate`: the plugin's tables could not be brought up to date."""


class SchemaNewer(HostError):
    """Raised by a `Migrate`: the plugin's tables were made by a newer version of it."""


class BadTables(HostError):
    """Raised by a `Declare`: a table that clients are to follow is not there, or not as declared."""


ContextFactory = Callable[[PluginRecord], PluginContext]
Migrate = Callable[[PluginRecord, Path], Awaitable[None]]
"""Runs the revisions of one folder. Called one plugin at a time, without a time limit."""
Declare = Callable[[PluginRecord, Sequence["SyncedTable"]], Awaitable[None]]
"""Puts a plugin's tables into the change feed. After all migrations, before any start."""


class Offered(NamedTuple, Generic[T]):
    """Something a plugin brought, with the plugin's name for `PluginHost.failed`."""

    plugin: str
    thing: T


class PluginHost:
    def __init__(
        self,
        *,
        environment: Environment | None = None,
        disabled: Collection[str] = (),
        allow: Collection[str] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._environment = environment or Environment()
        self._choice, self._limits = Choice(disabled, allow), limits or Limits()
        self._manager = HookManager()
        self._inventory = Inventory()
        self._dispatch = Dispatch(self._manager, {}, self._limits.hook)
        self._started: list[Hosted] = []

    def load(self) -> None:
        """Find, import, check and make every plugin. Once, before `start`; blocks, so not on an event loop
        that serves."""
        self._inventory = Loader(self._manager, self._environment, self._choice, self._limits).run()
        self._dispatch = Dispatch(self._manager, self._inventory.hosted, self._limits.hook)

    async def start(
        self,
        context_factory: ContextFactory,
        migrate: Migrate | None = None,
        declare: Declare | None = None,
    ) -> None:
        """Migrate one after the other, then start; those that do not need each other start together."""
        for hosted in list(self._usable()):
            if migrate is not None and hosted.abilities.migrations is not None:
                await self._migrate(hosted, migrate, hosted.abilities.migrations)
        for hosted in list(self._usable()):
            if declare is not None and hosted.abilities.synced_tables:
                await self._declare(hosted, declare)
        for level in self._inventory.levels:
            ready = [one for one in self._usable() if one.record.name in level]
            await asyncio.gather(*(self._start(one, context_factory) for one in ready))

    async def stop(self) -> None:
        """Say `before_shutdown`, then stop in reverse order, each under a time limit. Again is nothing."""
        if self._started:
            await self.hear("before_shutdown")
        while self._started:
            hosted = self._started.pop()
            outcome = await outcome_of(hosted.plugin.stop, self._limits.stop, f"{hosted.record.name}.stop")
            error = None if outcome.error is None else hosted.explain(outcome.error)
            hosted.record.hook("stop").record(outcome.seconds, error)

    async def hear(self, hook: str, **event: object) -> list[Heard]:
        """Tell every running plugin, one after the other. Only a wrong `hook` or `event` raises."""
        return await self._dispatch.hear(hook, **event)

    def failed(self, name: str, state: PluginState, reason: str, hint: str | None = None) -> None:
        """Turn a plugin off that turned out to be broken, and those that need it. What was started is still
        stopped by `stop`."""
        if (hosted := self._inventory.hosted.get(name)) is None:
            raise LookupError(f"no plugin {name!r} was made")
        self._refuse(hosted, Refused(state, hosted.secrets.scrub(reason), hint))

    def records(self) -> list[PluginRecord]:
        """One per entry point, by name; two plugins of one name are two."""
        return list(self._inventory.records)

    def record(self, name: str) -> PluginRecord | None:
        return self._inventory.by_name.get(name)

    async def notices(self) -> dict[str, list[Notice]]:
        """What plugins say that they cannot do, though they run."""
        found = await self._dispatch.hear("notices")
        return {one.plugin: self._inventory.hosted[one.plugin].noted(one.answer) for one in found}

    async def shown(self) -> list[dict[str, Any]]:
        """All that is known of every plugin, as JSON."""
        notices = await self.notices()
        return [
            {**one.as_dict(), "notices": [each._asdict() for each in notices.get(one.name, ())]}
            for one in self.records()
        ]

    def settings(self) -> dict[str, list[SettingRow]]:
        """For every plugin whose class could be loaded, also those that do not run."""
        classes = self._inventory.classes.items()
        return {name: describe(name, one.settings_model, self._environment) for name, one in classes}

    def sources(self) -> list[Offered[Source]]:
        return [Offered(h.record.name, one) for h in self._usable() for one in h.abilities.sources]

    def source_calls(self) -> AbilityCalls:
        """By which core asks the sources of running plugins."""
        return self._calls("sources")

    def enricher_calls(self) -> AbilityCalls:
        return self._calls("enrichers")

    def fingerprinter_calls(self) -> AbilityCalls:
        """That a file has no fingerprint is an answer."""
        return self._calls("fingerprinters", (PermanentError,))

    def _calls(self, hook: str, answers: tuple[type[PluginError], ...] = ()) -> AbilityCalls:
        return AbilityCalls(lambda: running(self._usable()), hook, answers)

    def enrichers(self) -> list[Offered[Enricher]]:
        return [Offered(h.record.name, one) for h in self._usable() for one in h.abilities.enrichers]

    def fingerprinters(self) -> list[Offered[Fingerprinter]]:
        return [Offered(h.record.name, one) for h in self._usable() for one in h.abilities.fingerprinters]

    def hears(self) -> bool:
        """Whether a plugin that compares sound runs."""
        return any(hosted.abilities.similarities for hosted in running(self._usable()))

    async def sounding(self, track_ids: Sequence[UUID], limit: int) -> list[Answer]:
        """What every plugin that compares sound answers, within a second or so."""
        return await ask_similarities(list(self._usable()), track_ids, limit)

    def adapters(self) -> list[Offered[Adapter]]:
        return [Offered(h.record.name, one) for h in self._usable() for one in h.abilities.adapters]

    def job_kinds(self) -> list[Offered[JobKind]]:
        return [Offered(h.record.name, one) for h in self._usable() for one in h.abilities.jobs]

    def schedules(self) -> list[Offered[NamedSchedule]]:
        return [Offered(h.record.name, one) for h in self._usable() for one in h.abilities.schedules]

    def commands(self) -> list[Offered[Command]]:
        return [Offered(h.record.name, one) for h in self._usable() for one in h.abilities.commands]

    def _usable(self) -> Iterator[Hosted]:
        return (hosted for hosted in self._inventory.hosted.values() if hosted.record.usable)

    async def _migrate(self, hosted: Hosted, migrate: Migrate, folder: Path) -> None:
        try:
            await migrate(hosted.record, folder)
        except Exception as error:  # noqa: BLE001 - revisions are the plugin's code
            newer = isinstance(error, SchemaNewer)
            state = PluginState.SCHEMA_NEWER if newer else PluginState.MIGRATION_FAILED
            self._refuse(hosted, Refused(state, hosted.explain(error), _hint(error)))

    async def _declare(self, hosted: Hosted, declare: Declare) -> None:
        try:
            await declare(hosted.record, hosted.abilities.synced_tables)
        except Exception as error:  # noqa: BLE001 - the tables are the plugin's
            self._refuse(hosted, Refused(PluginState.BAD_CONTRACT, hosted.explain(error), _hint(error)))

    async def _start(self, hosted: Hosted, context_factory: ContextFactory) -> None:
        async def begin() -> None:
            await hosted.plugin.start(context_factory(hosted.record))

        outcome = await outcome_of(begin, self._limits.start, f"{hosted.record.name}.start")
        hosted.record.started_in_ms = round(outcome.seconds * 1000, 1)
        if outcome.error is not None:
            if not isinstance(outcome.error, TurnedOff):
                trace = hosted.trace(outcome.error)
                _log.warning("plugin_start_failed", plugin=hosted.record.name, exception=trace)
            self._refuse(hosted, _refusal(hosted, outcome.error))
            return
        hosted.record.state = PluginState.RUNNING
        self._started.append(hosted)

    def _refuse(self, hosted: Hosted, refused: Refused) -> None:
        record = hosted.record
        record.refuse(refused)
        self._manager.remove(hosted.plugin)
        level = _log.info if refused.state is PluginState.DISABLED else _log.warning
        level("plugin_off", plugin=record.name, state=record.state.value, reason=record.reason)
        for one in self._dependants(record.name):
            try:
                check_required_plugins(one.record, self._inventory.by_name)
            except Refused as because:
                self._refuse(one, because)

    def _dependants(self, name: str) -> Iterable[Hosted]:
        return [one for one in self._usable() if name in one.record.requires]


def _refusal(hosted: Hosted, error: BaseException) -> Refused:
    if isinstance(error, TurnedOff):
        return Refused(PluginState.DISABLED, hosted.secrets.scrub(error.message), _hint(error))
    if isinstance(error, AuthorisationNeeded):
        return Refused(PluginState.AUTH_REQUIRED, hosted.secrets.scrub(error.message), _hint(error))
    return Refused(PluginState.START_FAILED, f"start: {hosted.explain(error)}", _hint(error))


def _hint(error: BaseException) -> str | None:
    return error.hint if isinstance(error, McmaError) else None
