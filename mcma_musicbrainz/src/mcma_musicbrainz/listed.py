"""Which releases of a list to ask for first: lists say how many tracks they have, not which."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from mcma_musicbrainz.kinds import is_unnamed, said_kinds
from mcma_musicbrainz.likeness import best_title, people_alike, people_named, plain
from mcma_musicbrainz.pairs import names_of, phrase
from mcma_musicbrainz.preferring import preference
from mcma_musicbrainz.values import Release
from mcma_plugins.enrichers import KnownAlbum

LEAST: Final = 0.35
"""A title that is less alike is not asked for."""
_SHARE: Final = 4


def by_promise(
    album: KnownAlbum,
    releases: Sequence[Release],
    countries: Sequence[str],
    least: float = LEAST,
    shares: Mapping[str, float] = MappingProxyType({}),
) -> list[Release]:
    """Without what cannot be it; what promises the same, in the order of preference. `shares`: of its songs,
    by MBID, that are known to be on it."""

    def promise(one: Release) -> float:
        return round(_SHARE * shares.get(one.mbid, 0.0) + _promise(album, one), 1)

    once = {one.mbid: one for one in releases}.values()
    said = said_kinds(album)
    likely = [one for one in once if not one.is_pseudo and _title(album, one) >= least]
    return sorted(likely, key=lambda one: (-promise(one), preference(one, countries, said)))


def _promise(album: KnownAlbum, release: Release) -> float:
    """To be rounded, so that what differs little is asked for in the order of preference."""
    return (
        3 * _title(album, release)
        + 2 * _artist(album, release)
        + 2 * _count(album, release)
        + 1 * _date(album, release)
        + 1 * _discs(album, release)
        + 1 * _details(album, release)
    )


def _title(album: KnownAlbum, release: Release) -> float:
    if is_unnamed(album):
        return 1.0
    group = release.group
    names = [release.title, *release.aliases, group.title if group else ""]
    if release.disambiguation:
        names.append(f"{release.title} ({release.disambiguation})")
    return best_title(album.title, [one for one in names if one])


def _artist(album: KnownAlbum, release: Release) -> float:
    known = people_named(album.artists)
    if not release.credits or not known or release.is_various:
        return 0.5
    return people_alike(
        [one.name for one in known],
        [names_of(one) for one in release.credits],
        phrase(release.credits),
    )


def _count(album: KnownAlbum, release: Release) -> float:
    """Of an album that is not complete, what its tags say of how many there are."""
    theirs, mine = release.track_count, len(album.tracks)
    if not theirs:
        return 0.5
    totals = {one.track_total for one in album.tracks if one.track_total}
    counts = {medium.count for medium in release.media} | {theirs}
    if mine == theirs or (totals and totals <= counts):
        return 1.0
    apart = abs(theirs - mine)
    return max(0.0, (0.7 if theirs > mine else 0.4) - apart / max(mine, theirs))


def _discs(album: KnownAlbum, release: Release) -> float:
    said = [*(one.disc_total for one in album.tracks), *(one.disc for one in album.tracks)]
    discs = max((one for one in said if one), default=0)
    return 0.5 if not discs or not release.media else float(discs == len(release.media))


def _date(album: KnownAlbum, release: Release) -> float:
    known = album.date or album.original_date
    if not known or not release.date:
        return 0.4
    shorter = min(len(known), len(release.date))
    return 1.0 if known[:shorter] == release.date[:shorter] else 0.7 if known[:4] == release.date[:4] else 0.0


def _details(album: KnownAlbum, release: Release) -> float:
    """Barcode and catalogue numbers are of one edition alone."""
    barcodes = {one.lstrip("0") for one in album.ids.get("barcode", ())}
    if release.barcode and release.barcode.lstrip("0") in barcodes:
        return 1.0
    theirs = {_number(one.catalog_number) for one in release.labels if one.catalog_number}
    return float(not theirs.isdisjoint(_number(one) for one in album.catalog_numbers))


def _number(said: str) -> str:
    return plain(said).replace(" ", "")
