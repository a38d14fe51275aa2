"""Views of the services as OpenSubsonic objects (responses Child, AlbumID3, ArtistID3, Playlist).

Rules: arrays are always there; fields of OpenSubsonic are there with an empty value; dates and what clients
read as "has one" (year, track, userRating, genre) are left out when unknown. Lists of hundreds pass here, so
the functions are flat on purpose.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from math import isfinite

from mcma_plugins.values import (
    AlbumView,
    ArtistView,
    Contributor,
    Credit,
    PlaylistView,
    TrackView,
    UserState,
)
from mcma_subsonic import ids
from mcma_subsonic.call import Node

_ONLY_SONGS_HAVE: Node = {
    "bpm": 0,
    "comment": "",
    "isrc": [],
    "contributors": [],
    "displayComposer": "",
    "replayGain": {},
    "works": [],
    "movements": [],
    "groupings": [],
}
"""What folders show of it."""

_NO_NAMES: Node = {"genres": [], "artists": [], "albumArtists": [], "moods": []}

_UNTOUCHED = UserState()
_EXPLICIT = {True: "explicit", False: "clean", None: ""}


def moment(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds. Rows of lists carry datetimes instead, written to the second."""
    return at.isoformat("T", "milliseconds")[:23] + "Z"


def seconds(milliseconds: int) -> int:
    return (milliseconds + 500) // 1000


def song(track: TrackView) -> Node:
    id_ = ids.track_id(track.id)
    album = None if track.album_id is None else ids.album_id(track.album_id)
    first = ids.artist_id(track.artists[0].artist_id) if track.artists else None
    node: Node = {
        "id": id_,
        "isDir": False,
        "title": track.title,
        "artist": track.artist,
        # One cover per album, so that apps load it once.
        "coverArt": ids.cover_id(album or id_, track.artwork_id),
        "size": track.size,
        "contentType": track.content_type,
        "suffix": track.suffix,
        "duration": seconds(track.duration_ms),
        "bitRate": track.bit_rate_kbps,
        "bitDepth": track.bit_depth or 0,
        "samplingRate": track.sample_rate_hz,
        "channelCount": track.channels,
        "isVideo": False,
        "created": track.created_at,
        "type": "music",
        "mediaType": "song",
        "bpm": round(track.bpm) if track.bpm and isfinite(track.bpm) else 0,
        "comment": track.comment or "",
        "sortName": track.sort_title,
        "musicBrainzId": str(track.recording_mbid) if track.recording_mbid else "",
        "isrc": track.isrcs,
        "genres": _names(track.genres),
        "artists": credited(track.artists),
        "displayArtist": track.artist,
        "albumArtists": credited(track.album_artists),
        "displayAlbumArtist": track.album_artist or "",
        "contributors": [_contributor(each) for each in track.contributors] if track.contributors else (),
        "displayComposer": _composers(track.contributors) if track.contributors else "",
        "moods": track.moods,
        "replayGain": _replay_gain(track),
        "explicitStatus": _EXPLICIT[track.explicit],
        "works": [{"name": track.work}] if track.work else (),
        "movements": [{"name": track.movement}] if track.movement else (),
        "groupings": track.groupings,
    }
    if album is not None:
        node["parent"] = node["albumId"] = album
    elif first is not None:
        node["parent"] = first
    if first is not None:
        node["artistId"] = first
    if track.album is not None:
        node["album"] = track.album
    if track.track is not None:
        node["track"] = track.track
    if track.disc is not None:
        node["discNumber"] = track.disc
    if track.year is not None:
        node["year"] = track.year
    if track.path is not None:
        node["path"] = track.path
    if track.genres:
        node["genre"] = track.genres[0]
    return _with_state(node, track.user)


def songs(tracks: Iterable[TrackView]) -> list[Node]:
    return [song(track) for track in tracks]


def album(view: AlbumView) -> Node:
    """AlbumID3."""
    id_ = ids.album_id(view.id)
    node: Node = {
        "id": id_,
        "name": view.title,
        "version": view.version or "",
        "artist": view.artist,
        "coverArt": ids.cover_id(id_, view.artwork_id),
        "songCount": view.song_count,
        "duration": seconds(view.duration_ms),
        "created": view.created_at,
        "recordLabels": _names(view.labels),
        "musicBrainzId": str(view.mbid) if view.mbid else "",
        "genres": _names(view.genres),
        "artists": credited(view.artists),
        "displayArtist": view.artist,
        "releaseTypes": view.release_types,
        "moods": view.moods,
        "sortName": view.sort_title,
        "originalReleaseDate": item_date(view.original_date),
        "releaseDate": item_date(view.date),
        "isCompilation": view.compilation,
        "explicitStatus": _EXPLICIT[view.explicit],
        "discTitles": _discs(view.disc_titles) if view.disc_titles else (),
    }
    if view.artists:
        node["artistId"] = node["artists"][0]["id"]
    return _with_state(_with_era(node, view), view.user)


def albums(views: Iterable[AlbumView]) -> list[Node]:
    return [album(view) for view in views]


def album_folder(view: AlbumView) -> Node:
    """The album as a Child, for calls that browse folders. Clients read any of name, title and album."""
    id_ = ids.album_id(view.id)
    named = credited(view.artists)
    node: Node = {
        "id": id_,
        "isDir": True,
        "name": view.title,
        "title": view.title,
        "album": view.title,
        "artist": view.artist,
        "coverArt": ids.cover_id(id_, view.artwork_id),
        "songCount": view.song_count,
        "duration": seconds(view.duration_ms),
        "created": view.created_at,
        "mediaType": "album",
        "sortName": view.sort_title,
        "musicBrainzId": str(view.mbid) if view.mbid else "",
        "genres": _names(view.genres),
        "artists": named,
        "displayArtist": view.artist,
        "albumArtists": named,
        "displayAlbumArtist": view.artist,
        "moods": view.moods,
        "explicitStatus": _EXPLICIT[view.explicit],
        **_ONLY_SONGS_HAVE,
    }
    if named:
        node["artistId"] = node["parent"] = named[0]["id"]
    return _with_state(_with_era(node, view), view.user)


def artist(view: ArtistView) -> Node:
    """ArtistID3."""
    id_ = ids.artist_id(view.id)
    node: Node = {
        "id": id_,
        "name": view.name,
        "coverArt": ids.cover_id(id_, view.artwork_id),
        "albumCount": view.album_count,
        "musicBrainzId": str(view.mbid) if view.mbid else "",
        "sortName": view.sort_name,
        "disambiguation": view.disambiguation or "",
        "roles": ["albumartist", *view.roles] if view.album_count else list(view.roles),
    }
    return _with_marks(node, view.user)


def artists(views: Iterable[ArtistView]) -> list[Node]:
    return [artist(view) for view in views]


def artist_entry(view: ArtistView) -> Node:
    """Artist: the small shape of getIndexes and search2."""
    id_ = ids.artist_id(view.id)
    node: Node = {"id": id_, "name": view.name, "coverArt": ids.cover_id(id_, view.artwork_id)}
    return _with_marks(node, view.user)


def artist_folder(view: ArtistView) -> Node:
    """The artist as a Child."""
    more: Node = {
        "isDir": True,
        "title": view.name,
        "artist": view.name,
        "mediaType": "artist",
        "sortName": view.sort_name,
        "musicBrainzId": str(view.mbid) if view.mbid else "",
    }
    return artist_entry(view) | more | _ONLY_SONGS_HAVE | _NO_NAMES


def playlist(view: PlaylistView, *, own: bool) -> Node:
    id_ = ids.playlist_id(view.id)
    return {
        "id": id_,
        "name": view.name,
        "comment": view.comment or "",
        "owner": view.owner,
        "public": view.public,
        "songCount": view.song_count,
        "duration": seconds(view.duration_ms),
        "created": moment(view.created_at),
        "changed": moment(view.changed_at),
        "coverArt": ids.playlist_cover_id(id_, view.rev),
        "allowedUser": [],
        "readonly": view.smart or view.follows or not own,
    }


@lru_cache(maxsize=4096)
def item_date(text: str | None) -> Node:
    """ItemDate from ISO 8601 of any precision; as much of it as makes sense. Shared: never change it."""
    node: Node = {}
    for key, part in zip(("year", "month", "day"), (text or "")[:10].split("-"), strict=False):
        if not (part.isascii() and part.isdigit() and int(part)):
            break
        node[key] = int(part)
    return node


@lru_cache(maxsize=4096)
def credited(views: tuple[Credit, ...]) -> list[Node]:
    """Only id and name, as Child asks for. Shared: never change it."""
    return [{"id": ids.artist_id(each.artist_id), "name": each.name} for each in views]


def _composers(views: Iterable[Contributor]) -> str:
    return ", ".join(each.name for each in views if each.role == "composer")


def _discs(named: Iterable[tuple[int, str]]) -> list[Node]:
    return [{"disc": disc, "title": title} for disc, title in named]


def _with_era(node: Node, view: AlbumView) -> Node:
    if view.year is not None:
        node["year"] = view.year
    if view.genres:
        node["genre"] = view.genres[0]
    return node


def _contributor(view: Contributor) -> Node:
    node: Node = {"role": view.role}
    if view.detail:
        node["subRole"] = view.detail
    return node | {"artist": {"id": ids.artist_id(view.artist_id), "name": view.name}}


@lru_cache(maxsize=4096)
def _names(values: tuple[str, ...]) -> list[Node]:
    """Genres and labels, of which a library has few. Shared: never change it."""
    return [{"name": value} for value in values]


def _replay_gain(track: TrackView) -> Node:
    node: Node = {}
    if (gain := track.track_gain_db) is not None and isfinite(gain):
        node["trackGain"] = gain
    if (peak := track.track_peak) is not None and isfinite(peak):
        node["trackPeak"] = peak
    if (gain := track.album_gain_db) is not None and isfinite(gain):
        node["albumGain"] = gain
    if (peak := track.album_peak) is not None and isfinite(peak):
        node["albumPeak"] = peak
    return node


def _with_state(node: Node, state: UserState) -> Node:
    """What a user did with a song or an album; with most of them nothing."""
    node["playCount"] = state.play_count
    if state == _UNTOUCHED:
        return node
    if state.last_played_at is not None:
        node["played"] = state.last_played_at
    return _with_marks(node, state)


def _with_marks(node: Node, state: UserState) -> Node:
    if state.liked_at is not None:
        node["starred"] = state.liked_at
    if state.rating:
        node["userRating"] = state.rating
    return node
