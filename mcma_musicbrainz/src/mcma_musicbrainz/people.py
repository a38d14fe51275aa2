"""Which artist a name is. A name alone is no evidence: there are five of most."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from mcma_musicbrainz.client import Client
from mcma_musicbrainz.likeness import best_title, names_alike, plain
from mcma_musicbrainz.reading import mbid
from mcma_musicbrainz.values import VARIOUS_ARTISTS, Artist
from mcma_plugins.enrichers import KnownArtist, Reason

MOST_COMPARED: Final = 3
"""Namesakes whose albums are looked at."""
LEAST: Final = 0.75
"""A name that is less alike is another one."""
_ONLY_A_NAME: Final = 0.45
_ONLY_ANYBODYS: Final = 0.8
_SAME_ALBUM: Final = 0.8
_ANYBODYS: Final = frozenset(
    {"greatest hits", "hits", "best of", "best", "very best of", "essential", "collection", "anthology",
     "singles", "gold", "live", "unplugged", "demo", "ep", "debut", "untitled", "remixes", "b sides",
     "rarities"}
)  # fmt: skip
"""Titles that albums of many have."""
_NUMBERED: Final = re.compile(r"(?: (?:vol|volume|part|pt|no))? (?:\d{1,4}|[ivx]{1,4})$")


class RatedArtist(NamedTuple):
    artist: Artist
    score: float
    reasons: Sequence[Reason]
    former: Sequence[str] = ()
    """Ids that led here."""


async def known_by_id(client: Client, known: KnownArtist) -> Sequence[RatedArtist]:
    artist = await client.artist(known.mbid) if known.mbid else None
    if artist is None:
        return ()
    alike = _name_alike(known, artist)
    score = 1.0 if alike >= LEAST else 0.8
    note = f"{known.name} / {artist.name}"
    former = mbid(known.mbid)
    return (
        RatedArtist(
            artist,
            score,
            (Reason("mbid", 1.0, "it is credited with this id"), Reason("name", round(alike, 3), note)),
            [former] if former and former != artist.mbid else (),
        ),
    )


async def known_by_name(client: Client, known: KnownArtist) -> Sequence[RatedArtist]:
    found = [one for one in await client.found_artists(known.name) if _name_alike(known, one) >= LEAST]
    likely = sorted(found, key=lambda one: (-_name_alike(known, one), -one.score, one.mbid))
    likely = [one for one in likely if one.mbid != VARIOUS_ARTISTS]
    rated = [await _by_albums(client, known, one) for one in likely[:MOST_COMPARED]] if known.albums else []
    rated += [_by_name(known, one) for one in likely[len(rated) :]]
    return sorted(rated, key=lambda one: (-one.score, one.artist.mbid))[:20]


async def _by_albums(client: Client, known: KnownArtist, artist: Artist) -> RatedArtist:
    theirs: list[str] = []
    async for groups in client.groups_of(artist.mbid):
        titles = [title for group in groups for title in (group.title, *group.aliases)]
        theirs += [
            one for one in known.albums if one not in theirs and best_title(one, titles) >= _SAME_ALBUM
        ]
        if any(_is_telling(known, one) for one in theirs):
            break
    alike = _name_alike(known, artist)
    share = len(theirs) / len(known.albums)
    score = alike * (0.92 + 0.06 * share) if theirs else min(alike, _ONLY_A_NAME)
    if not any(_is_telling(known, one) for one in theirs):
        score = min(score, _ONLY_ANYBODYS)
    note = f"{len(theirs)} of {len(known.albums)} albums here are theirs"
    albums = Reason("albums", round(share, 3), f"{note}: {', '.join(theirs[:3])}" if theirs else note)
    return RatedArtist(artist, round(score, 4), (_named(known, artist, alike), albums))


def _is_telling(known: KnownArtist, album: str) -> bool:
    """Namesakes have one that is called as they are, too, or `The Best of` them."""
    said = f" {plain(album)} ".replace(f" {plain(known.name)} ", " ").strip()
    return bool(said) and _NUMBERED.sub("", said).removeprefix("the ") not in _ANYBODYS


def _by_name(known: KnownArtist, artist: Artist) -> RatedArtist:
    alike = _name_alike(known, artist)
    albums = Reason("albums", None, "their albums were not compared")
    return RatedArtist(artist, min(alike, _ONLY_A_NAME - 0.05), (_named(known, artist, alike), albums))


def _named(known: KnownArtist, artist: Artist, alike: float) -> Reason:
    said = f"{known.name} / {artist.name}"
    return Reason(
        "name", round(alike, 3), f"{said} ({artist.disambiguation})" if artist.disambiguation else said
    )


def _name_alike(known: KnownArtist, artist: Artist) -> float:
    names = (artist.name, artist.sort_name or artist.name, *(one.name for one in artist.aliases))
    return max(names_alike(known.name, one) for one in names)
