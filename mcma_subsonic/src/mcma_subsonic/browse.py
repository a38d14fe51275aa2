"""Browsing by tags."""

from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.services import Catalogue
from mcma_plugins.values import Caller, ItemKind, Lyrics, SearchQuery, TrackView, Window
from mcma_subsonic import shapes
from mcma_subsonic.call import Call, Node, endpoint
from mcma_subsonic.indexes import grouped


@endpoint("getMusicFolders", since="1.0.0", notes="The libraries the user may see")
async def get_music_folders(call: Call) -> Node:
    libraries = await call.services.catalogue.libraries(call.caller)
    return {"musicFolders": {"musicFolder": [{"id": each.number, "name": each.name} for each in libraries]}}


@endpoint("getArtists", since="1.8.0", notes="Grouped by sort name, without articles and accents")
async def get_artists(call: Call) -> Node:
    views = await call.services.catalogue.artists(call.caller, await call.libraries())
    articles = call.settings.ignored_articles
    index = [
        {"name": name, "artist": shapes.artists(members)}
        for name, members in grouped(views, articles.split())
    ]
    return {"artists": {"ignoredArticles": articles, "index": index}}


@endpoint("getArtist", since="1.8.0", notes="`albumCount` is the number of albums listed")
async def get_artist(call: Call) -> Node:
    id_ = ArtistId(call.params.item("id", ItemKind.ARTIST).id)
    view = await call.services.catalogue.artist(call.caller, id_)
    albums = await call.services.catalogue.artist_albums(call.caller, id_, await call.libraries())
    return {"artist": shapes.artist(view) | {"albumCount": len(albums), "album": shapes.albums(albums)}}


@endpoint("getAlbum", since="1.8.0")
async def get_album(call: Call) -> Node:
    id_ = AlbumId(call.params.item("id", ItemKind.ALBUM).id)
    view = await call.services.catalogue.album(call.caller, id_)
    tracks = await call.services.catalogue.album_tracks(call.caller, id_)
    return {"album": shapes.album(view) | {"song": shapes.songs(tracks)}}


@endpoint("getSong", since="1.8.0")
async def get_song(call: Call) -> Node:
    id_ = TrackId(call.params.item("id", ItemKind.TRACK).id)
    return {"song": shapes.song(await call.services.catalogue.track(call.caller, id_))}


@endpoint("getGenres", since="1.9.0")
async def get_genres(call: Call) -> Node:
    genres = await call.services.catalogue.genres(call.caller, await call.libraries())
    return {
        "genres": {
            "genre": [
                {"value": each.name, "songCount": each.song_count, "albumCount": each.album_count}
                for each in genres
            ]
        }
    }


# Lyrics -------------------------------------------------------------------------------------------------


@endpoint("getLyricsBySongId", since="songLyrics", notes="Without lyrics the list is empty, never an error")
async def get_lyrics_by_song_id(call: Call) -> Node:
    id_ = TrackId(call.params.item("id", ItemKind.TRACK).id)
    track = await call.services.catalogue.track(call.caller, id_)
    found = await call.services.catalogue.lyrics(call.caller, id_)
    return {"lyricsList": {"structuredLyrics": [_structured(track, each) for each in found]}}


def _structured(track: TrackView, lyrics: Lyrics) -> Node:
    return {
        "displayArtist": track.artist,
        "displayTitle": track.title,
        "lang": lyrics.lang or "und",
        "synced": lyrics.synced,
        "offset": 0,
        "line": [_line(start, words) for start, words in lyrics.lines],
    }


def _line(start: int | None, words: str) -> Node:
    return {"value": words} if start is None else {"start": start, "value": words}


@endpoint("getLyrics", since="1.2.0", notes="Without a match the text is empty, never an error")
async def get_lyrics(call: Call) -> Node:
    """Without a match the text is empty, never an error."""
    artist, title = call.params.maybe("artist") or "", call.params.maybe("title") or ""
    words = await _words(call.services.catalogue, call.caller, artist, title)
    return {"lyrics": {"artist": artist, "title": title, "value": words}}


async def _words(catalogue: Catalogue, caller: Caller, artist: str, title: str) -> str:
    if not title:
        return ""
    nothing = Window(0)
    query = SearchQuery(f"{title} {artist}".strip(), nothing, nothing, Window(10))
    for track in (await catalogue.search(caller, query)).tracks:
        if _same(track.title, title) and (not artist or _same(track.artist, artist)):
            for lyrics in await catalogue.lyrics(caller, track.id):
                return "\n".join(words for _, words in lyrics.lines)
    return ""


def _same(one: str, other: str) -> bool:
    return one.casefold().strip() == other.casefold().strip()
