"""Artists that tags name by an id which MusicBrainz has merged into another one since."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mcma_musicbrainz import fields
from mcma_musicbrainz.client import Client
from mcma_musicbrainz.reading import mbid
from mcma_musicbrainz.values import Release
from mcma_plugins.enrichers import Candidate, KnownAlbum

MOST_ASKED: Final = 3


async def former_ids(client: Client, album: KnownAlbum, release: Release) -> Mapping[str, Sequence[str]]:
    """By the id of today, of those whom the release credits. Who is credited by the id that tags have is not
    asked about."""
    credited = {one.artist.mbid for one in fields.everybody(release)}
    others = [one for one in dict.fromkeys(_said(album)) if one not in credited]
    found: dict[str, list[str]] = {}
    for former in others[:MOST_ASKED]:
        now = await client.artist(former)
        if now is not None and now.mbid in credited:
            found.setdefault(now.mbid, []).append(former)
    return found


def with_former(candidate: Candidate, former: Mapping[str, Sequence[str]]) -> Candidate:
    told = {
        id_: fields.with_former(dict(candidate.artists[id_]), ids)
        for id_, ids in former.items()
        if id_ in candidate.artists
    }
    return replace(candidate, artists={**candidate.artists, **told})


def _said(album: KnownAlbum) -> Iterator[str]:
    for people in (album.artists, *(one.artists for one in album.tracks)):
        yield from (id_ for one in people if (id_ := mbid(one.mbid)))
