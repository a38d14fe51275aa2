"""Does this plugin fit this host? Every check raises `Refused`."""

from collections.abc import Iterable, Mapping
from importlib import metadata
from importlib.metadata import Distribution
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from mcma.host.states import PluginRecord, PluginState, Refused
from mcma_plugins import API_VERSION, Plugin
from mcma_plugins.rules import class_problems


def checked_class(entry_name: str, target: object) -> type[Plugin[Any]]:
    """The plugin class an entry point gave, or `Refused`."""
    if problems := class_problems(target):
        raise Refused(PluginState.BAD_CONTRACT, "; ".join(problems))
    assert isinstance(target, type) and issubclass(target, Plugin)
    if target.name != entry_name:
        raise Refused(
            PluginState.BAD_CONTRACT, f"the entry point is called {entry_name!r}, the class {target.name!r}"
        )
    return target


def check_api(plugin_class: type[Plugin[Any]]) -> None:
    try:
        wanted = SpecifierSet(plugin_class.api)
    except InvalidSpecifier as error:
        reason = f"api {plugin_class.api!r} is no version specifier"
        raise Refused(PluginState.BAD_CONTRACT, reason) from error
    if not wanted.contains(API_VERSION, prereleases=True):
        raise Refused(
            PluginState.INCOMPATIBLE,
            f"made for mcma-plugins {plugin_class.api}, this is {API_VERSION}",
            "install a version of the plugin made for this server",
        )


def check_distribution(distribution: Distribution | None) -> None:
    """An installer checked this once; a later upgrade of something else may have broken it."""
    if unmet := list(_unmet(_requirements(distribution))):
        raise Refused(PluginState.INCOMPATIBLE, f"unmet requirement: {', '.join(unmet)}")


def _requirements(distribution: Distribution | None) -> Iterable[str]:
    try:
        return (distribution.requires or ()) if distribution else ()
    except Exception:  # noqa: BLE001 - newer Pythons raise for missing metadata, older ones do not
        return ()


def _unmet(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            yield f"{line!r} cannot be read"
            continue
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield from _unmet_by_installed(wanted)


def _unmet_by_installed(wanted: Requirement) -> Iterable[str]:
    try:
        installed = metadata.version(wanted.name)
    except Exception:  # noqa: BLE001 - not found, or found without readable metadata
        yield f"{wanted} (not installed)"
        return
    if not wanted.specifier.contains(installed, prereleases=True):
        yield f"{wanted} ({installed} is installed)"


def check_required_plugins(record: PluginRecord, records: Mapping[str, PluginRecord]) -> None:
    for name in record.requires:
        other = records.get(name)
        if other is None:
            raise Refused(
                PluginState.INCOMPATIBLE, f"needs plugin {name}, which is not installed", f"install {name}"
            )
        if not other.usable:
            because = f": {other.reason}" if other.reason else ""
            raise Refused(PluginState.INCOMPATIBLE, f"needs plugin {name}, which is {other.state}{because}")
