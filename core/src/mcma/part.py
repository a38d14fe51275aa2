"""What one process of a server is for, and which jobs it takes because of that."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Literal

from mcma.domain.errors import InvalidInput
from mcma.host import PluginHost
from mcma.settings import Settings
from mcma_plugins.errors import PluginError
from mcma_plugins.jobs import JobKind

CORE = "core"
"""Stands among names of plugins for core's own kinds of jobs."""


@dataclass(frozen=True, slots=True)
class Part:
    """`serve` listens, `worker` only runs jobs, `command` does one thing and ends.

    `kinds` and `plugins` narrow what a worker takes; empty means everything.
    `first`: of several serving processes, the one that does what a start does once.
    """

    role: Literal["serve", "worker", "command"] = "serve"
    kinds: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    first: bool = True

    @property
    def starts(self) -> bool:
        """Whether it brings rows in line with the settings: a worker may have others, and fewer plugins."""
        return self.first and self.role != "worker"

    @property
    def allowed(self) -> Collection[str] | None:
        """The plugins to load; None for all."""
        return None if not self.plugins else [name for name in self.plugins if name != CORE]

    def slots_of(self, settings: Settings) -> int:
        """The serving processes of one server share its slots. Two at least: one is kept for people."""
        if self.role == "worker":
            return settings.job_slots
        return max(2, ceil(settings.job_slots / settings.processes))


def offered(part: Part, settings: Settings, kinds: Mapping[str, JobKind]) -> list[str]:
    """The kinds of jobs this process takes from the queue. Raises `InvalidInput` for a worker without any."""
    if part.role != "worker":
        everything = takes_jobs(settings)
        return [name for name, kind in kinds.items() if everything or kind.host_only]
    _check_known(part, kinds)
    chosen = [
        name
        for name, kind in kinds.items()
        if not kind.host_only
        and (not part.plugins or plugin_of(name) in part.plugins)
        and (not part.kinds or name in part.kinds)
    ]
    if not chosen:
        raise InvalidInput("Nothing that was chosen offers a kind of job.", hint=_known(kinds), code="usage")
    return chosen


def check_plugins(part: Part, host: PluginHost) -> None:
    """Raises what is wrong with a plugin that was named for a worker: without it, it is not the worker that
    people meant."""
    for name in part.allowed or ():
        record = host.record(name)
        if record is None:
            raise InvalidInput(f"There is no plugin {name!r}.", hint="mcma plugin list", code="usage")
        if not record.usable:
            reason = f"The plugin {name} is {record.state.value}: {record.reason}"
            raise PluginError(reason, hint=record.hint)


def takes_jobs(settings: Settings) -> bool:
    """Whether serving processes run jobs of every kind: not where workers are told of them."""
    return settings.serve_jobs == "yes" or (settings.serve_jobs == "auto" and settings.redis_url is None)


def plugin_of(kind: str) -> str:
    plugin, dot, _ = kind.partition(".")
    return plugin if dot else CORE


def _check_known(part: Part, kinds: Mapping[str, JobKind]) -> None:
    if unknown := sorted(set(part.kinds) - kinds.keys()):
        raise InvalidInput(f"There is no kind of job {unknown[0]!r} here.", hint=_known(kinds), code="usage")
    if alone := [kind for kind in part.kinds if kinds[kind].host_only]:
        raise InvalidInput(f"{alone[0]!r} runs where the server runs, in no worker.", code="usage")


def _known(kinds: Mapping[str, JobKind]) -> str:
    return "There are: " + ", ".join(sorted(name for name, kind in kinds.items() if not kind.host_only))
