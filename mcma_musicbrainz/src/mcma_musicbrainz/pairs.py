"""How well a track of the library fits a track of a release, and which goes with which."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from mcma_musicbrainz.assignment import assign
from mcma_musicbrainz.choosing import Cells, chosen
from mcma_musicbrainz.likeness import best_title, is_no_name, people_alike, people_named
from mcma_musicbrainz.nearness import near
from mcma_musicbrainz.values import Credit, Recording, Release, ReleaseTrack
from mcma_plugins.enrichers import KnownTrack
from mcma_plugins.ids import TrackId

T = TypeVar("T")
Heard = Mapping[TrackId, Mapping[str, float]]
"""Recordings that a track sounds like (MBID to how surely, 0 to 1)."""
FITS: Final = 0.5
"""A pair that fits less is none."""
MOST_CELLS: Final = 22_500
"""Tracks times those of a release, beyond which not all are compared with all: 150 of each take a second."""
SAME_MS, OTHER_MS = 3_000, 25_000
"""Lengths that differ by less are the same, by more are another recording's."""


class Weights(NamedTuple):
    """How much each kind of evidence counts."""

    same_track: float = 8.0
    same_recording: float = 6.0
    other_recording: float = 1.5
    same_isrc: float = 3.0
    other_isrc: float = 0.5
    sound: float = 5.0
    other_sound: float = 1.5
    title: float = 3.0
    guessed_title: float = 1.5
    length: float = 2.5
    place: float = 1.0
    guessed_place: float = 0.5
    artist: float = 1.0


WEIGHTS: Final = Weights()
_AGREES: Final = 0.5


class Evidence(NamedTuple):
    weight: float
    alike: float


class Pair(NamedTuple):
    track: KnownTrack
    other: ReleaseTrack
    fit: float


def pairs_of(tracks: Sequence[KnownTrack], release: Release, heard: Heard) -> list[Pair]:
    """Those that fit, in the order of `tracks`."""
    places = _places(release)

    def made(track: KnownTrack, other: ReleaseTrack) -> Pair:
        return Pair(track, other, fit(track, other, heard.get(track.id, {}), places[other.mbid]))

    named = [made(track, other) for track, other in _named(tracks, release)]
    sure = [one for one in named if one.fit >= FITS]
    left = _without(tracks, [one.track.id for one in sure], lambda one: one.id)
    others = _without(list(release.tracks), [one.other.mbid for one in sure], lambda one: one.mbid)
    found = {one.track.id: one for one in sure}
    if left and others:
        every = ((row, column) for row in range(len(left)) for column in range(len(others)))
        many = len(left) * len(others) > MOST_CELLS
        cells = near(left, others, heard, places) if many else every
        pairs = {(row, column): made(left[row], others[column]) for row, column in cells}
        best = _chosen({cell: one.fit for cell, one in pairs.items()}, len(left), len(others))
        found |= {pairs[cell].track.id: pairs[cell] for cell in best if pairs[cell].fit >= FITS}
    return [found[track.id] for track in tracks if track.id in found]


def _named(tracks: Sequence[KnownTrack], release: Release) -> Iterator[tuple[KnownTrack, ReleaseTrack]]:
    """Tags that name a track of the release are asked first: a box of hundreds is done with then."""
    by_id = {one.mbid: one for one in release.tracks}
    for track in tracks:
        for mbid in track.ids.get("mbid.release_track", ()):
            if mbid in by_id:
                yield track, by_id.pop(mbid)
                break


def _without(things: Sequence[T], gone: Collection[object], id_of: Callable[[T], object]) -> list[T]:
    taken = set(gone)
    return [one for one in things if id_of(one) not in taken]


def _chosen(fits: Cells, rows: int, columns: int) -> Iterator[tuple[int, int]]:
    if rows * columns > MOST_CELLS:
        return chosen({cell: fit for cell, fit in fits.items() if fit >= FITS})
    found = assign([[1 - fits[row, column] for column in range(columns)] for row in range(rows)])
    return ((row, column) for row, column in enumerate(found) if column is not None)


def _places(release: Release) -> Mapping[str, int]:
    """Counted over all discs, as some tag them."""
    heard = (track for track in release.tracks if track.position > 0)
    counted = {track.mbid: place for place, track in enumerate(heard, 1)}
    return {track.mbid: counted.get(track.mbid, 0) for track in release.tracks}


def fit(track: KnownTrack, other: ReleaseTrack, heard: Mapping[str, float], counted: int) -> float:
    """0 to 1. `counted`: its place over all discs."""
    evidence = [
        *ids_agree(track, other.recording, other.mbid),
        *_sounds_agree(heard, other.recording.mbid),
        *titles_agree(track, (other.title, other.recording.title, *other.recording.aliases)),
        *lengths_agree(track.duration_ms, other.length_ms),
        *_places_agree(track, other, counted),
        *artists_agree(track, other.credits),
    ]
    return mean(evidence)


def mean(evidence: Sequence[Evidence]) -> float:
    weight = sum(one.weight for one in evidence)
    return sum(one.weight * one.alike for one in evidence) / weight if weight else 0.0


def guess_weight(weight: float, alike: float) -> float:
    """A name of a file that agrees is no chance; one that does not says little."""
    return weight if alike >= _AGREES else weight / 4


def ids_agree(track: KnownTrack, recording: Recording, track_mbid: str | None = None) -> list[Evidence]:
    found = []
    if track_mbid in track.ids.get("mbid.release_track", ()):
        found.append(Evidence(WEIGHTS.same_track, 1.0))
    recordings, codes = track.ids.get("mbid.recording", ()), track.ids.get("isrc", ())
    if recordings:
        same = recording.mbid in recordings
        found.append(Evidence(WEIGHTS.same_recording if same else WEIGHTS.other_recording, float(same)))
    if codes and recording.isrcs:
        same = not {*codes}.isdisjoint(recording.isrcs)
        found.append(Evidence(WEIGHTS.same_isrc if same else WEIGHTS.other_isrc, float(same)))
    return found


def _sounds_agree(heard: Mapping[str, float], recording: str) -> list[Evidence]:
    if not heard:
        return []
    said = heard.get(recording)
    return [Evidence(WEIGHTS.other_sound, 0.0) if said is None else Evidence(WEIGHTS.sound, said)]


def titles_agree(track: KnownTrack, names: Sequence[str]) -> list[Evidence]:
    guessed = "title" in track.guessed
    if not track.title or is_no_name(track.title, guessed):
        return []
    alike = best_title(track.title, names)
    weight = guess_weight(WEIGHTS.guessed_title, alike) if guessed else WEIGHTS.title
    return [Evidence(weight, alike)]


def lengths_agree(mine: int, theirs: int) -> list[Evidence]:
    if not mine or not theirs:
        return []
    apart = max(0, abs(mine - theirs) - SAME_MS)
    return [Evidence(WEIGHTS.length, max(0.0, 1 - apart / (OTHER_MS - SAME_MS)))]


def _places_agree(track: KnownTrack, other: ReleaseTrack, counted: int) -> list[Evidence]:
    if track.track is None:
        return []
    same_disc = track.disc is None or track.disc == other.disc
    same = (same_disc and track.track == other.position) or track.track == counted
    near = same_disc and abs(track.track - other.position) <= 2
    weight = WEIGHTS.guessed_place if "track" in track.guessed else WEIGHTS.place
    return [Evidence(weight, 1.0 if same else 0.3 if near else 0.0)]


def artists_agree(track: KnownTrack, credited: Sequence[Credit]) -> list[Evidence]:
    known = people_named(track.artists)
    if not known or not credited:
        return []
    mine = {one.mbid for one in known if one.mbid}
    if mine and mine <= {one.artist.mbid for one in credited}:
        return [Evidence(WEIGHTS.artist, 1.0)]
    names = [one.name for one in known]
    alike = people_alike(names, [names_of(one) for one in credited], phrase(credited))
    return [
        Evidence(guess_weight(WEIGHTS.artist, alike) if "artists" in track.guessed else WEIGHTS.artist, alike)
    ]


def names_of(credit: Credit) -> Sequence[str]:
    sort = (credit.artist.sort_name,) if credit.artist.sort_name else ()
    return (credit.name, credit.artist.name, *sort, *(one.name for one in credit.artist.aliases))


def phrase(credited: Sequence[Credit]) -> str:
    return "".join(f"{one.name}{one.join}" for one in credited)
