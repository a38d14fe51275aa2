"""Subsonic client libraries from PyPI against the real server and real music, however they log in."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import libopensonic
import libsonic
import pytest
from libopensonic.errors import AuthError, DataNotFoundError, SonicError

from tests.support.audio import make_audio
from tests.support.command import Mcma
from tests.support.javascript import installed, run

PLAYED_AT = 1_700_000_000
TITLES = ("Opening", "Middle", "Ending")


@dataclass(frozen=True)
class House:
    """A served library of one album in three formats."""

    port: int
    password: str
    music: Path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("house")
    mcma, music = Mcma(home / "data", home), home / "music"
    for number, (title, fmt) in enumerate(zip(TITLES, ("mp3", "flac", "opus"), strict=True), 1):
        tags = {"title": title, "artist": "Ærø", "albumartist": "Ærø", "album": "Åben", "tracknumber": number,
                "genre": ["Folk", "Jazz"], "date": "1999-05"}  # fmt: skip
        make_audio(music / "Ærø" / f"{number}.{fmt}", fmt=fmt, freq=300 + number, tags=tags)
    mcma.ok("user", "add", "ada", "--admin", "--password-stdin", given="correct horse battery\n")
    password = mcma.ok("user", "app-password", "ada", "--name", "Phone", "--json").json["password"]
    with mcma.serving("--library", str(music)) as served:
        mcma.ok("scan", "--wait")
        yield House(served.port, password, music)


CREDENTIALS = ("token", "plain", "hex", "api key")


@contextmanager
def opensonic(house: House, how: str) -> Iterator[Any]:
    known: dict[str, Any] = {"username": "ada", "password": house.password}
    if how == "hex":
        known["legacy_auth"] = True
    if how == "api key":
        known = {"api_key": house.password}
    made: Any = libopensonic.Connection("http://127.0.0.1", port=house.port, **known)
    yield made
    made.cleanup()
    made._loop.close()  # which the library forgets


@pytest.fixture(params=("token", "hex", "api key"))
def client(house: House, request: pytest.FixtureRequest) -> Iterator[Any]:
    with opensonic(house, request.param) as made:
        yield made


def played(client: Any, song_id: str) -> bytes:
    """To the end."""
    response = client.stream(song_id)
    body: bytes = asyncio.run_coroutine_threadsafe(response.read(), client._loop).result(10)
    return body


def test_browsing_from_artists_to_songs(client: Any) -> None:
    [index] = client.get_artists().index
    [artist] = index.artist
    assert (index.name, artist.name, artist.album_count) == ("A", "Ærø", 1)
    [album] = client.get_artist(artist.id).album
    assert (album.name, album.year, album.song_count) == ("Åben", 1999, 3)
    songs = client.get_album(album.id).song
    assert [(song.title, song.track, song.suffix) for song in songs] == [
        ("Opening", 1, "mp3"), ("Middle", 2, "flac"), ("Ending", 3, "opus"),
    ]  # fmt: skip
    assert sorted(genre.value for genre in client.get_genres()) == ["Folk", "Jazz"]
    assert [song.title for song in client.search3("mid").song] == ["Middle"]


def test_playing_to_the_end_and_seeking(client: Any, house: House) -> None:
    songs = client.search3("aben", song_count=10).song
    assert len(songs) == 3
    for song in songs:
        original = (house.music / "Ærø" / f"{song.track}.{song.suffix}").read_bytes()
        assert played(client, song.id) == original
        assert song.size == len(original)
        url = f"http://127.0.0.1:{house.port}/rest/stream.view"
        asked = {"apiKey": house.password, "v": "1.16.1", "c": "seek", "id": song.id}
        part = httpx.get(url, params=asked, headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, original[1000:2000])
        assert part.headers["content-range"] == f"bytes 1000-1999/{len(original)}"


def test_star_rate_scrobble_and_what_lists_show_after_it(client: Any) -> None:
    song = client.search3("opening").song[0]
    before = song.play_count or 0
    assert client.star(sids=[song.id], album_ids=[song.album_id])
    assert client.set_rating(song.id, 4)
    stamp = PLAYED_AT + 1000 * (before + 1)
    assert client.scrobble(song.id, True, stamp)
    assert client.scrobble(song.id, True, stamp), "a repeated report is the same play"
    after = client.get_song(song.id)
    assert (after.user_rating, after.play_count) == (4, before + 1)
    assert after.starred
    starred = client.get_starred2()
    assert [one.id for one in starred.song] == [song.id]
    assert [one.id for one in starred.album] == [song.album_id]
    assert [one.id for one in client.get_album_list2("recent")] == [song.album_id]
    assert client.unstar(sids=[song.id], album_ids=[song.album_id])
    assert client.get_starred2().song == []


def test_editing_a_playlist(client: Any) -> None:
    first, second, third = sorted(client.search3("aben").song, key=lambda song: int(song.track))
    assert client.create_playlist(name="Mine", song_ids=[first.id, second.id])
    [made] = [playlist for playlist in client.get_playlists() if playlist.name == "Mine"]
    client.update_playlist(made.id, name="Ours", song_ids_to_add=[third.id], song_indices_to_remove=[0])
    changed = client.get_playlist(made.id)
    assert (changed.name, [song.title for song in changed.entry]) == ("Ours", ["Middle", "Ending"])
    assert made.id in [playlist.id for playlist in client.get_playlists()]
    client.delete_playlist(made.id)
    assert made.id not in [playlist.id for playlist in client.get_playlists()]


def test_py_sonic_hears_the_same(house: House) -> None:
    for legacy in (False, True):
        sonic: Any = libsonic.Connection(
            "http://127.0.0.1", "ada", house.password, port=house.port, legacyAuth=legacy
        )
        assert sonic.ping()
        [song] = sonic.search3("ending")["searchResult3"]["song"]
        assert sonic.stream(song["id"]).read() == (house.music / "Ærø" / "3.opus").read_bytes()


@pytest.mark.parametrize("how", CREDENTIALS)
def test_each_form_of_credentials(house: House, how: str) -> None:
    secret = house.password
    forms = {
        "token": {"u": "ada", "t": hashlib.md5((secret + "salt").encode()).hexdigest(), "s": "salt"},
        "plain": {"u": "ada", "p": secret},
        "hex": {"u": "ada", "p": f"enc:{secret.encode().hex()}"},
        "api key": {"apiKey": secret},
    }
    url, common = f"http://127.0.0.1:{house.port}/rest/ping", {"v": "1.16.1", "c": "t", "f": "json"}
    for form in ({**common, **forms[how]},):
        assert httpx.get(url, params=form).json()["subsonic-response"]["status"] == "ok"
        assert httpx.post(url, data=form).json()["subsonic-response"]["status"] == "ok"


def test_the_account_password_opens_nothing_here(house: House) -> None:
    asked = {"u": "ada", "p": "correct horse battery", "v": "1.16.1", "c": "t", "f": "json"}
    answer = httpx.get(f"http://127.0.0.1:{house.port}/rest/ping", params=asked)
    assert answer.json()["subsonic-response"]["error"]["code"] == 40


TOLD: dict[str, Any] = {
    "getOpenSubsonicExtensions": True, "getUser": "ada", "getMusicDirectory": "Åben", "getArtists": "Ærø",
    "getArtist": "Åben", "getAlbum": [*TITLES], "getSong": "Opening", "getAlbumList": 1, "getAlbumList2": 1,
    "getRandomSongs": 2, "getSongsByGenre": 3, "search2": 1, "search3": 3, "getLyrics": "",
    "getStarred2": [1, 1], "createPlaylist": 3, "getPlaylist": 2, "getPlaylists": True, "getBookmarks": 5,
    "getPlayQueue": 7, "createShare": 3, "getShares": 1, "getInternetRadioStations": 1,
}  # fmt: skip
"""What the JavaScript client gets to see; of everything else that it went well."""


@pytest.fixture(scope="module")
def every_call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Path(__file__).with_name("javascript")
    return installed(source, tmp_path_factory.mktemp("npm")) / "every_call.mjs"


@pytest.mark.parametrize("post", [False, True])
@pytest.mark.parametrize("how", ["token", "api key"])
def test_a_client_of_browsers_and_node(every_call: Path, house: House, how: str, post: bool) -> None:
    auth = {"apiKey": house.password}
    if how == "token":
        auth = {"username": "ada", "password": house.password}
    config = {"url": f"http://127.0.0.1:{house.port}", "auth": auth, "post": post}
    found = run(every_call, json.dumps(config))
    told = found["told"]
    for name in ("stream", "download"):
        assert told.pop(name) == [200, "audio/mpeg", found["size"]]
    for name in ("getCoverArt", "getAvatar"):
        status, kind, size = told.pop(name)
        assert (status, kind.startswith("image/"), size > 100) == (200, True, True)
    assert told == {name: TOLD.get(name, "ok") for name in told}
    assert told.keys() >= TOLD.keys()


def test_everything_that_is_made_is_taken_away_again(client: Any, house: House) -> None:
    [album] = client.get_album_list2("newest")
    first, second, _ = client.get_album(album.id).song
    share = client.create_share([album.id, first.id], description="for you")
    assert (share.description, len(share.entry)) == ("for you", 3)
    assert httpx.get(share.url).status_code == 200, "whoever has the link hears it"
    assert client.get_shares()[0].id == share.id
    assert client.delete_share(share.id)
    assert client.create_internet_radio_station("http://radio.example/", "Radio", "http://example.org/")
    [station] = client.get_internet_radio_stations()
    assert (station.name, station.home_page_url) == ("Radio", "http://example.org/")
    assert client.update_internet_radio_station(station.id, "http://radio.example/2", "Other")
    assert client.delete_internet_radio_station(station.id)
    assert client.create_user("guest", "a long one 42", "guest@example.org", download_role=True)
    assert client.get_user("guest").download_role
    assert client.update_user("guest", email="other@example.org")
    assert client.change_password("guest", "another one 42")
    assert client.delete_user("guest")
    assert client.create_bookmark(first.id, 5)
    assert [one.position for one in client.get_bookmarks()] == [5]
    assert client.delete_bookmark(first.id)
    assert client.save_play_queue_by_index([first.id, second.id, first.id], 2, 9)
    queue = client.get_play_queue_by_index()
    assert (queue.current_index, queue.position, len(queue.entry)) == (2, 9, 3)
    assert client.report_playback(first.id, "song", 1000, "playing")
    assert client.report_playback(first.id, "song", 1500, "stopped")
    assert client.get_similar_songs2(first.id) is not None
    assert client.get_videos() is not None
    assert client.get_chat_messages() == []


@pytest.mark.parametrize(
    ("call", "arguments", "error"),
    [
        ("add_chat_message", ["hello"], SonicError),
        ("create_podcast_channel", ["http://example.org/"], AuthError),
        ("delete_podcast_channel", ["1"], AuthError),
        ("delete_podcast_episode", ["1"], AuthError),
        ("download_podcast_episode", ["1"], AuthError),
        ("refresh_podcasts", [], AuthError),
        ("get_podcast_episode", ["1"], DataNotFoundError),
        ("jukebox_control", ["start"], AuthError),
        ("get_video_info", ["1"], DataNotFoundError),
        ("get_captions", ["1"], DataNotFoundError),
        ("find_sonic_path", ["tr-1", "tr-2"], SonicError),
    ],
)
def test_what_is_not_here_is_an_error_that_the_client_knows(
    house: House, call: str, arguments: list[str], error: type[Exception]
) -> None:
    with opensonic(house, "token") as client, pytest.raises(error) as raised:
        getattr(client, call)(*arguments)
    assert str(raised.value)


def test_py_sonic_asks_for_everything(house: House) -> None:
    sonic: Any = libsonic.Connection("http://127.0.0.1", "ada", house.password, port=house.port)
    found = sonic.search3("", songCount=10)["searchResult3"]
    song, album, artist = (found[kind][0]["id"] for kind in ("song", "album", "artist"))
    for call, arguments in (
        ("getGenres", []), ("getNowPlaying", []), ("getPodcasts", []), ("getNewestPodcasts", []),
        ("getChatMessages", []), ("getVideos", []), ("getScanStatus", []), ("startScan", []),
        ("getArtistInfo", [artist]), ("getArtistInfo2", [artist]), ("getAlbumInfo", [album]),
        ("getAlbumInfo2", [album]), ("getSimilarSongs", [song]), ("getSimilarSongs2", [artist]),
        ("getTopSongs", ["Ærø"]), ("createBookmark", [song, 5]), ("deleteBookmark", [song]),
        ("savePlayQueue", [[song], song, 7]), ("getPlayQueue", []), ("getAlbum", [album]),
        ("getArtist", [artist]), ("getMusicDirectory", [album]), ("getIndexes", []), ("getUsers", []),
    ):  # fmt: skip
        assert getattr(sonic, call)(*arguments)["status"] == "ok", call
    made = sonic.createPlaylist(name="Theirs", songIds=[song])["playlist"]["id"]
    assert sonic.updatePlaylist(made, songIdsToAdd=[song, song])["status"] == "ok"
    assert len(sonic.getPlaylist(made)["playlist"]["entry"]) == 3
    assert sonic.deletePlaylist(made)["status"] == "ok"
