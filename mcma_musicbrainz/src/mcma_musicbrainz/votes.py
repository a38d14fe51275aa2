"""Releases that several recordings are on together."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mcma_musicbrainz.values import Release


class Vote(NamedTuple):
    release: Release
    share: float
    """Of the recordings, those that are on it."""


def votes(each: Sequence[Iterable[Release]], enough: float = 1.0) -> list[Vote]:
    """Those that most are on, or so many as `enough` of the most. `each`: the releases of one recording."""
    known = {one.mbid: one for releases in each for one in releases}
    counted = Counter(mbid for releases in each for mbid in dict.fromkeys(one.mbid for one in releases))
    most = max(counted.values(), default=0)
    found = {mbid: count for mbid, count in counted.items() if count >= most * enough}
    return [Vote(known[mbid], count / len(each)) for mbid, count in found.items()]
