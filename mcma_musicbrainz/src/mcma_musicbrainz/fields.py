"""What a release, a recording and an artist say, as the contract's fields."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final

from mcma_musicbrainz.names import Naming
from mcma_musicbrainz.roles import roles
from mcma_musicbrainz.values import Artist, Credit, Genre, Recording, Release, ReleaseTrack

Said = dict[str, Any]
MOST_GENRES: Final = 5
MOST_ARTISTS: Final = 200
MOST_ALIASES: Final = 500
"""Of all artists of an answer together, and of each at least so many: an answer has a size."""
_FEW_ALIASES: Final = 5
_MOST_CODES: Final = 50
_LESS_THAN_SOME: Final = 0.2
"""Of the votes of the first genre; what has less is somebody's joke."""


def of_release(release: Release, naming: Naming) -> Said:
    group = release.group
    types = group.types if group else ()
    return _known({
        "album": release.title,
        "album_version": release.disambiguation,
        "album_artists": naming.credits(release.credits),
        "date": release.date,
        "original_date": group.first_date if group else None,
        "labels": _once(one.name for one in release.labels),
        "catalog_numbers": _once(one.catalog_number for one in release.labels),
        "label_info": [_known(one._asdict()) for one in release.labels if one.name and one.mbid],
        "barcode": release.barcode,
        "release_types": list(types),
        "genres": genres((group.genres if group else ()) or release.genres),
        "disc_total": len(release.media) or None,
        "compilation": True if release.is_various else None,
        "release_mbid": release.mbid,
        "release_group_mbid": group.mbid if group else None,
    })  # fmt: skip


def of_track(track: ReleaseTrack, release: Release, naming: Naming, sound: str | None = None) -> Said:
    """`sound`: its AcoustID."""
    medium = next((one for one in release.media if one.position == track.disc), None)
    return {
        **of_recording(track.recording, naming, release, sound),
        **_known({
            "title": track.title,
            "artists": naming.credits(track.credits),
            "track": track.position or None,
            "track_total": (medium.count or None) if medium else None,
            "disc": track.disc,
            "disc_title": medium.title if medium else None,
            "media": medium.format if medium else None,
            "release_track_mbid": track.mbid,
        }),
    }  # fmt: skip


def of_recording(
    recording: Recording, naming: Naming, release: Release | None = None, sound: str | None = None
) -> Said:
    works = recording.works
    original = recording.remix_of[0] if len(recording.remix_of) == 1 else None
    return _known({
        "title": recording.title,
        "artists": naming.credits(recording.credits),
        "recording_mbid": recording.mbid,
        "isrcs": list(recording.isrcs[:_MOST_CODES]),
        "genres": genres(recording.genres),
        "work": works[0].title if len(works) == 1 else None,
        "language": _language(recording),
        "credits": roles(recording, release, naming),
        "remix_of": original.title if original else None,
        "remix_of_mbid": original.mbid if original else None,
        "acoustid": sound,
    })  # fmt: skip


def artists_of(naming: Naming, *credited: Iterable[Credit]) -> Mapping[str, Said]:
    """Everybody who is credited, by id."""
    people: dict[str, Artist] = {}
    for one in chain.from_iterable(credited):
        people.setdefault(one.artist.mbid, one.artist)
    most = max(_FEW_ALIASES, MOST_ALIASES // max(1, len(people)))
    return {mbid: naming.about(artist, most) for mbid, artist in islice(people.items(), MOST_ARTISTS)}


def with_former(artist: Said, ids: Sequence[str]) -> Said:
    """With the ids that were merged into its own."""
    return {**artist, "former_mbids": list(ids)} if ids else artist


def everybody(release: Release) -> Iterator[Credit]:
    yield from release.credits
    for track in release.tracks:
        yield from track.credits


def genres(said: Sequence[Genre]) -> list[str]:
    """Those that many agree on, first."""
    if not said:
        return []
    enough = said[0].votes * _LESS_THAN_SOME
    return [one.name for one in said if one.votes >= enough][:MOST_GENRES]


def _language(recording: Recording) -> str | None:
    """What is sung, when all of its works agree."""
    said = {one.language for one in recording.works}
    return said.pop() if len(said) == 1 else None


def _once(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(one for one in values if one))


def _known(said: Mapping[str, Any]) -> Said:
    return {name: value for name, value in said.items() if value not in (None, [], "")}
