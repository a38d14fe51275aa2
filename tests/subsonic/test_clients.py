"""Two real client libraries against the adapter on a real socket."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import libopensonic
import libsonic
import pytest
import uvicorn
from libopensonic.errors import CredentialError, DataNotFoundError
from libsonic.errors import DataNotFoundError as DataNotFound

from mcma_plugins.values import ItemKind, ItemRef, ListenReport
from mcma_subsonic.system import EXTENSIONS
from tests.subsonic import fakedata as data
from tests.subsonic.conftest import mounted
from tests.subsonic.fakepeople import ONE
from tests.subsonic.fakeserver import API_KEY, FakeServer, services

ALBUM, ARTIST, SONG = f"al-{data.FULL.id}", f"ar-{data.artist_id(1)}", f"tr-{data.track_id(1)}"
PLAYLIST, OTHER_SONG = f"pl-{data.MIX.id}", f"tr-{data.track_id(2)}"
OTHER_SONGS = [one for each in data.TRACKS if (one := f"tr-{each.id}") != SONG]
OTHER_ARTISTS = [one for each in data.ARTISTS if (one := f"ar-{each.id}") != ARTIST]
PASSWORD = "pässword"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeServer, int]]:
    path: Path = tmp_path_factory.mktemp("music") / "song.flac"
    path.write_bytes(b"0123456789" * 100)
    fake = services(path)
    config = uvicorn.Config(mounted(fake), lifespan="off", log_level="warning", ws="none")
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield fake, listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listening.close()


@pytest.fixture(scope="module")
def port(running: tuple[FakeServer, int]) -> int:
    return running[1]


@pytest.fixture(scope="module")
def fake(running: tuple[FakeServer, int]) -> FakeServer:
    return running[0]


OPENSONIC: dict[str, dict[str, Any]] = {
    "token": {"username": "admin", "password": PASSWORD},
    "hex password": {"username": "admin", "password": PASSWORD, "legacy_auth": True},
    "api key": {"api_key": API_KEY},
    "get": {"username": "admin", "password": PASSWORD, "use_get": True},
    "no view": {"username": "admin", "password": PASSWORD, "use_views": False},
}


@contextmanager
def opened(port: int, **credentials: Any) -> Iterator[Any]:
    made: Any = libopensonic.Connection("http://127.0.0.1", port=port, **credentials)
    yield made
    made.cleanup()
    made._loop.close()  # which the library forgets


@pytest.fixture(scope="module", params=list(OPENSONIC), ids=list(OPENSONIC))
def opensonic(port: int, request: pytest.FixtureRequest) -> Iterator[Any]:
    with opened(port, **OPENSONIC[request.param]) as made:
        yield made


# Not here: get_music_folders, which walks the keys of an object where the specification has a list inside it.
OPENSONIC_CALLS: dict[str, Callable[[Any], object]] = {
    "ping": lambda c: c.ping(),
    "extensions": lambda c: len(c.get_open_subsonic_extensions()) == len(EXTENSIONS),
    "token_info": lambda c: c.token_info().username == "admin",
    "license": lambda c: c.get_license()["license"]["valid"],
    "indexes": lambda c: [each.name for each in c.get_indexes().index] == ["#", "A", "B", "O", "T", "З"],
    "directory": lambda c: len(c.get_music_directory(ARTIST).child) == 2,
    "artists": lambda c: sum(len(each.artist) for each in c.get_artists().index) == len(data.ARTISTS),
    "artist": lambda c: len(c.get_artist(ARTIST).album) == 2,
    "album": lambda c: [each.title for each in c.get_album(ALBUM).song] == ["Come Apart", "Some Thing"],
    "album without tracks": lambda c: c.get_album(f"al-{data.NO_TRACKS.id}").song == [],
    "ugly album": lambda c: c.get_album(f"al-{data.UGLY.id}").name == data.NASTY,
    "song": lambda c: c.get_song(SONG).replay_gain.track_gain == -6.5,
    "bare song": lambda c: c.get_song(f"tr-{data.track_id(6)}").album is None,
    "genres": lambda c: c.get_genres()[0].value == "Rock",
    "album list": lambda c: len(c.get_album_list("newest")) == len(data.ALBUMS),
    "album list 2": lambda c: len(c.get_album_list2("byYear", from_year=2000, to_year=1950)) == 4,
    "random": lambda c: len(c.get_random_songs(size=3)) == 3,
    "by genre": lambda c: len(c.get_songs_by_genre("Rock")) == 2,
    "starred": lambda c: len(c.get_starred().song) == 1,
    "starred 2": lambda c: len(c.get_starred2().album) == 1,
    "search 2": lambda c: len(c.search2("come").song) == 1,
    "search 3": lambda c: len(c.search3('""', song_count=500).album) == len(data.ALBUMS),
    "star": lambda c: c.star(sids=[SONG], album_ids=[ALBUM], artist_ids=[ARTIST]),
    "unstar": lambda c: c.unstar(sids=[SONG]),
    "rate": lambda c: c.set_rating(SONG, 5),
    "scrobble": lambda c: c.scrobble(SONG, True, 1_700_000_000),
    "now playing": lambda c: c.get_now_playing()[0].player_name == "Amp",
    "playlists": lambda c: len(c.get_playlists()) >= 2,
    "playlist": lambda c: len(c.get_playlist(PLAYLIST).entry) == 2,
    "create playlist": lambda c: c.create_playlist(name="x", song_ids=[SONG]),
    "update playlist": lambda c: c.update_playlist(PLAYLIST, name="y", song_ids_to_add=[SONG]),
    "queue": lambda c: c.get_play_queue().username == "admin",
    "lyrics": lambda c: c.get_lyrics("nobody", "nothing").value == "",
    "lyrics by id": lambda c: [each.synced for each in c.get_lyrics_by_song_id(SONG)] == [True, False],
    "user": lambda c: c.get_user("admin").folder == [1, 2],
    "users": lambda c: len(c.get_users()) == 2,
    "scan": lambda c: c.get_scan_status().count == 7,
    "start scan": lambda c: c.start_scan().scanning,
    "artist info": lambda c: [each.id for each in c.get_artist_info(ARTIST).similar_artist] == OTHER_ARTISTS,
    "artist info 2": lambda c: c.get_artist_info2(ARTIST).music_brainz_id == str(data.MBID),
    "album info": lambda c: c.get_album_info2(ALBUM).music_brainz_id == str(data.MBID),
    "similar": lambda c: [each.id for each in c.get_similar_songs(SONG)] == OTHER_SONGS,
    "top": lambda c: c.get_top_songs("x") == [],
    "shares": lambda c: len(c.get_shares()) == 2,
    "bookmarks": lambda c: [each.entry.id for each in c.get_bookmarks()] == [SONG],
    "set a bookmark": lambda c: c.create_bookmark(SONG, 61_000),
    "save the queue": lambda c: c.save_play_queue([SONG, OTHER_SONG], OTHER_SONG, 5_000),
    "radio": lambda c: c.get_internet_radio_stations()[0].home_page_url == ONE.homepage_url,
    "podcasts": lambda c: c.get_podcasts() == [] and c.get_newest_podcasts() == [],
}


@pytest.mark.parametrize("call", OPENSONIC_CALLS.values(), ids=list(OPENSONIC_CALLS))
def test_opensonic(opensonic: Any, call: Callable[[Any], object]) -> None:
    assert call(opensonic)


BYTES: dict[str, Callable[[Any], Any]] = {
    "stream": lambda c: c.stream(SONG),
    "download": lambda c: c.download(SONG),
    "cover": lambda c: c.get_cover_art(ALBUM, 100),
}


@pytest.mark.parametrize("call", BYTES.values(), ids=list(BYTES))
def test_opensonic_gets_bytes(opensonic: Any, call: Callable[[Any], Any]) -> None:
    response = call(opensonic)
    body = asyncio.run_coroutine_threadsafe(response.read(), opensonic._loop).result(10)
    assert body == b"0123456789" * 100 or body.startswith(b"\x89PNG")


def test_opensonic_hears_of_errors(port: int) -> None:
    with opened(port, username="admin", password="wrong") as made, pytest.raises(CredentialError):
        made.get_artists()
    with opened(port, api_key=API_KEY) as made, pytest.raises(DataNotFoundError):
        made.get_album("al-1")


@pytest.fixture(scope="module", params=[False, True], ids=["token", "hex password"])
def sonic(port: int, request: pytest.FixtureRequest) -> Any:
    return libsonic.Connection(
        "http://127.0.0.1", "admin", PASSWORD, port=port, serverPath="/rest", legacyAuth=request.param
    )


SONIC_CALLS: dict[str, Callable[[Any], object]] = {
    "ping": lambda c: c.ping(),
    "license": lambda c: c.getLicense()["license"]["valid"],
    "folders": lambda c: c.getMusicFolders()["musicFolders"]["musicFolder"][0]["id"] == 1,
    "indexes": lambda c: c.getIndexes()["indexes"]["index"],
    "directory": lambda c: len(c.getMusicDirectory(ALBUM)["directory"]["child"]) == 2,
    "artists": lambda c: c.getArtists()["artists"]["index"],
    "artist": lambda c: len(c.getArtist(ARTIST)["artist"]["album"]) == 2,
    "album": lambda c: len(c.getAlbum(ALBUM)["album"]["song"]) == 2,
    "song": lambda c: c.getSong(SONG)["song"]["duration"] == 183,
    "album list": lambda c: len(c.getAlbumList("newest")["albumList"]["album"]) == 4,
    "album list 2": lambda c: len(c.getAlbumList2("random")["albumList2"]["album"]) == 4,
    "search": lambda c: c.search(any="come")["searchResult"]["totalHits"] == 1,
    "search 2": lambda c: len(c.search2("come")["searchResult2"]["song"]) == 1,
    "search 3": lambda c: len(c.search3('""')["searchResult3"]["artist"]) == len(data.ARTISTS),
    "star": lambda c: c.star([SONG, OTHER_SONG], [ALBUM], [ARTIST]),
    "scrobble": lambda c: c.scrobble(SONG, True, 1_700_000_000),
    "rating": lambda c: c.setRating(SONG, 3),
    "playlists": lambda c: c.getPlaylists()["playlists"]["playlist"],
    "create": lambda c: len(c.createPlaylist(name="z", songIds=[SONG, OTHER_SONG])["playlist"]["entry"]) == 2,
    "update": lambda c: c.updatePlaylist(PLAYLIST, name="q", songIdsToAdd=[SONG], songIndexesToRemove=[0]),
    "user": lambda c: c.getUser("admin")["user"]["adminRole"],
    "users": lambda c: len(c.getUsers()["users"]["user"]) >= 2,
    "make a user": lambda c: c.createUser(
        f"söm {uuid4()}", "violet änchor 42", "som@home.example", shareRole=True
    ),
    "change a user": lambda c: c.updateUser("gäst", email="guest@home.example", downloadRole=True),
    "reset a password": lambda c: c.changePassword("gäst", "violet änchor 43"),
    "avatar": lambda c: c.getAvatar("gäst").read() == "picture of gäst".encode(),
    "radio": lambda c: c.getInternetRadioStations()["internetRadioStations"]["internetRadioStation"],
    "a station": lambda c: c.createInternetRadioStation("https://x.example/", "X", "https://x.example/home"),
    "stream": lambda c: c.stream(SONG).read() == b"0123456789" * 100,
    "download": lambda c: c.download(SONG).read() == b"0123456789" * 100,
    "cover": lambda c: c.getCoverArt(ALBUM, 100).read().startswith(b"\x89PNG"),
}


@pytest.mark.parametrize("call", SONIC_CALLS.values(), ids=list(SONIC_CALLS))
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # the library leaves its connections open
def test_sonic(sonic: Any, call: Callable[[Any], object]) -> None:
    assert call(sonic)


def test_sonic_hears_of_errors(sonic: Any) -> None:
    with pytest.raises(DataNotFound):
        sonic.stream("tr-1")


def test_what_a_client_says_arrives(sonic: Any, fake: FakeServer) -> None:
    sonic.scrobble(OTHER_SONG, True, 1_700_000_000)
    assert fake.listening.reports[-1] == ListenReport(
        data.track_id(2), datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    )
    sonic.star([SONG, OTHER_SONG], [ALBUM])
    items, liked = fake.listening.likes[-1]
    assert ([item.id for item in items], liked) == ([data.track_id(1), data.track_id(2), data.FULL.id], True)
    sonic.setRating(ALBUM, 2)
    assert fake.listening.ratings[-1] == (ItemRef(ItemKind.ALBUM, data.FULL.id), 2)
