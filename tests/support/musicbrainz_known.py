"""What a library knows of an edition it has: from all that its tags could say, to next to nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid5

from mcma_plugins.enrichers import Fingerprint, KnownAlbum, KnownCredit, KnownTrack
from mcma_plugins.ids import AlbumId, TrackId
from tests.support.musicbrainz import sound_of
from tests.support.musicbrainz_world import Credit, Edition, Slot, Song

_OURS = UUID(int=7)


def people(credit: Credit, ids: bool = False) -> list[KnownCredit]:
    return [KnownCredit(one.name or one.person.name, one.person.mbid if ids else None) for one in credit]


def known(edition: Edition, ids: bool = False, sound: bool = False) -> KnownAlbum:
    """As well tagged as can be; `ids`: with all of MusicBrainz's, `sound`: with fingerprints."""
    tracks = [_track(edition, *place, ids, sound) for place in edition.slots]
    about = {"mbid.release": [edition.mbid], "mbid.release_group": [edition.album.mbid]} if ids else {}
    return KnownAlbum(
        AlbumId(uuid5(_OURS, edition.mbid)), edition.title, people(edition.credit, ids),
        date=edition.date or None, ids=about, tracks=tracks,
    )  # fmt: skip


def _track(edition: Edition, disc: int, number: int, slot: Slot, ids: bool, sound: bool) -> KnownTrack:
    about: Mapping[str, Sequence[str]] = {}
    if ids:
        about = {"mbid.recording": [slot.song.mbid], "mbid.release_track": [slot.mbid],
                 "mbid.release": [edition.mbid]}  # fmt: skip
    return KnownTrack(
        TrackId(uuid5(_OURS, slot.mbid)), slot.title, people(slot.credit, ids), edition.title,
        people(edition.credit, ids), disc, len(edition.discs), number, len(edition.discs[disc - 1].slots),
        edition.date or None, slot.ms, about, fingerprint=heard(slot.song) if sound else None,
    )  # fmt: skip


def heard(song: Song) -> Fingerprint:
    return Fingerprint(sound_of(song), song.ms)


def single(song: Song, ids: bool = False, sound: bool = False) -> KnownTrack:
    """A track of no album."""
    about = {"mbid.recording": [song.mbid]} if ids else {}
    fingerprint = heard(song) if sound else None
    return KnownTrack(TrackId(uuid5(_OURS, song.mbid)), song.title, people(song.credit, ids),
                      duration_ms=song.ms, ids=about, fingerprint=fingerprint)  # fmt: skip


def untagged(album: KnownAlbum) -> KnownAlbum:
    """Names of files alone: `Track 01`."""
    tracks = [
        replace(one, title=f"Track {place:02}", artists=(), album=None, album_artists=(), date=None,
                disc=None, disc_total=None, track=place, track_total=None,
                guessed=frozenset({"title", "track", "album"}))
        for place, one in enumerate(album.tracks, 1)
    ]  # fmt: skip
    return replace(album, title="New Folder", artists=(), date=None, tracks=tracks)


def in_folder(*tracks: KnownTrack, called: str = "Stuff", of: str | None = None) -> KnownAlbum:
    """Tracks that say of no album, in a folder: their titles, artists and lengths are known."""
    bare = [
        replace(one, album=None, album_artists=(), date=None, disc=None, disc_total=None, track=None,
                track_total=None)
        for one in tracks
    ]  # fmt: skip
    agreed = all(one.artists == bare[0].artists for one in bare)
    artists = bare[0].artists if agreed else [KnownCredit(of)] if of else ()
    guessed = frozenset({"title", "date"} if agreed else {"title", "date", "artists"})
    return KnownAlbum(AlbumId(uuid5(_OURS, called)), called, artists, tracks=bare, guessed=guessed)
