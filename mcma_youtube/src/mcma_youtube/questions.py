"""The questions that are put to YouTube Music. Each runs in a thread, and may raise whatever it likes."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from mcma_plugins.sources import SourceItem, SourceKind
from mcma_youtube import faults, ids, shapes
from mcma_youtube.page import Page

if TYPE_CHECKING:
    from mcma_youtube.client import Client

MOST_ALBUMS: Final = 1000
_FILTERS: Final[Mapping[SourceKind, Literal["songs", "albums", "artists", "playlists"]]] = {
    SourceKind.TRACK: "songs", SourceKind.ALBUM: "albums", SourceKind.ARTIST: "artists",
    SourceKind.PLAYLIST: "playlists",
}  # fmt: skip
_SHAPES: Final = {
    SourceKind.TRACK: shapes.track, SourceKind.ALBUM: shapes.album, SourceKind.ARTIST: shapes.artist,
    SourceKind.PLAYLIST: shapes.playlist,
}  # fmt: skip


def search(client: "Client", text: str, kind: SourceKind, limit: int) -> list[SourceItem]:
    said = client.search(text, filter=_FILTERS[kind], limit=limit)
    found = [item for one in said if (item := _SHAPES[kind](one))]
    if said and not found:
        raise faults.outdated("none of what was found can be read")
    return found[:limit]


def track(client: "Client", source_id: str) -> SourceItem:
    said: Any = client.get_watch_playlist(source_id, limit=1)["tracks"]
    found = next((one for one in said if source_id in _ids_of(one)), None)
    if found is None:
        raise faults.not_there()
    # its counterpart is the video of a song, or the song of a video
    asked = found if found.get("videoId") == source_id else found["counterpart"]
    seconds = shapes.seconds(asked.get("length"))
    return _there(shapes.track({**found, **asked, "duration_seconds": seconds}))


def album(client: "Client", source_id: str) -> tuple[SourceItem, list[SourceItem]]:
    """It and its tracks. An album that is named by the list of its songs keeps that name."""
    browse_id = source_id
    if ids.AUDIO_PLAYLIST.fullmatch(source_id):
        browse_id = client.get_album_browse_id(source_id) or ""
        if not ids.accepts(SourceKind.ALBUM, browse_id):
            raise faults.not_there()
    said = client.get_album(browse_id)
    shown = _there(shapes.album({**said, "browseId": source_id}))
    known = {
        "album": shown.title, "album_id": browse_id, "year": shown.year, "artists": shown.artists,
        "artwork_url": shown.artwork_url,
    }  # fmt: skip
    return shown, [shapes.row(one, place, **known) for place, one in enumerate(said["tracks"])]


def artist(client: "Client", source_id: str) -> tuple[SourceItem, Mapping[str, Any]]:
    """It and what ytmusicapi says of it. A channel that is no artist's is shown, and has no albums."""
    try:
        said = client.get_artist(source_id)
    except (KeyError, IndexError, TypeError):
        said = client.get_user(source_id)
    return _there(shapes.artist({**said, "browseId": source_id})), said


def releases(client: "Client", source_id: str) -> Iterator[list[SourceItem]]:
    """Albums, then singles; all of them where the artist's page has only some."""
    shown, said = artist(client, source_id)
    seen: set[str] = set()
    for name in ("albums", "singles"):
        shelf = said.get(name) or {}
        rows = shelf.get("results") or []
        if shelf.get("params") and shelf.get("browseId"):
            rows = client.get_artist_albums(shelf["browseId"], shelf["params"], limit=MOST_ALBUMS)
        found = [item for one in rows if (item := shapes.album(one, (shown.title,)))]
        yield [item for item in found if item.source_id not in seen]
        seen |= {item.source_id for item in found}


def playlist(client: "Client", source_id: str) -> tuple[SourceItem, Page]:
    said, page = client.first_page(source_id)
    return _there(shapes.playlist({**said, "browseId": source_id})), page


def _ids_of(said: Mapping[str, Any]) -> set[Any]:
    return {said.get("videoId"), (said.get("counterpart") or {}).get("videoId")}


def _there(item: SourceItem | None) -> SourceItem:
    if item is None:
        raise faults.outdated("an answer without a name")
    return item
