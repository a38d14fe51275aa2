"""How well a whole album fits a release, with the reasons people see."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from mcma_musicbrainz.kinds import are_various, is_guessed, is_unnamed, later_kinds, said_kinds
from mcma_musicbrainz.likeness import best_title, names_alike, people_alike, people_named, plain
from mcma_musicbrainz.pairs import (
    Heard,
    Pair,
    artists_agree,
    guess_weight,
    names_of,
    pairs_of,
    phrase,
    titles_agree,
)
from mcma_musicbrainz.values import Release
from mcma_plugins.enrichers import KnownAlbum, Reason

_CONTRADICTED: Final = 0.4
"""At most, of what has another title and another artist, and neither ids nor sound that speak for it."""
_SAME: Final = 0.8
"""From here on a name is another spelling of the same."""
_STATUS: Final = {"Official": 1.0, None: 0.9, "Promotion": 0.8, "Bootleg": 0.5, "Pseudo-Release": 0.3,
                  "Cancelled": 0.3, "Expunged": 0.3}  # fmt: skip


class Part(NamedTuple):
    weight: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Rated:
    release: Release
    score: float
    reasons: Sequence[Reason]
    pairs: Sequence[Pair] = ()


def rate(album: KnownAlbum, release: Release, heard: Heard, named: bool = False) -> Rated:
    """`named`: a release id in the tags led here, perhaps an older one of it."""
    pairs = pairs_of(album.tracks, release, heard)
    parts = [one for one in (
        _tracks(album, pairs), _missing(release, pairs), _ids(album, release, named),
        _group(album, release, named), _title(album, release), _artist(album, release),
        _date(album, release), _barcode(album, release), _labels(album, release), _layout(album, release),
        _version(album, release), _status(release), _kinds(album, release),
    ) if one is not None]  # fmt: skip
    weight = sum(one.weight for one in parts)
    score = sum(one.weight * (one.reason.score or 0.0) for one in parts) / weight
    reasons = [one.reason for one in parts]
    if _contradicts(album, pairs, reasons) and not _proved(album, pairs, heard, named):
        score = min(score, _CONTRADICTED)
    return Rated(release, round(score, 4), reasons, pairs)


def _contradicts(album: KnownAlbum, pairs: Sequence[Pair], reasons: Sequence[Reason]) -> bool:
    """What a folder is called speaks against nothing, where its songs are those of the release."""
    said = {one.field: one.score for one in reasons}
    names = all((said.get(name) or 0.0) < 0.4 for name in ("album", "album_artists"))
    return names and not ("title" in album.guessed and 2 * sum(map(_is_named, pairs)) > len(album.tracks))


def _is_named(pair: Pair) -> bool:
    """Its tags tell the title and who made it, and both are those of the release."""
    track, other = pair.track, pair.other
    if not {"title", "artists"}.isdisjoint(track.guessed):
        return False
    said = [
        *titles_agree(track, (other.title, other.recording.title, *other.recording.aliases)),
        *artists_agree(track, other.credits),
    ]
    return len(said) == 2 and all(one.alike >= _SAME for one in said)


def _proved(album: KnownAlbum, pairs: Sequence[Pair], heard: Heard, named: bool) -> bool:
    """Most of its tracks are known by an id or by their sound."""
    known = sum(1 for one in pairs if _is_known(one, heard))
    return named or 2 * known > len(album.tracks)


def _is_known(pair: Pair, heard: Heard) -> bool:
    recording = pair.other.recording
    ids = pair.track.ids
    return (
        recording.mbid in ids.get("mbid.recording", ())
        or recording.mbid in heard.get(pair.track.id, {})
        or not {*ids.get("isrc", ())}.isdisjoint(recording.isrcs)
    )


def _tracks(album: KnownAlbum, pairs: Sequence[Pair]) -> Part:
    count = len(album.tracks)
    fit = sum(one.fit for one in pairs) / count if count else 0.0
    return Part(6.0, Reason("tracks", round(fit, 3), f"{len(pairs)} of {count} tracks here are on it"))


def _missing(release: Release, pairs: Sequence[Pair]) -> Part:
    """Squared: a bonus edition is told from a complete one, and three of twelve are still that album."""
    due = sum(1 for one in release.tracks if not one.is_optional)
    found = sum(1 for one in pairs if not one.other.is_optional)
    there = found / due if due else 1.0 if pairs else 0.0
    note = "all of its tracks are here" if found >= due else f"{found} of its {due} tracks are here"
    return Part(1.0, Reason("complete", round(there**2, 3), note))


def _ids(album: KnownAlbum, release: Release, named: bool) -> Part | None:
    known = album.ids.get("mbid.release", ())
    if named or release.mbid in known:
        return Part(4.0, Reason("release_mbid", 1.0, "the tags name this release"))
    return Part(1.2, Reason("release_mbid", 0.0, "the tags name another release")) if known else None


def _group(album: KnownAlbum, release: Release, named: bool) -> Part | None:
    """A release that the tags name is of whatever album it is of today."""
    known = album.ids.get("mbid.release_group", ())
    if not known or release.group is None:
        return None
    same = release.group.mbid in known
    if not same and (named or release.mbid in album.ids.get("mbid.release", ())):
        return None
    note = "the tags name this album" if same else "the tags name another album"
    return Part(1.5, Reason("release_group_mbid", float(same), note))


def _title(album: KnownAlbum, release: Release) -> Part | None:
    if is_unnamed(album):
        return None
    group = release.group
    names = [release.title, *release.aliases, *([group.title, *group.aliases] if group else [])]
    if release.disambiguation:
        names.append(f"{release.title} ({release.disambiguation})")
    alike = best_title(album.title, [one for one in names if one])
    weight = guess_weight(1.0, alike) if is_guessed(album, "title") else 2.5
    return Part(weight, Reason("album", round(alike, 3), f"{album.title} / {release.title}"))


def _artist(album: KnownAlbum, release: Release) -> Part | None:
    known = [one.name for one in people_named(album.artists)]
    if not known or not release.credits:
        return None
    credited = phrase(release.credits)
    mine = {one.mbid for one in album.artists if one.mbid}
    if mine and mine <= {one.artist.mbid for one in release.credits}:
        alike = 1.0
    elif are_various(album) or release.is_various:
        alike = float(are_various(album) == release.is_various)
    else:
        alike = people_alike(known, [names_of(one) for one in release.credits], credited)
    guessed = is_guessed(album, "artists")
    weight = guess_weight(1.0, alike) if guessed else 2.0
    return Part(weight, Reason("album_artists", round(alike, 3), f"{', '.join(known)} / {credited}"))


def _date(album: KnownAlbum, release: Release) -> Part | None:
    known = album.date or album.original_date
    first = release.group.first_date if release.group else None
    if known is None or (release.date is None and first is None):
        return None
    alike = max(_dates_alike(known, release.date), 0.85 * _dates_alike(known, first))
    weight = guess_weight(0.6, alike) if "date" in album.guessed else 0.6
    return Part(weight, Reason("date", round(alike, 3), f"{known} / {release.date or first}"))


def _dates_alike(one: str, other: str | None) -> float:
    """As precise as both are; some years apart are a reissue."""
    if other is None:
        return 0.0
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return 1.0
    if one[:4] == other[:4]:
        return 0.85
    years = abs(int(one[:4]) - int(other[:4])) if one[:4].isdigit() and other[:4].isdigit() else 10
    return max(0.0, 0.6 - years / 10)


def _barcode(album: KnownAlbum, release: Release) -> Part | None:
    known = {one.lstrip("0") for one in album.ids.get("barcode", ())}
    if not known or release.barcode is None:
        return None
    same = release.barcode.lstrip("0") in known
    return Part(2.5 if same else 1.0, Reason("barcode", float(same), release.barcode))


def _labels(album: KnownAlbum, release: Release) -> Part | None:
    numbers = {plain(one).replace(" ", "") for one in album.catalog_numbers}
    theirs = {plain(one.catalog_number).replace(" ", "") for one in release.labels if one.catalog_number}
    if numbers and theirs:
        same = not numbers.isdisjoint(theirs)
        said = ", ".join(one.catalog_number for one in release.labels if one.catalog_number)
        return Part(2.0 if same else 0.8, Reason("catalog_numbers", float(same), said))
    names = [one.name for one in release.labels if one.name]
    if not album.labels or not names:
        return None
    alike = max(names_alike(one, other) for one in album.labels for other in names)
    return Part(0.5, Reason("labels", round(alike, 3), f"{', '.join(album.labels)} / {', '.join(names)}"))


def _layout(album: KnownAlbum, release: Release) -> Part | None:
    """Discs and how many tracks they have, as far as the tags say it."""
    said = Counter(one.disc for one in album.tracks if one.disc is not None)
    discs = max([*(one.disc_total or 0 for one in album.tracks), *said], default=0)
    totals = {(one.disc or 1, one.track_total) for one in album.tracks if one.track_total}
    if not discs and not totals:
        return None
    counts = {medium.position: medium.count for medium in release.media}
    heard = sum(1 for one in release.media if not one.is_film)
    found = [float(discs in (len(release.media), heard))] if discs else []
    found += [float(total in (counts.get(disc), release.track_count)) for disc, total in totals]
    shown = " + ".join(f"{one.count}{f' {one.format}' if one.format else ''}" for one in release.media[:10])
    return Part(1.0, Reason("media", round(sum(found) / len(found), 3), shown))


def _version(album: KnownAlbum, release: Release) -> Part | None:
    said = [
        one for one in (release.disambiguation, release.title, *(one.title for one in release.media)) if one
    ]
    if album.version is None:
        return None
    mine = {*plain(album.version).split()}
    theirs = {*plain(" ".join(said)).split()}
    alike = len(mine & theirs) / len(mine) if mine else 1.0
    return Part(
        0.7, Reason("album_version", round(alike, 3), f"{album.version} / {release.disambiguation or '-'}")
    )


def _status(release: Release) -> Part:
    said = release.status or "status unknown"
    return Part(0.3, Reason("status", _STATUS.get(release.status, 0.7), said.lower()))


def _kinds(album: KnownAlbum, release: Release) -> Part | None:
    """Where nothing tells what it is called, the record itself is likelier than what its songs are on as
    well."""
    if release.group is None or not is_unnamed(album):
        return None
    later = later_kinds(release, said_kinds(album))
    note = ", ".join(later) or "the record itself"
    return Part(0.5, Reason("release_types", 0.4 if later else 1.0, note))
