"""Every Subsonic method over a library where everything is odd: each form valid, and all forms the same."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import httpx2 as httpx
import pytest

from mcma_subsonic.call import State
from mcma_subsonic.endpoints import ENDPOINTS
from tests.support import opensubsonic as spec
from tests.support.oddities import FILES, Odd, odd_library
from tests.support.rest import App, app_of, valid
from tests.support.server import Server

pytestmark = pytest.mark.anyio

EACH = {"song": "tracks", "album": "albums", "artist": "artists"}
LISTS = ("newest", "highest", "frequent", "recent", "starred", "alphabeticalByName", "alphabeticalByArtist",
         "random")  # fmt: skip

READS: list[tuple[str, dict[str, Any]]] = [
    *[(name, {}) for name in ("ping", "getLicense", "getOpenSubsonicExtensions", "tokenInfo")],
    *[(name, {}) for name in ("getMusicFolders", "getGenres", "getNowPlaying", "getScanStatus", "getUser")],
    *[(name, {}) for name in ("getBookmarks", "getPlayQueue", "getPlayQueueByIndex", "getPlaylists")],
    ("getShares", {}),
    *[(name, {"musicFolderId": folder}) for folder in ("0", "odd") for name in ("getIndexes", "getArtists")],
    ("getIndexes", {"ifModifiedSince": str(2**45)}),
    *[("getMusicDirectory", {"id": what}) for what in ("odd", "each artist", "each album")],
    ("getArtist", {"id": "each artist"}),
    ("getAlbum", {"id": "each album"}),
    ("getSong", {"id": "each song"}),
    *[(f"getAlbumList{n}", {"type": kind, "size": 500}) for n, kind in product(("", "2"), LISTS)],
    *[(f"getAlbumList{n}", {"type": "byYear", "fromYear": 2030, "toYear": 0}) for n in ("", "2")],
    *[(f"getAlbumList{n}", {"type": "byGenre", "genre": "<&>"}) for n in ("", "2")],
    ("getAlbumList2", {"type": "byGenre", "genre": "Lost"}),
    ("getRandomSongs", {"size": 500}),
    ("getSongsByGenre", {"genre": "each genre"}),
    ("getStarred", {}),
    ("getStarred2", {}),
    ("search", {"any": "one"}),
    *[(f"search{n}", {"query": text, "artistCount": 500, "albumCount": 500, "songCount": 500})
      for n, text in (("2", ""), ("2", "solo"), ("3", '""'), ("3", "<&>"), ("3", "nothing at all"))],
    ("getPlaylist", {"id": "each playlist"}),
    ("getLyrics", {"artist": "Ann", "title": "Plain words"}),
    ("getLyrics", {"artist": "", "title": ""}),
    ("getLyricsBySongId", {"id": "each song"}),
    *[(f"getArtistInfo{n}", {"id": "each artist"}) for n in ("", "2")],
    *[(f"getAlbumInfo{n}", {"id": "each album"}) for n in ("", "2")],
    ("getSimilarSongs", {"id": "each album"}),
    ("getSimilarSongs2", {"id": "each song"}),
    ("getTopSongs", {"artist": "each artist's name"}),
]  # fmt: skip
WRITES: list[tuple[str, dict[str, Any]]] = [
    ("star", {"id": "each song", "albumId": "each album", "artistId": "each artist"}),
    ("unstar", {"id": "each song"}),
    ("setRating", {"id": "each album", "rating": 3}),
    ("scrobble", {"id": "each song", "time": 1_700_000_000_000}),
    ("createPlaylist", {"name": "<&> \U0001f3b5", "songId": "each song"}),
    ("createPlaylist", {"playlistId": "empty", "name": "Empty"}),
    ("updatePlaylist", {"playlistId": "empty", "comment": "]]>", "public": "true"}),
    ("reportPlayback", {"mediaId": "each song", "mediaType": "song", "positionMs": 9, "state": "playing"}),
    ("createBookmark", {"id": "each song", "position": 2**40, "comment": "<"}),
    ("deleteBookmark", {"id": "each song"}),
    ("savePlayQueue", {"id": "each song", "position": 5}),
    ("savePlayQueueByIndex", {"id": "each song", "currentIndex": 0}),
]
ADMIN: list[tuple[str, dict[str, Any]]] = [("getUsers", {}), ("startScan", {})]
FLOWS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "playlist": [
        ("createPlaylist", {"name": "Short-lived"}),
        ("deletePlaylist", {"id": "made"}),
    ],
    "station": [
        ("createInternetRadioStation", {"name": "<&>", "streamUrl": "http://radio.example/?a=b&c"}),
        ("getInternetRadioStations", {}),
        (
            "updateInternetRadioStation",
            {
                "id": "made",
                "name": "\U0001f3b5",
                "homepageUrl": "http://x.example/",
                "streamUrl": "http://radio.example/2",
            },
        ),
        ("getInternetRadioStations", {}),
        ("deleteInternetRadioStation", {"id": "made"}),
    ],
    "share": [
        ("createShare", {"id": "each song", "description": "<&>", "expires": 4_000_000_000_000}),
        ("updateShare", {"id": "made", "description": "", "expires": 0}),
        ("deleteShare", {"id": "made"}),
    ],
    "user": [
        (
            "createUser",
            {
                "username": "<&> \U0001f3b5",
                "password": "enc:" + b"a long one 42".hex(),
                "email": "a@example.org",
                "musicFolderId": "odd",
            },
        ),
        ("getUser", {"username": "<&> \U0001f3b5"}),
        ("updateUser", {"username": "<&> \U0001f3b5", "shareRole": "true", "email": ""}),
        ("changePassword", {"username": "<&> \U0001f3b5", "password": "another one 42"}),
        ("deleteUser", {"username": "<&> \U0001f3b5"}),
    ],
}
"""From the making of something to its end, by an administrator, in each form."""
BY_PLUGINS = {
    "getSonicSimilarTracks": {"id": "each song"},
    "findSonicPath": {"startSongId": "each song", "endSongId": "each song"},
}
BODIES = {"getTranscodeDecision"}
BYTES = {name for name, endpoint in ENDPOINTS.items() if endpoint.media}
ABSENT = {name for name, endpoint in ENDPOINTS.items() if endpoint.state is not State.WORKS}

LISTED = {
    "star",
    "unstar",
    "scrobble",
    "createPlaylist",
    "createShare",
    "savePlayQueue",
    "savePlayQueueByIndex",
}
"""Whose parameters may come many times."""
VOLATILE = {"minutesAgo", "positionMs"}
DRAWN = {"getRandomSongs", "getSimilarSongs", "getSimilarSongs2"}
MADE = {"id", "created", "changed", "coverArt"}
"""Of what a second call makes anew."""


@dataclass
class House:
    server: Server
    odd: Odd
    user: App
    admin: App
    playlists: dict[str, str]
    most: int
    """Calls of one case."""

    def every(self, text: Any) -> list[str]:
        """What a value of a case stands for."""
        known = {
            "each song": [f"tr-{id_}" for id_ in self.odd.tracks.values()],
            "each album": [f"al-{id_}" for id_ in dict.fromkeys(self.odd.albums.values())],
            "each artist": [f"ar-{id_}" for id_ in self.odd.artists.values()],
            "each artist's name": [*self.odd.artists][:8],
            "each genre": ["Folk", "R&B", "日本", "<&>", "Lost", "none"],
            "each playlist": list(self.playlists.values()),
            "odd": [str(self.odd.number)],
            **{name: [id_] for name, id_ in self.playlists.items()},
        }
        return known.get(text, [str(text)])

    def calls(self, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for chosen in islice(product(*(self.every(value) for value in params.values())), self.most):
            yield dict(zip(params, chosen, strict=True))


@pytest.fixture(scope="module")
async def house(
    server: Server, engine: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """On PostgreSQL two of each kind will do: what differs there is the queries, not what is written."""
    odd = await odd_library(server, tmp_path_factory.mktemp("odd") / "music")
    user, admin = await app_of(server, server.user), await app_of(server, server.admin)
    songs = [f"tr-{id_}" for id_ in odd.tracks.values()]
    made = {
        "empty": await user.ask("createPlaylist", name="Empty"),
        "full": await user.ask("createPlaylist", name="Full", songId=[*songs, *songs[:2]]),
        "shared": await admin.ask("createPlaylist", name="Theirs", songId=songs[:2]),
    }
    await admin.ask("updatePlaylist", playlistId=made["shared"]["id"], public="true")
    rules = {"name": "Smart", "rules": {"all": [{"field": "title", "op": "contains", "value": "n"}]}}
    smart = await server.user.post("/api/v1/playlists/smart", rules, 201)
    listed = "#EXTM3U\n#PLAYLIST:Waiting\n#EXTINF:60,Nobody - Nothing\nsome/where.mp3\nnasty.flac\n"
    waiting = await server.user.ask("POST", "/api/v1/playlists/import", 201, content=listed.encode())
    names = {name: one["id"] for name, one in made.items()}
    names |= {"smart": f"pl-{smart['id']}", "waiting": f"pl-{waiting.json()['playlist']['id']}"}
    await user.ask("star", id=songs, albumId=[f"al-{id_}" for id_ in odd.albums.values()])
    await user.ask("scrobble", id=songs, time=[1_600_000_000_000] * len(songs))
    await user.ask("scrobble", id=songs[2], submission="false")
    await user.ask(
        "createShare", id=[*songs[:3], *names.values()], description="]]>", expires=4_000_000_000_000
    )
    await user.ask("createBookmark", id=songs[0], position=10)
    await user.ask("savePlayQueue", id=[*songs, *songs], current=songs[3], position=10)
    yield House(server, odd, user, admin, names, 2 if engine == "postgresql" else 1000)


def test_every_method_is_called() -> None:
    steps = [step for flow in FLOWS.values() for step in flow]
    called = {name for name, _ in (*READS, *WRITES, *ADMIN, *steps)} | BY_PLUGINS.keys() | BODIES
    assert called | BYTES | ABSENT == set(ENDPOINTS)
    assert called & (BYTES | ABSENT) == set(), "says that it is absent, and works"


@pytest.mark.parametrize(("method", "params"), READS, ids=str)
async def test_json_is_valid_and_xml_says_the_same(house: House, method: str, params: dict[str, Any]) -> None:
    drawn = method in DRAWN or params.get("type") == "random"
    for query in house.calls(params):
        wanted = valid(method, await house.user.get(method, **query))
        answer = await house.user.post(method, form="xml", **query)
        assert _read(method, answer, drawn=drawn) == _same(wanted, xml=True, drawn=drawn), query


@pytest.mark.parametrize(("method", "params"), dict(READS).items(), ids=str)
async def test_every_form_says_the_same(house: House, method: str, params: dict[str, Any]) -> None:
    drawn = method in DRAWN or params.get("type") == "random"
    query = next(house.calls(params))
    wanted = valid(method, await house.user.get(method, **query))
    posted = valid(method, await house.user.post(method, **query))
    script = await house.user.get(method, form="jsonp", callback="cb", **query)
    for other in (posted, valid_script(method, script.text)):
        assert _same(other, drawn=drawn) == _same(wanted, drawn=drawn)
    answer = await house.user.get(method, form="xml", **query)
    assert _read(method, answer, drawn=drawn) == _same(wanted, xml=True, drawn=drawn)


@pytest.mark.parametrize(("method", "params"), WRITES, ids=str)
async def test_writes_are_valid_in_both_forms(house: House, method: str, params: dict[str, Any]) -> None:
    listed = {key: house.every(value) for key, value in params.items()}
    wanted = valid(method, await house.user.post(method, **_once(method, listed)))
    assert wanted["status"] == "ok"
    answer = await house.user.post(method, form="xml", **_once(method, listed))
    assert _read(method, answer, without=MADE) == _same(wanted, xml=True, without=MADE)


@pytest.mark.parametrize(("method", "params"), ADMIN, ids=str)
async def test_what_is_for_administrators(house: House, method: str, params: dict[str, Any]) -> None:
    wanted = valid(method, await house.admin.get(method, **params))
    assert wanted["status"] == "ok"
    read = spec.from_xml(method, (await house.admin.post(method, form="xml", **params)).content)
    assert set(read["subsonic-response"]) == set(wanted)
    await house.user.refused(method, 50, **params)


@pytest.mark.parametrize("method", sorted(ABSENT))
async def test_what_is_absent_is_so_in_every_form(house: House, method: str) -> None:
    endpoint = ENDPOINTS[method]
    code = None if endpoint.state is State.EMPTY else _code(endpoint.notes)
    query = {"id": f"tr-{house.odd.tracks['many']}", "username": "listener"}
    for ask in (house.user.get, house.user.post):
        wanted = valid(method, await ask(method, **query))
        assert wanted.get("error", {}).get("code") == code
        assert _read(method, await ask(method, form="xml", **query)) == _same(wanted, xml=True)


@pytest.mark.parametrize("name", FILES)
async def test_bytes_of_every_song(house: House, name: str) -> None:
    music = house.odd.folder / f"{'winner' if name == 'loser' else name}.flac"
    id_ = f"tr-{house.odd.tracks[name]}"
    for method, ask in product(("stream", "download"), (house.user.get, house.user.post)):
        answer = await ask(method, id=id_)
        if name == "gone":
            assert valid(method, answer)["status"] == "failed"
        else:
            assert (answer.status_code, answer.content) == (200, music.read_bytes())
    cover = await house.user.get("getCoverArt", id=id_, size=32)
    assert cover.headers["content-type"].startswith("image/")


@pytest.mark.parametrize("flow", FLOWS)
async def test_from_the_making_to_the_end(house: House, flow: str) -> None:
    for form in ("json", "xml"):
        made = ""
        for method, params in FLOWS[flow]:
            listed = {key: house.every(value) for key, value in params.items()}
            query = {key: [made] if values == ["made"] else values for key, values in listed.items()}
            answer = await house.admin.post(method, form=form, **_once(method, query))
            tree = json.loads(answer.content) if form == "json" else spec.from_xml(method, answer.content)
            inner = tree["subsonic-response"]
            assert inner["status"] == "ok", (form, method, inner)
            assert form == "xml" or spec.problems(method, tree) == []
            made = made or _made(inner)
        last, params = FLOWS[flow][-1]
        await house.admin.refused(last, 70, **(params if made == "" else {"id": made}))


def _made(inner: Any) -> str:
    """The id of what there is now."""
    if "internetRadioStations" in inner:
        return str(inner["internetRadioStations"]["internetRadioStation"][0]["id"])
    if "shares" in inner:
        return str(inner["shares"]["share"][0]["id"])
    return str(inner["playlist"]["id"]) if "playlist" in inner else ""


@pytest.mark.parametrize("method", BY_PLUGINS)
async def test_what_needs_a_plugin_says_so(house: House, method: str) -> None:
    query = next(house.calls(BY_PLUGINS[method]))
    wanted = valid(method, await house.user.get(method, **query))
    assert wanted["error"]["code"] == 0
    assert _read(method, await house.user.post(method, form="xml", **query)) == _same(wanted, xml=True)
    names = {each["name"] for each in await house.user.ask("getOpenSubsonicExtensions")}
    assert ENDPOINTS[method].since not in names


async def test_what_is_asked_with_a_document(house: House) -> None:
    able = {"name": "test", "platform": "test", "directPlayProfiles": [], "transcodingProfiles": []}
    for name in ("many", "nasty", "gone", "loser"):
        query = {"mediaId": f"tr-{house.odd.tracks[name]}", "mediaType": "song"}
        found = {}
        for form in ("json", "xml"):
            asked = house.user.query(query, form)
            found[form] = await house.user.client.post("/rest/getTranscodeDecision", params=asked, json=able)
        wanted = valid("getTranscodeDecision", found["json"])
        assert _read("getTranscodeDecision", found["xml"]) == _same(wanted, xml=True)


def valid_script(method: str, text: str) -> Any:
    assert text.startswith("cb(")
    assert text.endswith(");")
    tree = json.loads(text[3:-2])
    assert spec.problems(method, tree) == []
    return tree["subsonic-response"]


def _once(method: str, listed: dict[str, list[str]]) -> dict[str, Any]:
    """Lists where the method takes them."""
    if method in LISTED:
        found: dict[str, Any] = dict(listed)
        if method == "scrobble":
            found["time"] = listed["time"] * len(listed["id"])
        return found
    return {key: values[0] for key, values in listed.items()}


def _code(notes: str) -> int:
    found = re.match(r"Error (\d+):", notes)
    assert found is not None, notes
    return int(found[1])


def _read(method: str, answer: httpx.Response, **more: Any) -> Any:
    return _same(spec.from_xml(method, answer.content)["subsonic-response"], xml=True, **more)


def _same(tree: Any, *, xml: bool = False, without: set[str] = VOLATILE, drawn: bool = False) -> Any:
    """Comparable: without what changes from call to call, drawn lists sorted, as far as XML carries it."""
    kept = _kept(tree, without)
    if xml:
        kept = spec.significant(spec.as_xml_can(kept))
    return _sorted(kept) if drawn else kept


def _sorted(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _sorted(value) for key, value in tree.items()}
    return sorted(tree, key=str) if isinstance(tree, list) else tree


def _kept(tree: Any, without: set[str]) -> Any:
    if isinstance(tree, dict):
        return {key: _kept(value, without) for key, value in tree.items() if key not in without}
    return [_kept(item, without) for item in tree] if isinstance(tree, list) else tree
