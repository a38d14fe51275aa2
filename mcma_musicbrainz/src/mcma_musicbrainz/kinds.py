"""What tags say of the kind of an album, and which kinds come later than the records themselves."""

from collections.abc import Collection
from typing import Final

from mcma_musicbrainz.likeness import is_no_name, plain, title
from mcma_musicbrainz.values import Release
from mcma_plugins.enrichers import KnownAlbum

_VARIOUS: Final = frozenset(
    {"various artists", "various", "va", "verschiedene", "verschiedene interpreten", "v a"}
)
_LATER: Final = frozenset(
    {"compilation", "live", "remix", "dj-mix", "mixtape/street", "demo", "interview", "soundtrack"}
)
"""Secondary types of what has songs that are on a record of their own, or other takes of them."""


def later_kinds(release: Release, said: Collection[str] = ()) -> list[str]:
    """Those of its kinds that come later than records. `said`: by the tags."""
    types = release.group.types if release.group else ()
    return [one for one in types if one in _LATER and one not in said]


def said_kinds(album: KnownAlbum) -> frozenset[str]:
    said = {*title(album.title).kinds, *plain(album.title).split()}
    return frozenset(said | {"compilation"} if album.compilation or are_various(album) else said)


def are_various(album: KnownAlbum) -> bool:
    """By name, or by the flag where there is no name: now and then a best of one artist has the flag too."""
    if not album.artists:
        return album.compilation
    return all(plain(one.name) in _VARIOUS for one in album.artists)


def is_unnamed(album: KnownAlbum) -> bool:
    """Nothing says what it is called: there is `Unknown Album`, or a folder of downloads."""
    return not album.title or is_no_name(album.title, is_guessed(album, "title"))


def is_guessed(album: KnownAlbum, field: str) -> bool:
    """Only names of folders or files say it: `title` or `artists`."""
    of_tracks = "album" if field == "title" else field
    return field in album.guessed or all(of_tracks in one.guessed for one in album.tracks)
