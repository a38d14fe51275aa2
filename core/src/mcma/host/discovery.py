"""Finding installed plugins. The one module that knows stevedore.

stevedore's entry points come from a cache on disk that loses the distribution and can be stale, and its
failure callback is not called for AssertionError and SystemExit. So the entry points are listed here, and
what they raise is wrapped before stevedore sees it.
"""

import importlib
import re
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any

import structlog
from packaging.utils import canonicalize_name
from stevedore.extension import Extension, ExtensionManager

from mcma.host.bounded import in_thread
from mcma.host.states import HostError, said
from mcma_plugins import ENTRY_POINT_GROUP

_log = structlog.get_logger(__name__)
_NAME = re.compile(r"^name:[ \t]*(\S+)[ \t]*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """An entry point that was listed, not imported."""

    entry_point: EntryPoint
    distribution: Distribution | None = None

    @property
    def name(self) -> str:
        return self.entry_point.name

    @property
    def distribution_name(self) -> str | None:
        return _metadata(self.distribution, "Name")

    @property
    def version(self) -> str | None:
        return _metadata(self.distribution, "Version")

    def __str__(self) -> str:
        known = " ".join(filter(None, (self.distribution_name, self.version)))
        return f"{known or 'unknown distribution'} ({self.entry_point.value})"


class LoadFailed(HostError):
    """Whatever an import raised; the cause has it."""


@dataclass(frozen=True)
class Loaded:
    found: Found
    target: object = None
    failure: str | None = None


def list_plugins(group: str = ENTRY_POINT_GROUP) -> list[Found]:
    """Every installed plugin, by name, without importing any. The same entry twice in one distribution is
    one; two distributions offering one name are two."""
    importlib.invalidate_caches()
    found: dict[tuple[str, str, str | None], Found] = {}
    for distribution in _unique(distributions()):
        for entry_point in _entry_points(distribution, group):
            one = Found(entry_point, distribution)
            found.setdefault((one.name, entry_point.value, one.distribution_name), one)
    return sorted(found.values(), key=lambda one: (one.name, str(one)))


def import_plugins(found: Sequence[Found], limit: float) -> list[Loaded]:
    """Import each, contained and under a time limit. Names MUST be unique."""
    manager = _Manager(found, limit)
    targets = {extension.name: extension.plugin for extension in manager.extensions}
    return [Loaded(one, targets.get(one.name), manager.failures.get(one.name)) for one in found]


class _Manager(ExtensionManager[Any]):
    def __init__(self, found: Sequence[Found], limit: float) -> None:
        self._found, self._limit = found, limit
        self.failures: dict[str, str] = {}
        super().__init__(ENTRY_POINT_GROUP, on_load_failure_callback=_failed)

    def list_entry_points(self) -> list[EntryPoint]:
        return [one.entry_point for one in self._found]

    def _load_one_plugin(
        self, ep: EntryPoint, invoke_on_load: bool, invoke_args: Any, invoke_kwds: Any
    ) -> Extension[Any] | None:
        try:
            return Extension(ep.name, ep, in_thread(ep.load, self._limit), None)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise LoadFailed(said(error)) from error


def _failed(manager: ExtensionManager[Any], entry_point: EntryPoint, error: BaseException) -> None:
    assert isinstance(manager, _Manager)
    manager.failures[entry_point.name] = str(error)
    trace = "".join(traceback.format_exception(error.__cause__ or error))
    _log.warning("plugin_import_failed", plugin=entry_point.name, error=str(error), exception=trace)


def _unique(found: Iterable[Distribution]) -> Iterator[Distribution]:
    """The first of each name on the path, as `import` would have it."""
    seen: set[str] = set()
    for distribution in found:
        name = _name(distribution)
        key = canonicalize_name(name) if name else repr(distribution)
        if key not in seen or name is None:
            yield distribution
        seen.add(key)


def _entry_points(distribution: Distribution, group: str) -> Sequence[EntryPoint]:
    # importlib.metadata.entry_points() would fail for all when one file is broken.
    try:
        return tuple(distribution.entry_points.select(group=group))
    except Exception as error:  # noqa: BLE001
        name = _metadata(distribution, "Name")
        _log.warning("plugin_metadata_unreadable", distribution=name, error=said(error))
        return ()


def _name(distribution: Distribution) -> str | None:
    """Read, not parsed: of a hundred that are installed nearly all are no plugins, and parsing what each of
    them says of itself took a third of loading plugins."""
    try:
        written = distribution.read_text("METADATA") or ""
    except Exception:  # noqa: BLE001 - whatever it is, `_metadata` says what there is
        written = ""
    said_first = _NAME.search(written.partition("\n\n")[0])
    return said_first[1] if said_first else _metadata(distribution, "Name")


def _metadata(distribution: Distribution | None, key: str) -> str | None:
    """None for what is not there; Python versions differ in whether missing metadata raises."""
    try:
        metadata: Mapping[str, str] | Any = distribution.metadata if distribution else {}
        return metadata[key] if key in metadata else None  # noqa: SIM401 - not a dict
    except Exception:  # noqa: BLE001
        return None
