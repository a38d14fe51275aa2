"""From an entry point to a plugin that can be started. Each step may refuse; none stops the next plugin."""

import contextlib
import traceback
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from mcma.host.abilities import Abilities, Taken, collect, heard_by
from mcma.host.bounded import in_thread
from mcma.host.compat import check_api, check_distribution, check_required_plugins, checked_class
from mcma.host.discovery import Found, Loaded, import_plugins, list_plugins
from mcma.host.environment import Environment
from mcma.host.hooks import HookManager
from mcma.host.order import levels
from mcma.host.settings import Secrets, read_settings
from mcma.host.states import PluginRecord, PluginState, Refused, said
from mcma_plugins import Notice, Plugin
from mcma_plugins.texts import one_line

_MOST_NOTICES, _LONGEST_NOTICE = 10, 500
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limits:
    """Seconds."""

    load: float = 60.0
    """Importing one plugin."""
    make: float = 10.0
    """`__init__`, and each ability hook."""
    start: float = 15.0
    stop: float = 5.0
    hook: float = 10.0


@dataclass(frozen=True)
class Choice:
    """Which installed plugins run. Being disabled wins over being allowed."""

    disabled: Collection[str] = ()
    allow: Collection[str] | None = None
    """None for all."""

    def refuse(self, name: str) -> None:
        if name in self.disabled:
            raise Refused(PluginState.DISABLED, "named in plugins_disabled")
        if self.allow is not None and name not in self.allow:
            raise Refused(PluginState.DISABLED, "not named in plugins_allow")


@dataclass
class Hosted:
    """A plugin that was made."""

    record: PluginRecord
    plugin: Plugin[Any]
    secrets: Secrets
    abilities: Abilities = field(default_factory=Abilities)

    def explain(self, error: BaseException) -> str:
        return self.secrets.scrub(said(error))

    def trace(self, error: BaseException) -> str:
        return self.secrets.scrub("".join(traceback.format_exception(error)))

    def noted(self, notices: Sequence[Notice]) -> list[Notice]:
        """Of what it says: texts, without secrets."""
        return [
            Notice(self._line(code), self._line(reason), self._line(hint) or None, by_choice is True)
            for code, reason, hint, by_choice in notices[:_MOST_NOTICES]
            if self._line(code) and self._line(reason)
        ]

    def _line(self, text: object) -> str:
        return one_line(self.secrets.scrub(text), _LONGEST_NOTICE) if isinstance(text, str) else ""


@dataclass
class Inventory:
    """The result of loading. `records` has one line per entry point, the rest is by name."""

    records: list[PluginRecord] = field(default_factory=list)
    classes: dict[str, type[Plugin[Any]]] = field(default_factory=dict)
    hosted: dict[str, Hosted] = field(default_factory=dict)
    levels: list[list[str]] = field(default_factory=list)

    @property
    def by_name(self) -> dict[str, PluginRecord]:
        return {record.name: record for record in self.records}


class Loader:
    def __init__(
        self, manager: HookManager, environment: Environment, choice: Choice, limits: Limits
    ) -> None:
        self._manager, self._environment = manager, environment
        self._choice, self._limits = choice, limits
        self._taken = Taken()

    def run(self) -> Inventory:
        inventory = Inventory()
        for loaded in import_plugins(list(self._chosen(inventory)), self._limits.load):
            self._check(loaded, inventory)
        self._arrange(inventory)
        for name in (name for level in inventory.levels for name in level):
            with _recorded(inventory.by_name[name]):
                self._make(name, inventory)
        return inventory

    def _chosen(self, inventory: Inventory) -> Iterator[Found]:
        found = list_plugins()
        for one in found:
            record = PluginRecord(one.name, distribution=one.distribution_name, version=one.version)
            inventory.records.append(record)
            with _recorded(record):
                self._choice.refuse(one.name)
                _check_single(one, found)
                yield one

    def _check(self, loaded: Loaded, inventory: Inventory) -> None:
        record = inventory.by_name[loaded.found.name]
        with _recorded(record):
            if loaded.failure is not None:
                raise Refused(PluginState.LOAD_FAILED, loaded.failure)
            plugin_class = checked_class(record.name, loaded.target)
            _fill(record, plugin_class)
            check_api(plugin_class)
            check_distribution(loaded.found.distribution)
            inventory.classes[record.name] = plugin_class

    def _arrange(self, inventory: Inventory) -> None:
        inventory.levels, circles = levels({n: c.requires for n, c in inventory.classes.items()})
        for name, circle in circles.items():
            reason = f"requires itself: {' -> '.join(circle)}"
            inventory.by_name[name].refuse(Refused(PluginState.INCOMPATIBLE, reason))

    def _make(self, name: str, inventory: Inventory) -> None:
        record, plugin_class = inventory.by_name[name], inventory.classes[name]
        check_required_plugins(record, inventory.by_name)
        settings, secrets = read_settings(name, plugin_class.settings_model, self._environment)
        plugin = self._instance(plugin_class, settings, secrets)
        hosted = Hosted(record, plugin, secrets)
        self._manager.add(plugin)
        try:
            hosted.abilities = collect(self._manager, plugin, self._limits.make)
            self._taken.take(name, hosted.abilities)
        except Refused as refused:
            self._manager.remove(plugin)
            refused.reason = secrets.scrub(refused.reason)
            raise
        record.abilities = {**hosted.abilities.names(), "hears": heard_by(plugin)}
        inventory.hosted[name] = hosted

    def _instance(self, plugin_class: type[Plugin[Any]], settings: object, secrets: Secrets) -> Plugin[Any]:
        try:
            return in_thread(lambda: plugin_class(settings), self._limits.make)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reason = secrets.scrub(f"__init__: {said(error)}")
            raise Refused(PluginState.START_FAILED, reason) from error


@contextlib.contextmanager
def _recorded(record: PluginRecord) -> Iterator[None]:
    """What refuses a plugin ends up in its record, and no further."""
    try:
        yield
    except Refused as refused:
        record.refuse(refused)
        level = _log.info if refused.state is PluginState.DISABLED else _log.warning
        level("plugin_refused", plugin=record.name, state=refused.state.value, reason=refused.reason)


def _check_single(one: Found, found: Sequence[Found]) -> None:
    """Neither of two runs: which code gets the name's tables must not depend on the order of a path."""
    same = [str(other) for other in found if other.name == one.name]
    if len(same) > 1:
        reason = f"{len(same)} plugins are called {one.name}: {', '.join(same)}"
        raise Refused(PluginState.LOAD_FAILED, reason, "uninstall all but one")


def _fill(record: PluginRecord, plugin_class: type[Plugin[Any]]) -> None:
    record.api, record.summary = plugin_class.api, plugin_class.summary
    record.requires = plugin_class.requires
    try:
        record.settings_schema = dict(plugin_class.settings_model.model_json_schema(by_alias=False))
    except Exception as error:
        reason = f"settings_model has no JSON schema: {said(error)}"
        raise Refused(PluginState.BAD_CONTRACT, reason) from error
