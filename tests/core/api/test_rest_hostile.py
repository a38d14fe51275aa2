"""Whatever is sent to a real server: a valid envelope with the right code, nothing beyond status 499."""

import hashlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import quote_from_bytes, urlencode
from uuid import uuid4

import httpx2 as httpx
import pytest

from mcma_subsonic.call import State
from mcma_subsonic.endpoints import ENDPOINTS
from tests.support.rest import App, app_of, checked, parameters_of
from tests.support.server import Server

pytestmark = pytest.mark.anyio

ROUNDS = 4
LEFT_OUT = {"startScan"}
"""Begins work."""
OPTIONAL = {("getUser", "username"), ("updateUser", "password"), ("search2", "query"), ("search3", "query")}
"""Required by the specification; without them there is an answer that apps rely on."""
VALUES: list[bytes] = [
    b"", b"\0", b"a\0b", b"\xff", b"\xed\xa0\x80", "é\u202e\U0001f3b5".encode(), b"x" * 5000, b"%", b"'--",
    b"-1", b"0", b"1", b"2147483648", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808",
    b"9" * 400, b"1e400", b"NaN", b"1.5", b"true", b"maybe", b"json", b"jsonp", b"xml", b"random", b"byYear",
    b"byGenre", b"playing", b"song", b"enc:zz", b"enc:ff", b"*", b'""', "\u0130".encode() * 300, b"cb(",
    b"mp3",
]  # fmt: skip
KINDS = ("tr", "al", "ar", "pl", "sh", "xx")


@dataclass
class House:
    user: App
    admin: App
    ids: dict[str, str]
    """One of each kind."""

    def others(self, kind: str) -> list[str]:
        """What is no id of this kind here: of others, of nothing, of no form at all."""
        good = self.ids[kind]
        unknown = [f"{prefix}-{uuid4()}" for prefix in (kind, "xx")]
        foreign = [id_ for other, id_ in self.ids.items() if other != kind]
        odd = [
            good.upper(),
            good[3:],
            f"{good} ",
            f"{good}x",
            good.replace("-", ""),
            "1",
            "0",
            "-1",
            "9" * 40,
            "é",
        ]
        return unknown + foreign + odd


@pytest.fixture(scope="module")
async def house(server: Server) -> AsyncIterator[House]:
    user, admin = await app_of(server, server.user, "hostile"), await app_of(server, server.admin, "hostile")
    found = await user.ask("search3", query="")
    made = await user.ask("createPlaylist", name="Mine", songId=found["song"][0]["id"])
    kinds = {"tr": "song", "al": "album", "ar": "artist"}
    ids = {kind: found[name][0]["id"] for kind, name in kinds.items()} | {"pl": made["id"]}
    await admin.ask("createInternetRadioStation", name="x", streamUrl="http://radio.example/x")
    [station] = (await admin.ask("getInternetRadioStations"))["internetRadioStation"]
    yield House(user, admin, ids | {"ra": station["id"]})


async def failed(app: App, code: int, method: str, **query: Any) -> None:
    """In both forms and both ways."""
    for ask, form in product((app.get, app.post), ("json", "xml")):
        inner = checked(method, await ask(method, form=form, **query))
        assert inner is not None
        assert (inner["status"], inner.get("error", {}).get("code")) == ("failed", code), (method, query)
        assert inner["error"]["message"]


# Bad input, and its codes -------------------------------------------------------------------------------


def required() -> list[tuple[str, str]]:
    return [
        (name, parameter)
        for name, endpoint in ENDPOINTS.items()
        if endpoint.state is State.WORKS and not endpoint.http_errors and endpoint.methods != ("POST",)
        for parameter in parameters_of(name, required=True)
        if (name, parameter) not in OPTIONAL
    ]


async def test_what_is_required_and_missing(house: House) -> None:
    good = {"playlistId": house.ids["pl"], "username": "listener", "rating": 1, "position": 1,
            "mediaId": house.ids["tr"], "mediaType": "song", "state": "playing",
            "startSongId": house.ids["tr"]}  # fmt: skip
    assert len(required()) > 40
    for method, left_out in required():
        known = {**good, "id": house.ids["ra" if "Station" in method else "tr"]}
        names = [name for name in parameters_of(method, required=True) if name != left_out]
        query = {name: known.get(name, "x") for name in names}
        for empty in ({}, {left_out: ""}):
            await house.admin.refused(method, 10, **query, **empty)


TAKES_ID = [
    *[(name, "ar", {}) for name in ("getArtist", "getArtistInfo", "getArtistInfo2")],
    *[(name, "al", {}) for name in ("getAlbum", "getAlbumInfo", "getAlbumInfo2")],
    *[(name, "tr", {}) for name in ("getSong", "getLyricsBySongId", "stream", "deleteBookmark")],
    ("createBookmark", "tr", {"position": 1}),
    *[(name, "pl", {}) for name in ("getPlaylist", "deletePlaylist")],
]  # fmt: skip
ALL_KINDS = {"getArtistInfo", "getArtistInfo2", "getAlbumInfo", "getAlbumInfo2"}
"""Asked about another kind, they know nothing, which is no error."""


@pytest.mark.parametrize(("method", "kind", "more"), TAKES_ID, ids=str)
async def test_ids_of_nothing_and_of_other_kinds(
    house: House, method: str, kind: str, more: dict[str, Any]
) -> None:
    for id_ in house.others(kind):
        if method in ALL_KINDS and id_ in house.ids.values() and not id_.startswith("ra-"):
            await house.user.ask(method, id=id_)
        else:
            await house.user.refused(method, 70, id=id_, **more)


@pytest.mark.parametrize("method", ["getMusicDirectory", "getCoverArt", "download", "setRating", "star"])
async def test_ids_that_are_none(house: House, method: str) -> None:
    more = {"rating": 1} if method == "setRating" else {}
    for id_ in (f"xx-{uuid4()}", house.ids["tr"].upper(), "9" * 40, "é", "-1"):
        await house.user.refused(method, 70, id=id_, **more)


async def test_credentials(house: House) -> None:
    client, secret = house.user.client, house.user.secret
    token = {"t": hashlib.md5(f"{secret}salt".encode()).hexdigest(), "s": "salt"}
    for sent, code in (
        ({}, 10), ({"u": "listener"}, 10), ({"p": secret}, 10), ({"u": "listener", "t": token["t"]}, 10),
        ({"u": "listener", "p": "wrong"}, 40), ({"u": "nobody", "p": secret}, 40),
        ({"u": "listener", "p": "enc:xyz"}, 40), ({"u": "listener", "t": "short", "s": "salt"}, 40),
        ({"u": "listener", "t": token["t"], "s": "other"}, 40), ({"u": "boss", **token}, 40),
        ({"apiKey": "wrong"}, 44), ({"apiKey": secret, "u": "x"}, 43), ({"apiKey": secret, **token}, 43),
        ({"u": "listener", "p": secret}, None), ({"u": "LISTENER", **token}, None),
        ({"apiKey": secret}, None),
    ):  # fmt: skip
        for form in ("json", "xml"):
            answer = await client.get("/rest/ping", params={**sent, "f": form})
            inner = checked("ping", answer)
            assert inner is not None
            assert inner.get("error", {}).get("code") == code, sent


async def test_rights(house: House) -> None:
    for method, query in (
        ("startScan", {}), ("getUsers", {}), ("getUser", {"username": "boss"}),
        ("createUser", {"username": "x", "password": "a long one 42", "email": "x"}),
        ("updateUser", {"username": "boss"}), ("deleteUser", {"username": "boss"}),
        ("changePassword", {"username": "boss", "password": "a long one 42"}),
        ("createPodcastChannel", {"url": "x"}), ("jukeboxControl", {"action": "start"}),
    ):  # fmt: skip
        await failed(house.user, 50, method, **query)


@pytest.mark.parametrize(("method", "query", "count"), [
    ("getAlbumList2", {"type": "newest"}, "size"), ("getRandomSongs", {}, "size"),
    ("getSongsByGenre", {"genre": "Folk"}, "count"), ("search3", {"query": ""}, "songCount"),
    ("getSimilarSongs2", {"id": "tr"}, "count"), ("getTopSongs", {"artist": "Ann Ash"}, "count"),
    ("getArtistInfo2", {"id": "ar"}, "count"),
], ids=str)  # fmt: skip
async def test_sizes(house: House, method: str, query: dict[str, str], count: str) -> None:
    query = {key: house.ids.get(value, value) for key, value in query.items()}
    for size in (-1, -(2**63), 0, 1, 501, 2**31, 2**63 - 1):
        await house.user.ask(method, **query, **{count: size, "offset": 0, "songOffset": 0})
    for offset in (-5, 2**31, 2**63 - 1):
        await house.user.ask(method, **query, offset=offset, songOffset=offset)
    for wrong in ("x", "1.5", "1e3", "٣", "NaN", 2**64, "0x1"):
        await failed(house.user, 0, method, **query, **{count: wrong})


async def test_the_first_of_repeated_parameters_counts(house: House) -> None:
    first, second = house.ids["tr"], f"tr-{uuid4()}"
    assert (await house.user.ask("getSong", id=[first, second]))["id"] == first
    await house.user.refused("getSong", 70, id=[second, first])
    answer = await house.user.client.get("/rest/ping", params=[("f", "json"), ("f", "xml"), ("apiKey", "x")])
    assert answer.headers["content-type"] == "application/json"


async def test_forms_of_ten_megabytes(house: House) -> None:
    """Just below: understood. Above: refused in an envelope."""
    size = 10 * 1024 * 1024
    ids = [("id", house.ids["tr"])] * 20_000
    sent = urlencode([*house.user.query({}, "json").items(), *ids])
    padded = f"{sent}&x={'y' * (size - len(sent) - 3)}".encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    client = house.user.client
    inner = checked("star", await client.post("/rest/star", content=padded, headers=headers))
    assert inner is not None
    assert inner["status"] == "ok"
    query = house.user.query({}, "json")
    larger = await client.post("/rest/star", params=query, content=padded + b"y" * 9, headers=headers)
    assert larger.status_code == 413
    refusal = checked("star", larger)
    assert refusal is not None
    assert "10 MB" in refusal["error"]["message"]
    many = "&".join(["id=1"] * 60_000).encode()
    inner = checked("star", await client.post("/rest/star", params=query, content=many, headers=headers))
    assert inner is not None
    assert inner["error"]["code"] == 0


# Anything, anywhere -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_anything_in_every_parameter(house: House, seed: int) -> None:
    rng = random.Random(seed)
    ids = [*(id_.encode() for id_ in house.ids.values()), *(f"{kind}-{uuid4()}".encode() for kind in KINDS)]
    for method in sorted(ENDPOINTS.keys() - LEFT_OUT):
        names = [*parameters_of(method), "musicFolderId"]
        for app in (house.user, house.admin):
            chosen = [(name, rng.choice(ids if rng.random() < 0.5 else VALUES))
                      for name in rng.choices(names, k=rng.randint(0, 2 * len(names)))]  # fmt: skip
            form = rng.choice((b"json", b"xml", b"jsonp", *VALUES))
            sent = [
                ("apiKey", app.secret.encode()),
                ("c", rng.choice(VALUES)),
                ("f", form),
                ("callback", b"cb"),
            ]
            await anyhow(app.client, method, [*sent, *chosen], post=rng.random() < 0.5)


async def anyhow(
    client: httpx.AsyncClient, method: str, items: list[tuple[str, bytes]], *, post: bool
) -> None:
    text = "&".join(f"{name}={quote_from_bytes(value, safe='')}" for name, value in items)
    if post:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        checked(method, await client.post(f"/rest/{method}", content=text.encode(), headers=headers))
    else:
        checked(method, await client.get(f"/rest/{method}.view?{text}"))
