"""What a plugin is: the answers of its ability hooks, checked before core uses them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcma.host.bounded import in_thread
from mcma.host.hooks import HookManager
from mcma.host.states import PluginState, Refused, said
from mcma_plugins import Adapter, Command, JobKind, NamedSchedule, Plugin, Source
from mcma_plugins.enrichers import Enricher, Fingerprinter
from mcma_plugins.rules import ABILITIES, HEARING, answer_problems, key_of, mounts_collide, overridden
from mcma_plugins.similarity import Similarity

if TYPE_CHECKING:
    from mcma_plugins.database import SyncedTable

_LISTS = tuple(name for name in ABILITIES if name != "migrations")


@dataclass(frozen=True)
class Abilities:
    sources: tuple[Source, ...] = ()
    enrichers: tuple[Enricher, ...] = ()
    fingerprinters: tuple[Fingerprinter, ...] = ()
    similarities: tuple[Similarity, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    jobs: tuple[JobKind, ...] = ()
    schedules: tuple[NamedSchedule, ...] = ()
    commands: tuple[Command, ...] = ()
    synced_tables: tuple["SyncedTable", ...] = ()
    migrations: Path | None = None

    def names(self) -> dict[str, list[str]]:
        every = {hook: [key_of(hook, one) for one in getattr(self, hook)] for hook in _LISTS}
        return {hook: keys for hook, keys in every.items() if keys}


@dataclass
class Taken:
    """Names that must be unique over all plugins, and who has them. Whoever loads first keeps the name."""

    owners: dict[tuple[str, str], str] = field(default_factory=dict)

    def take(self, plugin: str, abilities: Abilities) -> None:
        """All or nothing."""
        keys = [(hook, key) for hook, keys in abilities.names().items() if hook != "commands" for key in keys]
        for hook, key in keys:
            if owner := self._owner(hook, key):
                reason = f"{hook}(): {key} already belongs to plugin {owner}"
                raise Refused(PluginState.BAD_CONTRACT, reason, f"disable {plugin} or {owner}")
        self.owners |= dict.fromkeys(keys, plugin)

    def _owner(self, hook: str, key: str) -> str | None:
        if hook != "adapters":
            return self.owners.get((hook, key))
        mounts = ((mount, owner) for (kind, mount), owner in self.owners.items() if kind == "adapters")
        return next((owner for mount, owner in mounts if mounts_collide(mount, key)), None)


def collect(manager: HookManager, plugin: Plugin[Any], limit: float) -> Abilities:
    """Ask each ability hook once, in a thread and under a time limit; `Refused` for a bad answer."""
    answers: dict[str, Any] = {}
    for hook in ABILITIES:
        if (implementation := manager.implementation(hook, plugin)) is not None:
            answer = _answer(plugin.name, hook, implementation.function, limit)
            answers[hook] = answer if hook == "migrations" else tuple(answer)
    return Abilities(**answers)


def heard_by(plugin: Plugin[Any]) -> list[str]:
    return [hook for hook in overridden(type(plugin)) if hook in HEARING]


def _answer(name: str, hook: str, function: Callable[[], object], limit: float) -> Any:
    def ask() -> tuple[object, list[str]]:
        answer = function()
        return answer, answer_problems(name, hook, answer)

    try:
        answer, problems = in_thread(ask, limit)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Refused(PluginState.BAD_CONTRACT, f"{hook}(): {said(error)}") from error
    if problems:
        raise Refused(PluginState.BAD_CONTRACT, "; ".join(problems))
    return answer
