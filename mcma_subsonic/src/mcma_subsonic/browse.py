"""Browsing by tags."""

from mcma_plugins.ids import AlbumId, ArtistId, TrackId
from mcma_plugins.values import ItemKind
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
