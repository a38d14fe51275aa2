"""In which order plugins load and start: those that are required come first, then by name."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter


def levels(requires: Mapping[str, Iterable[str]]) -> tuple[list[list[str]], dict[str, Sequence[str]]]:
    """Groups whose members do not need each other, and for every plugin that is part of a circle, the circle.

    Names that are required but not known are ignored here.
    """
    known = {name: [one for one in wanted if one in requires] for name, wanted in requires.items()}
    circles: dict[str, Sequence[str]] = {}
    while True:
        sorter = TopologicalSorter({name: known[name] for name in sorted(known)})
        try:
            sorter.prepare()
        except CycleError as error:
            circle: Sequence[str] = error.args[1]
            circles |= dict.fromkeys(circle, circle)
            known = _without(known, circle)
            continue
        return list(_levels(sorter)), circles


def _without(known: Mapping[str, list[str]], gone: Sequence[str]) -> dict[str, list[str]]:
    return {
        name: [one for one in wanted if one not in gone] for name, wanted in known.items() if name not in gone
    }


def _levels(sorter: "TopologicalSorter[str]") -> Iterable[list[str]]:
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield ready
        sorter.done(*ready)
