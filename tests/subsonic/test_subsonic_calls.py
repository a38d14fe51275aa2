"""What single calls pass on and give back, beyond the shape."""

from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from mcma_plugins.values import AlbumQuery, AlbumSort, ItemKind, ItemRef, ListenReport, SearchQuery, Window
from mcma_subsonic.search import query_text
from tests.subsonic import fakedata as data
from tests.subsonic.conftest import Ask
from tests.subsonic.fakeserver import API_KEY, FakeServer
from tests.support import opensubsonic as spec

ALBUM, ARTIST, SONG = f"al-{data.FULL.id}", f"ar-{data.artist_id(1)}", f"tr-{data.track_id(1)}"
PLAYLIST = f"pl-{data.MIX.id}"


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"type": "random"}, AlbumQuery(AlbumSort.RANDOM, Window(10, 0))),
        ({"type": "newest", "size": "9999"}, AlbumQuery(AlbumSort.NEWEST, Window(500, 0))),
        ({"type": "highest", "offset": "-4"}, AlbumQuery(AlbumSort.RATING, Window(10, 0))),
        ({"type": "frequent", "size": "0"}, AlbumQuery(AlbumSort.FREQUENT, Window(0, 0))),
        (
            {"type": "recent", "musicFolderId": "2"},
            AlbumQuery(AlbumSort.RECENT, Window(10, 0), libraries=[2]),
        ),
        ({"type": "starred", "musicFolderId": "0"}, AlbumQuery(AlbumSort.LIKED, Window(10, 0))),
        ({"type": "alphabeticalByName"}, AlbumQuery(AlbumSort.NAME, Window(10, 0))),
        ({"type": "alphabeticalByArtist"}, AlbumQuery(AlbumSort.ARTIST, Window(10, 0))),
        ({"type": "byGenre", "genre": "Röck"}, AlbumQuery(AlbumSort.NAME, Window(10, 0), genre="Röck")),
        (
            {"type": "byYear", "fromYear": "1960", "toYear": "1970"},
            AlbumQuery(AlbumSort.YEAR, Window(10, 0), from_year=1960, to_year=1970),
        ),
        (
            {"type": "byYear", "fromYear": "1970", "toYear": "1960"},
            AlbumQuery(AlbumSort.YEAR_DESC, Window(10, 0), from_year=1960, to_year=1970),
        ),
    ],
)
@pytest.mark.parametrize("method", ["getAlbumList", "getAlbumList2"])
def test_album_lists(
    ask: Ask, server: FakeServer, params: dict[str, str], query: AlbumQuery, method: str
) -> None:
    assert ask(method, **params)["status"] == "ok"
    assert server.catalogue.asked == [query]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("getAlbumList2", {}, 10),
        ("getAlbumList2", {"type": "nonsense"}, 0),
        ("getAlbumList2", {"type": "byYear", "fromYear": "1970"}, 10),
        ("getAlbumList2", {"type": "byYear", "fromYear": "x", "toYear": "1"}, 0),
        ("getAlbumList2", {"type": "byGenre"}, 10),
        ("getAlbumList2", {"type": "newest", "musicFolderId": "all"}, 70),
        ("getAlbum", {}, 10),
        ("getAlbum", {"id": ARTIST}, 70),
        ("getAlbum", {"id": "12"}, 70),
        ("getAlbum", {"id": f"al-{data.album_id(99)}"}, 70),
        ("getAlbum", {"id": ALBUM.upper()}, 70),
        ("getMusicDirectory", {"id": "77"}, 70),
        ("getMusicDirectory", {"id": SONG}, 70),
        ("getMusicDirectory", {"id": "٣"}, 70),
        ("setRating", {"id": SONG, "rating": "6"}, 0),
        ("setRating", {"id": SONG}, 10),
        ("setRating", {"id": "x", "rating": "1"}, 70),
        ("star", {}, 10),
        ("star", {"id": "x"}, 70),
        ("star", {"albumId": ARTIST}, 70),
        ("scrobble", {}, 10),
        ("scrobble", {"id": "x"}, 70),
        ("scrobble", {"id": SONG, "time": ["1", "2"]}, 0),
        ("scrobble", {"id": SONG, "time": "-1"}, 0),
        ("scrobble", {"id": SONG, "time": "9" * 18}, 0),
        ("scrobble", {"id": SONG, "submission": "maybe"}, 0),
        ("createPlaylist", {}, 10),
        ("createPlaylist", {"name": "x", "songId": "x"}, 70),
        ("updatePlaylist", {"playlistId": PLAYLIST, "songIndexToRemove": "-1"}, 0),
        ("updatePlaylist", {"playlistId": f"pl-{data.SMART.id}"}, 50),
        ("deletePlaylist", {"id": f"pl-{data.playlist_id(9)}"}, 70),
        ("getUser", {"username": "nobody"}, 70),
        ("createBookmark", {"id": SONG}, 10),
        ("createBookmark", {"id": SONG, "position": "-1"}, 0),
        ("createBookmark", {"id": ALBUM, "position": "1"}, 70),
        ("createBookmark", {"id": f"tr-{data.track_id(99)}", "position": "1"}, 70),
        ("deleteBookmark", {}, 10),
        ("savePlayQueue", {"id": SONG, "current": ALBUM}, 0),
        ("savePlayQueue", {"id": SONG, "current": SONG, "position": "x"}, 0),
        ("savePlayQueueByIndex", {"id": SONG}, 10),
        ("savePlayQueueByIndex", {"id": SONG, "currentIndex": "1"}, 0),
        ("getLyricsBySongId", {"id": ALBUM}, 70),
        ("search3", {"query": "x" * 5000}, 0),
        ("search3", {"query": "\udc80"}, 0),
        ("nothing", {}, 0),
    ],
)
def test_mistakes(client: TestClient, method: str, params: dict[str, Any], code: int) -> None:
    query: dict[str, Any] = {"apiKey": API_KEY, "f": "json", **params}
    if query.get("query") == "\udc80":
        response = client.get(f"/rest/{method}?apiKey={API_KEY}&f=json&query=%ed%b2%80")
    else:
        response = client.get(f"/rest/{method}", params=query)
    assert spec.problems("ping", response.json()) == []
    assert response.json()["subsonic-response"]["error"]["code"] == code


@pytest.mark.parametrize("method", ["getUsers", "startScan"])
def test_admins_only(client: TestClient, method: str) -> None:
    query = {"u": "gäst", "p": "pässword", "f": "json"}
    assert client.get(f"/rest/{method}", params=query).json()["subsonic-response"]["error"]["code"] == 50


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("", ""),
        ('""', ""),
        ("*", ""),
        ('"*"', ""),
        ("abc*", "abc"),
        ('"abc def"', "abc def"),
        (' "', '"'),
        ("a*b", "a*b"),
        ("日本", "日本"),
    ],
)
def test_queries(sent: str, text: str) -> None:
    assert query_text(sent) == text


def test_search_pages_each_kind(ask: Ask, server: FakeServer) -> None:
    ask("search3", query='""', artistCount="0", albumCount="500", albumOffset="1000", songCount="99999")
    assert server.catalogue.asked == [SearchQuery("", Window(0), Window(500, 1000), Window(10_000, 0))]


def test_stars_of_every_kind(ask: Ask, server: FakeServer) -> None:
    ask("star", id=[SONG, ALBUM, "junk", PLAYLIST], albumId=ALBUM, artistId=ARTIST)
    ask("unstar", id=SONG)
    track = ItemRef(ItemKind.TRACK, data.track_id(1))
    album = ItemRef(ItemKind.ALBUM, data.FULL.id)
    playlist, artist = ItemRef(ItemKind.PLAYLIST, data.MIX.id), ItemRef(ItemKind.ARTIST, data.artist_id(1))
    assert server.listening.likes == [([track, album, playlist, album, artist], True), ([track], False)]


def test_ratings(ask: Ask, server: FakeServer) -> None:
    ask("setRating", id=ALBUM, rating="0")
    assert server.listening.ratings == [(ItemRef(ItemKind.ALBUM, data.FULL.id), 0)]


def test_plays_heard_offline(ask: Ask, server: FakeServer) -> None:
    ids = [SONG, "junk", f"tr-{data.track_id(2)}"]
    ask("scrobble", id=ids, time=["1700000000123", "1", "1700000100000"])
    assert server.listening.reports == [
        ListenReport(data.track_id(1), datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)),
        ListenReport(data.track_id(2), datetime(2023, 11, 14, 22, 15, tzinfo=UTC)),
    ]


def test_plays_without_a_time(ask: Ask, server: FakeServer) -> None:
    ask("scrobble", id=SONG)
    ask("scrobble", id=SONG, submission="false")
    assert server.listening.reports == [ListenReport(data.track_id(1), None)]
    assert server.playing.now == [data.track_id(1)]


def test_playlists_of_whom(ask: Ask, server: FakeServer) -> None:
    for name in ("admin", "gäst", ""):
        ask("getPlaylists", username=name)
    ask("getPlaylists")
    assert server.playlists.asked == [None, "gäst", None, None]


def test_playlist_rows_without_a_track_stay_out(ask: Ask) -> None:
    playlist = ask("getPlaylist", id=PLAYLIST)["playlist"]
    assert [entry["title"] for entry in playlist["entry"]] == ["Come Apart", "Some Thing"]
    assert playlist["songCount"] == 2
    assert playlist["changed"] == "2026-01-02T03:04:05.000Z"
    assert playlist["readonly"] is False
    assert ask("getPlaylist", id=f"pl-{data.SMART.id}")["playlist"]["readonly"] is True


def test_playlists_are_made_and_replaced(ask: Ask) -> None:
    made = ask("createPlaylist", name="Neu", songId=[SONG, SONG])["playlist"]
    assert [entry["id"] for entry in made["entry"]] == [SONG, SONG]
    replaced = ask("createPlaylist", playlistId=made["id"], name="Neuer", songId=f"tr-{data.track_id(2)}")
    assert replaced["playlist"]["name"] == "Neuer"
    assert [entry["title"] for entry in replaced["playlist"]["entry"]] == ["Some Thing"]


def test_playlists_are_edited(ask: Ask, server: FakeServer) -> None:
    ask(
        "updatePlaylist",
        playlistId=PLAYLIST,
        comment="",
        public="false",
        songIdToAdd=SONG,
        songIndexToRemove="1",
    )
    assert server.playlists.asked == [(None, "", False, (data.track_id(1),), (1,))]


def test_letters(ask: Ask) -> None:
    index = ask("getArtists")["artists"]["index"]
    assert [(group["name"], [artist["name"] for artist in group["artist"]]) for group in index] == [
        ("#", ["2Raumwohnung"]),
        ("A", [data.NASTY, "ABBA", "Ångström", "Die Ärzte"]),
        ("B", ["The Beetles"]),
        ("O", ["Østkyst Hustlers"]),
        ("T", ["The"]),
        ("З", ["Земфира"]),
    ]


def test_what_has_not_changed_is_not_sent(ask: Ask) -> None:
    changed = ask("getIndexes")["indexes"]["lastModified"]
    assert changed == int(data.LATER.timestamp() * 1000)
    assert "index" in ask("getIndexes", ifModifiedSince=str(changed - 1))["indexes"]
    unchanged = ask("getIndexes", ifModifiedSince=str(changed))["indexes"]
    assert set(unchanged) == {"lastModified", "ignoredArticles"}


def test_folders_form_a_tree(ask: Ask) -> None:
    artist = next(
        each for each in ask("getMusicDirectory", id="1")["directory"]["child"] if each["id"] == ARTIST
    )
    listed = ask("getArtist", id=ARTIST)["artist"]
    names = ("sortName", "musicBrainzId")
    assert [artist[name] for name in names] == [listed[name] for name in names]
    (first, *_) = ask("getMusicDirectory", id=artist["id"])["directory"]["child"]
    assert first["isDir"] is True
    songs = ask("getMusicDirectory", id=first["id"])["directory"]["child"]
    assert [song["parent"] for song in songs] == [first["id"]] * 2


def test_an_artist_has_as_many_albums_as_it_says(ask: Ask) -> None:
    artist = ask("getArtist", id=ARTIST)["artist"]
    assert artist["albumCount"] == len(artist["album"]) == 2


@pytest.mark.parametrize(("title", "words"), [("Come Apart", "Here come"), ("Some Thing", ""), ("x", "")])
def test_lyrics_by_name(ask: Ask, title: str, words: str) -> None:
    value = ask("getLyrics", title=title, artist="The Beetles feat. Ångström")["lyrics"]["value"]
    assert value.startswith(words)
    assert bool(value) is bool(words)


def test_jsonp(client: TestClient) -> None:
    query = {"apiKey": API_KEY, "f": "jsonp", "id": f"al-{data.UGLY.id}"}
    response = client.get("/rest/getAlbum", params={**query, "callback": "a.b_$1"})
    assert response.headers["content-type"].startswith("application/javascript")
    assert response.text.startswith("a.b_$1({") and response.text.endswith("});")
    assert "\u2028" not in response.text
    for callback in ("", "alert(1)", "a.", "a b", "ä", "x" * 600, "a\n"):
        refused = client.get("/rest/getAlbum", params={**query, "callback": callback})
        assert refused.headers["content-type"] == "application/json"
        assert refused.json()["subsonic-response"]["error"]["code"] == 0


def test_one_client_gets_no_nested_artists(client: TestClient) -> None:
    query = {"apiKey": API_KEY, "id": ALBUM}
    assert b"<artists " in client.get("/rest/getAlbum", params=query).content
    for_dsub = client.get("/rest/getAlbum", params={**query, "c": "DSub"}).content
    assert b"<artists" not in for_dsub and b"<contributors" not in for_dsub and b"<song " in for_dsub
    as_json = client.get("/rest/getAlbum", params={**query, "c": "DSub", "f": "json"}).json()
    assert as_json["subsonic-response"]["album"]["artists"]


def test_one_client_gets_small_songs(ask: Ask) -> None:
    songs = ask("getAlbum", id=ALBUM, c="SubMusic")["album"]["song"]
    wanted = {"id", "title", "isDir", "artist", "duration", "suffix", "contentType"}
    assert [set(song) for song in songs] == [wanted, wanted]


def test_long_answers_are_packed_when_asked(client: TestClient) -> None:
    query = {"apiKey": API_KEY, "id": ALBUM, "f": "json"}
    packed = client.get("/rest/getAlbum", params=query, headers={"accept-encoding": "br, gzip;q=0.5"})
    plain = client.get("/rest/getAlbum", params=query, headers={"accept-encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_a_full_song(ask: Ask) -> None:
    assert ask("getSong", id=SONG)["song"] == {
        "id": SONG,
        "parent": ALBUM,
        "isDir": False,
        "title": "Come Apart",
        "album": "Abbey Lane",
        "artist": "The Beetles feat. Ångström",
        "track": 1,
        "year": 1969,
        "genre": "Rock",
        "coverArt": f"{ALBUM}_1234abcd",
        "size": 1000,
        "contentType": "audio/flac",
        "suffix": "flac",
        "duration": 183,
        "bitRate": 320,
        "bitDepth": 24,
        "samplingRate": 44100,
        "channelCount": 2,
        "path": "The Beetles/Abbey Lane/01.flac",
        "isVideo": False,
        "userRating": 4,
        "playCount": 7,
        "discNumber": 1,
        "created": "2024-02-29T12:30:45Z",
        "starred": "2024-02-29T12:30:45Z",
        "albumId": ALBUM,
        "artistId": f"ar-{data.artist_id(2)}",
        "type": "music",
        "mediaType": "song",
        "played": "2026-01-02T03:04:05Z",
        "bpm": 120,
        "comment": "hi",
        "sortName": "come apart",
        "musicBrainzId": str(data.MBID),
        "isrc": ["USSM18300073"],
        "genres": [{"name": "Rock"}, {"name": "Pop"}],
        "artists": [
            {"id": f"ar-{data.artist_id(2)}", "name": "The Beetles"},
            {"id": ARTIST, "name": "Ångström"},
        ],
        "displayArtist": "The Beetles feat. Ångström",
        "albumArtists": [
            {"id": f"ar-{data.artist_id(2)}", "name": "The Beetles"},
            {"id": ARTIST, "name": "Ångström"},
        ],
        "displayAlbumArtist": "The Beetles feat. Ångström",
        "contributors": [
            {"role": "composer", "artist": {"id": ARTIST, "name": "Ångström"}},
            {"role": "composer", "artist": {"id": f"ar-{data.artist_id(4)}", "name": "2Raumwohnung"}},
            {
                "role": "performer",
                "subRole": "bass",
                "artist": {"id": f"ar-{data.artist_id(4)}", "name": "2Raumwohnung"},
            },
        ],
        "displayComposer": "Ångström, 2Raumwohnung",
        "moods": ["calm"],
        "replayGain": {"trackGain": -6.5, "trackPeak": 0.98},
        "explicitStatus": "explicit",
        "works": [{"name": "Suite"}],
        "movements": [{"name": "Prelude"}],
        "groupings": ["set"],
    }


def test_a_bare_song_invents_nothing(ask: Ask) -> None:
    song = ask("getSong", id=f"tr-{data.track_id(6)}")["song"]
    absent = {"parent", "album", "albumId", "artistId", "track", "discNumber", "year", "genre", "path"}
    assert not (absent | {"starred", "played", "userRating"}) & set(song)
    assert song["coverArt"] == f"tr-{data.track_id(6)}"
    assert (song["genres"], song["replayGain"], song["bpm"]) == ([], {}, 0)


@pytest.mark.parametrize(
    ("method", "key"), [("getSimilarSongs", "similarSongs"), ("getSimilarSongs2", "similarSongs2")]
)
def test_similar_songs_of_songs_albums_and_artists(
    ask: Ask, server: FakeServer, method: str, key: str
) -> None:
    for item in (SONG, ALBUM, ARTIST):
        assert len(ask(method, id=item, count="3")[key]["song"]) == 3
    assert ask(method, id=SONG, count="0")[key]["song"] == []
    assert ask(method, id=PLAYLIST)[key]["song"] == []
    kinds = [item.kind for item, _, _ in server.similar.asked]
    assert kinds == [ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST]
    assert len({shuffle for _, _, shuffle in server.similar.asked}) == 3, "another collection each time"
    assert ask(method, id=f"tr-{data.MIX.id}")["error"]["code"] == 70


def test_similar_artists_are_part_of_what_is_known_of_one(ask: Ask) -> None:
    old = ask("getArtistInfo", id=ARTIST, count="2")["artistInfo"]["similarArtist"]
    new = ask("getArtistInfo2", id=ARTIST, count="2")["artistInfo2"]["similarArtist"]
    assert [one["id"] for one in old] == [one["id"] for one in new]
    assert len(new) == 2
    assert ARTIST not in {one["id"] for one in new}
    assert "albumCount" in new[0]
    assert ask("getArtistInfo2", id=PLAYLIST)["artistInfo2"] == {"similarArtist": []}


def test_top_songs_go_by_the_name_of_an_artist(ask: Ask) -> None:
    name = data.ARTISTS[0].name
    assert len(ask("getTopSongs", artist=name.upper(), count="2")["topSongs"]["song"]) == 2
    for missing in ({}, {"artist": ""}, {"artist": "nobody at all"}):
        assert ask("getTopSongs", **missing)["topSongs"]["song"] == []
