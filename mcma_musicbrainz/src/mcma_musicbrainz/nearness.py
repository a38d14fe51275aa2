"""Of very many tracks, those of a release that each of them may be: to compare all with all costs a square.

What tells most is looked at first: ids and sound, the title, the place, words of the title that few others
have, then the length. Of those that a sign has in common, the ones of nearly the same length go first.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from mcma_musicbrainz.likeness import title
from mcma_musicbrainz.values import ReleaseTrack
from mcma_plugins.enrichers import KnownTrack
from mcma_plugins.ids import TrackId

MOST: Final = 30_000
"""Pairs that are compared, of a whole album: about a second."""
_LEAST: Final = 4
"""Of each track, however many there are."""
_OF_A_SIGN: Final = 4
_EVERY: Final = "every"
_Sign = tuple[Hashable, ...]


def near(
    tracks: Sequence[KnownTrack],
    others: Sequence[ReleaseTrack],
    heard: Mapping[TrackId, Mapping[str, float]],
    places: Mapping[str, int],
) -> Iterator[tuple[int, int]]:
    """Positions of both, each pair once. Linear in the number of tracks."""
    shelves = _Shelves(others, places)
    each = max(_LEAST, MOST // max(1, len(tracks)))
    for row, track in enumerate(tracks):
        found = dict.fromkeys(shelves.near(track, heard.get(track.id, {})))
        yield from ((row, column) for column in islice(found, each))


class _Shelves:
    """Tracks of a release by their signs, and by their lengths on each shelf."""

    def __init__(self, others: Sequence[ReleaseTrack], places: Mapping[str, int]) -> None:
        self._lengths: dict[_Sign, list[tuple[int, int]]] = {}
        for column, other in enumerate(others):
            for sign in set(_signs(other, places[other.mbid])):
                self._lengths.setdefault(sign, []).append((other.length_ms, column))
        for shelf in self._lengths.values():
            shelf.sort()

    def near(self, track: KnownTrack, heard: Iterable[str]) -> Iterator[int]:
        for sign in _signs_of(track, heard):
            yield from self._nearest(sign, track.duration_ms)
        words = {("word", one) for one in title(track.title).whole.split()}
        for sign in sorted(words & self._lengths.keys(), key=lambda one: (len(self._lengths[one]), one)):
            yield from self._nearest(sign, track.duration_ms)
        yield from self._nearest((_EVERY,), track.duration_ms)

    def _nearest(self, sign: _Sign, length: int) -> Iterator[int]:
        shelf = self._lengths.get(sign, ())
        at = bisect_left(shelf, (length, -1))
        around = shelf[max(0, at - _OF_A_SIGN) : at + _OF_A_SIGN]
        ordered = sorted(around, key=lambda one: (abs(one[0] - length), one))
        return (column for _, column in ordered[:_OF_A_SIGN])


def _signs(other: ReleaseTrack, counted: int) -> Iterator[_Sign]:
    names = [title(one) for one in (other.title, other.recording.title, *other.recording.aliases)]
    yield "recording", other.recording.mbid
    yield from (("isrc", one) for one in other.recording.isrcs)
    yield from (("title", one.base) for one in names)
    yield "place", other.disc, other.position
    yield "counted", counted
    yield from (("word", word) for one in names for word in one.whole.split())
    yield (_EVERY,)


def _signs_of(track: KnownTrack, heard: Iterable[str]) -> Iterator[_Sign]:
    yield from (("recording", one) for one in (*track.ids.get("mbid.recording", ()), *heard))
    yield from (("isrc", one) for one in track.ids.get("isrc", ()))
    yield "title", title(track.title).base
    if track.track is not None:
        yield "place", track.disc or 1, track.track
        yield "counted", track.track
