"""A share as data: what the page says, for programs."""

from typing import Any

from mcma.services.shares.opened import OpenedShare
from mcma_plugins.values import TrackView


def data_of(opened: OpenedShare, place: str) -> dict[str, Any]:
    """`place`: the address of the page. Nothing about the owner, whose name is half of a login."""
    share, tracks = opened.shared.share, opened.shared.tracks
    return {
        "title": opened.title, "kind": opened.kind, "description": share.description,
        "expires_at": share.expires_at, "allow_download": opened.allow_download,
        "song_count": len(tracks), "duration_ms": sum(one.duration_ms for one in tracks),
        "complete": opened.shared.complete, "cover": f"{place}/cover" if tracks else None,
        "tracks": [_track(one, place, save=opened.allow_download) for one in tracks],
    }  # fmt: skip


def _track(view: TrackView, place: str, *, save: bool) -> dict[str, Any]:
    sound = f"{place}/tracks/{view.id}"
    return {
        "id": str(view.id), "title": view.title, "artist": view.artist, "album": view.album,
        "disc": view.disc, "track": view.track, "year": view.year, "duration_ms": view.duration_ms,
        "stream": sound, "download": f"{sound}/download" if save else None,
        "cover": f"{place}/cover/{view.id}",
    }  # fmt: skip
