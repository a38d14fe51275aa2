"""Whether both sides say the same version of a song."""

from typing import NamedTuple

from mcma.domain.matching.values import Limits, Version
from mcma.domain.matching.versions import MAYBE, NAMED, SAME_RECORDING

OTHER_VERSION, UNSURE = 0.6, 0.88
_OPPOSITES = frozenset({frozenset({"mono", "stereo"}), frozenset({"clean", "explicit"})})
_PLACED = frozenset({"live", "demo", "take"})
"""The same words and length may well be another evening."""


class Told(NamedTuple):
    families: dict[str, frozenset[str]]
    hints: frozenset[str]
    """What the album says."""


class Around(NamedTuple):
    """What else is known when versions are compared."""

    album: float | None
    duration: float | None


def against(one: Told, other: Told, around: Around, limits: Limits) -> Version:
    mine, theirs = set(one.families) - SAME_RECORDING, set(other.families) - SAME_RECORDING
    if frozenset((set(one.families) ^ set(other.families)) & (MAYBE | {"explicit"})) in _OPPOSITES:
        return _other(limits, "another mix or edit")
    left = (mine - theirs - other.hints) | (theirs - mine - one.hints)
    if hard := left - MAYBE:
        return _other(limits, f"{', '.join(sorted(hard))} on one side alone")
    if left and not (left == {"single"} and around.duration == 1.0):
        limits.note("version", 0.8, f"{', '.join(sorted(left))} on one side alone", UNSURE)
    if "live" in one.hints ^ other.hints and "live" not in mine | theirs:
        if around.duration is not None and around.duration < 0.5:
            return _other(limits, "one is on the album of a concert, and of another length")
        limits.note("version", 0.7, "one is on the album of a concert", 0.85)
    return _named(one, other, mine & theirs & NAMED, around, limits)


def _named(one: Told, other: Told, families: set[str], around: Around, limits: Limits) -> Version:
    for name in sorted(families):
        mine, theirs = one.families[name], other.families[name]
        if mine and theirs and not mine & theirs:
            return _other(limits, f"another {name}")
        if mine - theirs and theirs - mine:
            limits.note("version", 0.8, f"perhaps another {name}", UNSURE)
        elif mine != theirs and not _sure(name, around):
            limits.note("version", 0.9, f"which {name} is said on one side alone", UNSURE)
    return Version.SAME


def _sure(name: str, around: Around) -> bool:
    same_album = around.album is not None and around.album >= 0.8
    if name in _PLACED:
        return same_album
    return (
        same_album or around.duration == 1.0 or name in ("cover", "acoustic", "tribute", "remake", "language")
    )


def _other(limits: Limits, note: str) -> Version:
    limits.note("version", 0.0, note, OTHER_VERSION)
    return Version.OTHER
