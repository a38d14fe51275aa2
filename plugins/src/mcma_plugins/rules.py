"""The rules a plugin keeps: the host checks them when it loads one, the test kit when its author tests it.

Every function answers with sentences for people, an empty list when all is well.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mcma_plugins.adapters import Adapter
from mcma_plugins.commands import Command
from mcma_plugins.enrichers import (
    AlbumEnricher,
    ArtistEnricher,
    Enricher,
    Fingerprinter,
    PictureEnricher,
    TrackEnricher,
)
from mcma_plugins.hooks import Hooks
from mcma_plugins.jobs import JobKind, NamedSchedule, Schedule
from mcma_plugins.plugin import Plugin, PluginSettings
from mcma_plugins.similarity import Similarity
from mcma_plugins.sources import Source

PLUGIN_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SHORT_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_MOUNT = re.compile(r"(/[A-Za-z0-9_~.-]+)+")
CORE_MOUNTS = ("/api", "/health", "/share")

HOOKS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {name: function for name, function in vars(Hooks).items() if hasattr(function, "mcma_spec")}
)
HEARING = tuple(name for name, function in HOOKS.items() if inspect.iscoroutinefunction(function))
"""Hooks that are told something: coroutines."""
ABILITIES = tuple(name for name in HOOKS if name not in HEARING)
"""Hooks that answer with objects: plain functions."""


def overridden(plugin_class: type) -> tuple[str, ...]:
    """The hooks a class registers for."""
    return tuple(
        name
        for name, default in HOOKS.items()
        if inspect.getattr_static(plugin_class, name, default) is not default
    )


def class_problems(plugin_class: object) -> list[str]:
    """Is it a plugin class at all, and are its class attributes what the contract says?"""
    if not inspect.isclass(plugin_class):
        return [f"the entry point must be a class, it is {type(plugin_class).__name__}"]
    if not issubclass(plugin_class, Plugin):
        return [f"{plugin_class.__name__} is no subclass of mcma_plugins.Plugin"]
    return [*_attribute_problems(plugin_class), *hook_problems(plugin_class)]


def _attribute_problems(plugin_class: type[Plugin[Any]]) -> Iterator[str]:
    name: object = getattr(plugin_class, "name", None)
    if not isinstance(name, str) or not PLUGIN_NAME.fullmatch(name):
        yield f"name must match [a-z][a-z0-9_]*, it is {name!r}"
    for attribute in ("api", "summary"):
        if not isinstance(getattr(plugin_class, attribute), str):
            yield f"{attribute} must be a string"
    requires: object = plugin_class.requires
    if not isinstance(requires, tuple) or not all(isinstance(one, str) for one in requires):
        yield "requires must be a tuple of plugin names"
    model: object = plugin_class.settings_model
    if not (inspect.isclass(model) and issubclass(model, PluginSettings)):
        yield "settings_model must be a subclass of PluginSettings"
    for method in ("start", "stop"):
        if not inspect.iscoroutinefunction(getattr(plugin_class, method)):
            yield f"{method} must be `async def`"
    if inspect.isabstract(plugin_class):
        yield "the class is abstract"


def hook_problems(plugin_class: type) -> list[str]:
    """Hooks with a signature that could not be called."""
    return [
        f"hook {name}: {problem}"
        for name in overridden(plugin_class)
        for problem in _signature_problems(name, inspect.getattr_static(plugin_class, name))
    ]


def _signature_problems(name: str, found: object) -> Iterator[str]:
    if not inspect.isfunction(found):
        yield "must be a method"
        return
    hearing = name in HEARING
    if inspect.iscoroutinefunction(found) is not hearing:
        yield "must be `async def`" if hearing else "must be a plain function, not `async def`"
    if inspect.isgeneratorfunction(found) or inspect.isasyncgenfunction(found):
        yield "must not be a generator"
    yield from _parameter_problems(found, frozenset(inspect.signature(HOOKS[name]).parameters) - {"self"})


def _parameter_problems(function: Callable[..., Any], known: frozenset[str]) -> Iterator[str]:
    mine = list(inspect.signature(function).parameters.values())
    if not mine or mine[0].kind is mine[0].KEYWORD_ONLY:
        yield "lacks self"
    for one in mine[1:]:
        if one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
            continue
        if one.kind is one.POSITIONAL_ONLY or (one.name not in known and one.default is one.empty):
            yield f"has no parameter {one.name!r}, it has ({', '.join(sorted(known))})"


def answer_problems(plugin_name: str, hook: str, answer: object) -> list[str]:
    """What is wrong with the answer of one of `ABILITIES`."""
    if hook == "migrations":
        fine = answer is None or (isinstance(answer, Path) and answer.is_dir())
        return [] if fine else [f"migrations() must answer with an existing folder, not {answer!r}"]
    if not isinstance(answer, Sequence) or isinstance(answer, str | bytes):
        return [f"{hook}() must answer with a list or tuple, not {type(answer).__name__}"]
    problems = [f"{hook}(): {text}" for one in answer for text in _CHECKS[hook](plugin_name, one)]
    return problems or [f"{hook}(): {name} is there twice" for name in _twice(hook, answer)]


def key_of(hook: str, thing: Any) -> str:
    """What must be unique: an adapter's mount, a name for everything else."""
    return str(thing.mount if hook == "adapters" else thing.name)


def _twice(hook: str, answer: Sequence[object]) -> list[str]:
    keys = [key_of(hook, one) for one in answer]
    return sorted({key for key in keys if keys.count(key) > 1})


def _source(_: str, one: Any) -> Iterator[str]:
    if not isinstance(one, Source):
        yield f"{type(one).__name__} is no Source: it needs `name` and `health()`"
    else:
        yield from _short_name(one.name)


def _enricher(_: str, one: Any) -> Iterator[str]:
    if not isinstance(one, Enricher):
        yield f"{type(one).__name__} is no Enricher: it needs `name` and `identifies`"
        return
    if not isinstance(one, AlbumEnricher | TrackEnricher | ArtistEnricher | PictureEnricher):
        yield f"{type(one).__name__} enriches nothing: it needs `album`, `track`, `artist` or `picture`"
    yield from _short_name(one.name)


def _fingerprinter(_: str, one: Any) -> Iterator[str]:
    if not isinstance(one, Fingerprinter):
        yield f"{type(one).__name__} is no Fingerprinter: it needs `name` and `fingerprint()`"
    else:
        yield from _short_name(one.name)


def _similarity(_: str, one: Any) -> Iterator[str]:
    if not isinstance(one, Similarity):
        yield f"{type(one).__name__} is no Similarity: it needs `name` and `similar()`"
    else:
        yield from _short_name(one.name)


def _adapter(_: str, one: Any) -> Iterator[str]:
    if not isinstance(one, Adapter):
        yield f"{type(one).__name__} is no Adapter"
        return
    mount: object = one.mount
    build: object = one.build
    if not isinstance(mount, str) or not _MOUNT.fullmatch(mount):
        yield f"mount {mount!r} must begin with a slash and not end with one"
    elif any(mounts_collide(mount, core) for core in CORE_MOUNTS):
        yield f"mount {mount!r} belongs to core"
    elif not callable(build):
        yield f"build of {one.mount!r} cannot be called"


def mounts_collide(one: str, other: str) -> bool:
    """The same, or one below the other."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _job(plugin_name: str, one: Any) -> Iterator[str]:
    if not isinstance(one, JobKind):
        yield f"{type(one).__name__} is no JobKind"
        return
    prefix, _, verb = str(one.name).partition(".")
    if prefix != plugin_name or not _SHORT_NAME.fullmatch(verb):
        yield f"job kind {one.name!r} must be called {plugin_name}.<verb>"
    handler: object = one.handler
    if not callable(handler):
        yield f"the handler of {one.name!r} cannot be called"
    if one.max_attempts < 1 or one.timeout.total_seconds() <= 0:
        yield f"{one.name!r} needs at least one attempt and some time"


def _schedule(plugin_name: str, one: Any) -> Iterator[str]:
    if not isinstance(one, NamedSchedule) or not isinstance(one.schedule, Schedule):
        yield f"{type(one).__name__} is no NamedSchedule"
        return
    for what, name in (("schedule", one.name), ("kind", one.schedule.kind)):
        prefix, _, rest = str(name).partition(".")
        if prefix != plugin_name or not _SHORT_NAME.fullmatch(rest):
            yield f"{what} {name!r} of a schedule must be called {plugin_name}.<words>"
    if one.schedule.every.total_seconds() < 1:
        yield f"{one.name!r} must be at least a second apart"


def _command(_: str, one: Any) -> Iterator[str]:
    if not isinstance(one, Command):
        yield f"{type(one).__name__} is no Command"
        return
    yield from _short_name(one.name)
    run: object = one.run
    if not callable(run):
        yield f"run of {one.name!r} cannot be called"


def _synced_table(plugin_name: str, one: Any) -> Iterator[str]:
    from mcma_plugins.database import SyncedTable  # whoever has one has SQLAlchemy

    if not isinstance(one, SyncedTable):
        yield f"{type(one).__name__} is no SyncedTable: make it by synced_table()"
    elif not one.name.startswith(f"plugin_{plugin_name}_"):
        yield f"table {one.name!r} must be called plugin_{plugin_name}_<words>"


def _short_name(name: object) -> Iterator[str]:
    if not isinstance(name, str) or not _SHORT_NAME.fullmatch(name):
        yield f"name {name!r} must be short, lower case and begin with a letter"


_CHECKS: Mapping[str, Callable[[str, Any], Iterator[str]]] = {
    "sources": _source,
    "enrichers": _enricher,
    "fingerprinters": _fingerprinter,
    "similarities": _similarity,
    "adapters": _adapter,
    "jobs": _job,
    "schedules": _schedule,
    "commands": _command,
    "synced_tables": _synced_table,
}
