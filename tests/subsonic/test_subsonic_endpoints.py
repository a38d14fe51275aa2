"""Every endpoint of the specification, in JSON and XML, against its schema and against each other."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from mcma_subsonic.endpoints import ENDPOINTS
from tests.subsonic import fakedata as data
from tests.subsonic.fakepeople import ONE
from tests.subsonic.fakeserver import API_KEY
from tests.subsonic.fakeshares import FIRST
from tests.support import opensubsonic as spec

ALBUM, ARTIST, SONG = f"al-{data.FULL.id}", f"ar-{data.artist_id(1)}", f"tr-{data.track_id(1)}"
UGLY_ALBUM, UGLY_ARTIST = f"al-{data.UGLY.id}", f"ar-{data.artist_id(3)}"
PLAYLIST = f"pl-{data.MIX.id}"
STATION = f"ra-{ONE.id}"

CASES: list[tuple[str, dict[str, Any]]] = [
    ("ping", {}),
    ("getLicense", {}),
    ("getOpenSubsonicExtensions", {}),
    ("tokenInfo", {}),
    ("getMusicFolders", {}),
    ("getIndexes", {}),
    ("getIndexes", {"musicFolderId": "0"}),
    ("getIndexes", {"musicFolderId": "2"}),
    ("getIndexes", {"ifModifiedSince": str(2**40)}),
    ("getMusicDirectory", {"id": "1"}),
    ("getMusicDirectory", {"id": ARTIST}),
    ("getMusicDirectory", {"id": ALBUM}),
    ("getMusicDirectory", {"id": UGLY_ALBUM}),
    ("getMusicDirectory", {"id": f"al-{data.NO_TRACKS.id}"}),
    ("getArtists", {}),
    ("getArtist", {"id": ARTIST}),
    ("getArtist", {"id": UGLY_ARTIST}),
    ("getArtist", {"id": f"ar-{data.artist_id(4)}"}),
    *[("getAlbum", {"id": f"al-{each.id}"}) for each in data.ALBUMS],
    *[("getSong", {"id": f"tr-{each.id}"}) for each in data.TRACKS if "\udc80" not in each.title],
    ("getGenres", {}),
    *[("getAlbumList", {"type": kind}) for kind in ("random", "newest", "highest", "frequent", "recent")],
    *[
        ("getAlbumList2", {"type": kind})
        for kind in ("starred", "alphabeticalByName", "alphabeticalByArtist")
    ],
    ("getAlbumList2", {"type": "byYear", "fromYear": "2000", "toYear": "1960"}),
    ("getAlbumList2", {"type": "byGenre", "genre": "Rock"}),
    ("getAlbumList2", {"type": "newest", "offset": "100"}),
    ("getRandomSongs", {"size": "6"}),
    ("getSongsByGenre", {"genre": "Rock"}),
    ("search", {"any": "come"}),
    ("search2", {"query": "a"}),
    ("search3", {"query": '""', "songCount": "6"}),
    ("search3", {"query": "matches nothing"}),
    ("getStarred", {}),
    ("getStarred2", {}),
    ("star", {"id": SONG, "albumId": ALBUM, "artistId": ARTIST}),
    ("unstar", {"id": ALBUM}),
    ("setRating", {"id": SONG, "rating": "5"}),
    ("scrobble", {"id": SONG, "time": "1700000000000"}),
    ("getNowPlaying", {}),
    ("reportPlayback", {"mediaId": SONG, "mediaType": "song", "positionMs": "0", "state": "playing"}),
    ("getPlaylists", {}),
    ("getPlaylist", {"id": PLAYLIST}),
    ("getPlaylist", {"id": f"pl-{data.SMART.id}"}),
    ("createPlaylist", {"playlistId": PLAYLIST, "songId": SONG}),
    ("updatePlaylist", {"playlistId": PLAYLIST, "name": "New"}),
    ("deletePlaylist", {"id": PLAYLIST}),
    ("getLyrics", {"artist": "The Beetles feat. Ångström", "title": "come apart"}),
    ("getLyrics", {"artist": "nobody", "title": "nothing"}),
    ("getLyricsBySongId", {"id": SONG}),
    ("getLyricsBySongId", {"id": SONG, "enhanced": "true"}),
    ("getLyricsBySongId", {"id": f"tr-{data.track_id(2)}"}),
    ("getUser", {"username": "admin"}),
    ("getUsers", {}),
    ("getInternetRadioStations", {}),
    ("createInternetRadioStation", {"name": "Two", "streamUrl": "https://two.example/live"}),
    ("updateInternetRadioStation", {"id": STATION, "name": "One", "streamUrl": "https://one.example/"}),
    ("deleteInternetRadioStation", {"id": STATION}),
    ("createUser", {"username": "sam", "password": "violet anchor 42", "email": "sam@home.example"}),
    ("updateUser", {"username": "gäst", "shareRole": "false"}),
    ("changePassword", {"username": "gäst", "password": "violet anchor 42"}),
    ("deleteUser", {"username": "gäst"}),
    ("getScanStatus", {}),
    ("startScan", {}),
    *[(name, {"id": ARTIST}) for name in ("getArtistInfo", "getArtistInfo2")],
    *[(name, {"id": ALBUM}) for name in ("getAlbumInfo", "getAlbumInfo2")],
    *[(name, {"id": SONG}) for name in ("getSimilarSongs", "getSimilarSongs2")],
    ("getTopSongs", {"artist": "The Beetles"}),
    ("getTopSongs", {"id": ARTIST}),
    ("getSonicSimilarTracks", {"id": SONG, "count": "6"}),
    ("findSonicPath", {"startSongId": SONG, "endSongId": f"tr-{data.track_id(2)}"}),
    *[(name, {}) for name in ("getBookmarks", "getChatMessages", "getInternetRadioStations")],
    *[(name, {}) for name in ("getNewestPodcasts", "getPodcasts", "getVideos")],
    ("getShares", {}),
    ("createShare", {"id": [SONG, ALBUM], "description": "For you", "expires": "4000000000000"}),
    ("updateShare", {"id": f"sh-{FIRST}", "expires": "0"}),
    ("deleteShare", {"id": f"sh-{FIRST}"}),
    ("createBookmark", {"id": SONG, "position": "61000", "comment": "go on"}),
    ("deleteBookmark", {"id": SONG}),
    *[(name, {}) for name in ("getPlayQueue", "getPlayQueueByIndex")],
    ("savePlayQueue", {}),
    ("savePlayQueue", {"id": [SONG, f"tr-{data.track_id(2)}"], "current": SONG, "position": "61000"}),
    ("savePlayQueueByIndex", {"id": [SONG, SONG], "currentIndex": "1"}),
]
"""One or more successful calls of everything that succeeds."""

REFUSED = {
    "addChatMessage": 0,
    "createPodcastChannel": 50,
    "deletePodcastChannel": 50,
    "deletePodcastEpisode": 50,
    "downloadPodcastEpisode": 50,
    "getCaptions": 70,
    "getPodcastEpisode": 70,
    "getVideoInfo": 70,
    "hls.m3u8": 0,
    "jukeboxControl": 50,
    "refreshPodcasts": 50,
}
BYTES = {"stream", "download", "getAvatar", "getCoverArt", "getTranscodeStream"}
POSTED = {"getTranscodeDecision"}
"""Takes a document: see `test_subsonic_transcoding`."""


def test_every_endpoint_is_tested() -> None:
    assert {name for name, _ in CASES} | set(REFUSED) | BYTES | POSTED == set(ENDPOINTS)


@pytest.mark.parametrize(
    ("method", "params"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_json_is_valid_and_xml_says_the_same(client: TestClient, method: str, params: dict[str, Any]) -> None:
    query = {"apiKey": API_KEY, "c": "test", **params}
    as_json = client.get(f"/rest/{method}", params={**query, "f": "json"})
    assert as_json.headers["content-type"] == "application/json"
    assert spec.problems(method, as_json.json()) == []
    assert as_json.json()["subsonic-response"]["status"] == "ok"
    if method in ("deletePlaylist", "deleteShare", "createUser", "deleteUser", "deleteInternetRadioStation"):
        return
    as_xml = client.post(f"/rest/{method}.view", data=query)
    assert as_xml.headers["content-type"] == "text/xml; charset=utf-8"
    wanted = spec.significant(spec.as_xml_can(_still(as_json.json())))
    assert spec.significant(_still(spec.from_xml(method, as_xml.content))) == wanted


def _still(tree: Any) -> Any:
    """Without what changes from call to call."""
    if isinstance(tree, dict):
        return {key: _still(value) for key, value in tree.items() if key not in ("minutesAgo",)}
    return [_still(item) for item in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize(("method", "code"), REFUSED.items())
@pytest.mark.parametrize("form", ["json", "xml"])
def test_what_is_not_here_is_refused_in_an_envelope(
    client: TestClient, method: str, code: int, form: str
) -> None:
    query = {"apiKey": API_KEY, "f": form, "username": "admin", "id": SONG}
    response = client.get(f"/rest/{method}", params=query)
    answer = response.json() if form == "json" else spec.from_xml(method, response.content)
    assert response.status_code == 200
    assert answer["subsonic-response"]["error"]["code"] == code
    assert spec.problems(method, answer) == []


@pytest.mark.parametrize("title", ["Broken \udc80 name"])
@pytest.mark.parametrize("form", ["json", "xml", "jsonp"])
def test_names_that_are_not_unicode_do_not_break_an_answer(client: TestClient, title: str, form: str) -> None:
    query = {"apiKey": API_KEY, "f": form, "callback": "c", "id": f"tr-{data.track_id(7)}"}
    response = client.get("/rest/getSong", params=query)
    assert response.status_code == 200
    assert b"Broken" in response.content
