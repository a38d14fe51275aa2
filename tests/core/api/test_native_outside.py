"""Sources outside through the API: searched, shown, paged; faults named; what is here already told."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import orjson
import pytest

from mcma.api import shapes_outside
from mcma.services.outside.health import SourceAbilities, SourceView
from mcma_plugins.sources import SourceHealth
from tests.support.server import Person, Server
from tests.support.shop import FORBIDDEN, LIMITED, SLOW, Shop, open_shop, shops_installed

pytestmark = pytest.mark.anyio
SEARCH = "/api/v1/search"
SHOP = "/api/v1/sources/shop"


@pytest.fixture(scope="module")
def prepared(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Shop, Shop]]:
    """Two shops, whose plugin the server of this module finds."""
    request.getfixturevalue("sqlite_template" if engine == "sqlite" else "postgres")
    folder = tmp_path_factory.mktemp("shops")
    with (
        open_shop(folder / "one") as one,
        open_shop(folder / "two") as two,
        shops_installed(folder, shop=one, market=two),
    ):
        yield one, two


@pytest.fixture
def shop(prepared: tuple[Shop, Shop], server: Server) -> Shop:
    """Both as they were at first, with a few things in the first."""
    for one in prepared:
        one.things, one.holds, one.requests, one.answer = {}, {}, [], None
        one.fault, one.retry_after = None, None
    for name in ("shop", "market"):
        server.core.services.outside.pauses.forget(name)
    shop, _ = prepared
    shop.add_track("t1", "Song 1", fmt=None, album="First", audio={"codec": "mp3", "bit_rate_kbps": 128})
    shop.add_track("t2", "Song 2 (Live)", fmt=None)
    shop.add_track("t3", "Song from Afar", ["Zoe"], fmt=None)
    shop.add_album("a1", "First", ["Ann Ash"], ["t1", "t2", "gone"])
    return shop


async def test_everything_at_once(server: Server, shop: Shop) -> None:
    found = await server.user.get(SEARCH, params={"q": "song", "sources": "all"})
    assert sorted(track["title"] for track in found["tracks"]) == ["Song 1", "Song 2", "Song 3"]
    market, first = found["sources"]
    assert (market["source"], market["ok"], market["items"]) == ("market", True, [])
    assert (first["source"], first["ok"], first["state"], first["reason"]) == ("shop", True, "ready", None)
    relations = {one["source_id"]: one["known"]["relation"] for one in first["items"]}
    assert relations == {"t1": "owned_better", "t2": "other_version", "t3": "new"}
    here = {track["title"]: track["id"] for track in found["tracks"]}
    assert first["items"][0]["known"]["track_id"] == here["Song 1"]
    assert [one["kind"] for one in first["items"]] == ["track"] * 3
    plain = await server.user.get(SEARCH, params={"q": "song"})
    assert plain == {kind: found[kind] for kind in ("artists", "albums", "tracks")}
    albums = await server.user.get(SEARCH, params={"q": "first", "kind": "album", "sources": "shop"})
    assert [one["known"]["relation"] for one in albums["sources"][0]["items"]] == ["owned"]
    assert len(albums["albums"]) == 1 and albums["tracks"] == []


async def test_the_same_text_is_asked_once(server: Server, shop: Shop) -> None:
    params = {"q": "once upon", "kind": "track", "sources": "shop"}
    await asyncio.gather(*(server.user.get(SEARCH, params=params) for _ in range(5)))
    await server.admin.get(SEARCH, params={**params, "q": " Once  Upon "})
    await server.admin.get(f"{SHOP}/search", params={"q": "once upon", "limit": 12})
    assert shop.count() == 1


async def test_a_source_that_is_down_is_named_and_spoils_nothing(server: Server, shop: Shop) -> None:
    shop.add_artist("r1", "Unheard", [])
    shop.fault, shop.retry_after = LIMITED, "60"
    params = {"q": "song down", "sources": ["shop", "market", "absent"]}
    found = await server.user.get(SEARCH, params=params)
    absent, market, limited = found["sources"]
    assert (absent["source"], absent["state"], absent["ok"]) == ("absent", "absent", False)
    assert market["ok"]
    assert limited["state"] == "rate_limited"
    assert limited["reason"] == "It is asked too often and wants a pause."
    assert 50 < limited["retry_after_s"] <= 60
    told = await server.admin.get(SEARCH, params=params)
    assert told["sources"][2]["reason"] == "The shop is asked too often."
    asked = shop.count()
    refused = await server.user.ask("GET", f"{SHOP}/search", 503, params={"q": "another"})
    assert refused.json()["code"] == "source_unavailable"
    assert (refused.json()["source"], refused.json()["state"]) == ("shop", "rate_limited")
    assert 50 < int(refused.headers["retry-after"]) <= 60
    assert shop.count() == asked, "it said when to come again"
    one = await server.user.get("/api/v1/sources/shop/health")
    assert (one["ok"], one["state"], one["details"]) == (False, "rate_limited", {})
    assert one["until"].endswith("Z") and shop.count() == asked


@pytest.mark.parametrize("said", ["soon", "2026-01-01", 7, None, ""])
def test_what_a_source_tells_and_is_no_time_is_left_out(said: str | int | None) -> None:
    health = SourceHealth(False, "rate_limited", None, {"until": said})
    view = SourceView("shop", health, SourceAbilities())
    assert shapes_outside.source(view, told_all=False)["until"] is None


async def stream(person: Person, **params: Any) -> list[tuple[str, Any]]:
    """The events of a search."""
    headers = {**person.headers, "accept": "text/event-stream"}
    found = []
    async with person.client.stream("GET", SEARCH, params=params, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                found.append((line.removeprefix("event: "), None))
            elif line.startswith("data: "):
                found[-1] = (found[-1][0], orjson.loads(line.removeprefix("data: ")))
    return found


async def test_answers_one_by_one(server: Server, shop: Shop) -> None:
    shop.fault, shop.only = FORBIDDEN, "/search"
    events = await stream(server.user, q="song 1", sources="all")
    assert [name for name, _ in events] == ["library", "source", "source", "end"]
    assert [track["title"] for track in events[0][1]["tracks"]] == ["Song 1"]
    answers = {data["source"]: data for _, data in events[1:3]}
    for data in answers.values():
        server.user.document.validate(data, {"$ref": "#/components/schemas/SourceAnswer"})
    assert (answers["market"]["ok"], answers["shop"]["state"]) == (True, "blocked")
    assert [name for name, _ in await stream(server.user, q="song 1")] == ["library", "end"]


async def test_nobody_waits_for_the_slow_one(server: Server, shop: Shop, prepared: tuple[Shop, Shop]) -> None:
    """And whoever leaves early ends nothing that others wait for."""
    _, slow = prepared
    slow.fault, slow.released = SLOW, threading.Event()
    assert server.user.caller is not None
    async with aclosing(server.core.services.outside_search.every(server.user.caller, "song 9")) as answers:
        assert (await anext(answers)).source == "shop"
        slow.released.set()
        last = await anext(answers)
        assert (last.source, last.fault is not None and last.fault.state) == ("market", "unreachable")
    async with aclosing(server.core.services.outside_search.every(server.user.caller, "song 8")) as answers:
        await anext(answers)


async def test_showing_and_turning_pages(server: Server, shop: Shop) -> None:
    shown = await server.user.get(f"{SHOP}/tracks/t1")
    assert (shown["kind"], shown["source_id"], shown["known"]["relation"]) == ("track", "t1", "owned_better")
    held = await server.user.get(f"{SHOP}/albums/a1/contents")
    assert [(one["source_id"], one["fetchable"]) for one in held["items"]] == [
        ("t1", True), ("t2", True), ("gone", False)
    ]  # fmt: skip
    assert held["next"] is None
    ids = [f"n{number}" for number in range(230)]
    for id_ in ids:
        shop.add_track(id_, f"Number {id_}", fmt=None)
    shop.add_playlist("p1", "Many", ids)
    shop.requests.clear()
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 60}
    while True:
        page = await server.user.get(f"{SHOP}/playlists/p1/contents", params=params)
        seen += [one["source_id"] for one in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert seen == ids
    assert shop.count() == 3, "each page of the shop once"
    await server.user.get(f"{SHOP}/tracks/absent", 404)
    await server.user.get(f"{SHOP}/albums/absent/contents", 404)
    await server.user.get("/api/v1/sources/absent/tracks/t1", 404)
    await server.user.get(f"{SHOP}/tracks/t1/contents", 422)


@pytest.mark.parametrize(
    "source_id",
    ["--exec", "-o", "a%0Ab", "t1%0A", "a%20b", "http://evil.example/x", "file:///etc/passwd", "..%2F..%2Fx",
     "javascript:alert(1)", "%00", "é", "x" * 501],
)  # fmt: skip
async def test_what_is_no_id_is_refused_before_the_source_is_asked(
    server: Server, shop: Shop, source_id: str
) -> None:
    await server.user.get(f"{SHOP}/tracks/{source_id}", 422)
    await server.user.get(f"{SHOP}/albums/{source_id}/contents", 422)
    assert (shop.count("/track"), shop.count("/album")) == (0, 0)


@pytest.mark.parametrize(
    ("path", "params"),
    [
        (SEARCH, {"q": "", "sources": "all"}), (SEARCH, {"q": "a\x1bb", "sources": "all"}),
        (SEARCH, {"q": "x", "sources": "A B"}), (SEARCH, {"q": "x" * 501, "sources": "all"}),
        (f"{SHOP}/search", {"q": " "}), (f"{SHOP}/search", {"q": "x", "kind": "song"}),
        (f"{SHOP}/search", {"q": "x", "limit": "1000"}), (f"{SHOP}/search", {}),
        (f"{SHOP}/songs/t1", {}), (f"{SHOP}/albums/a1/contents", {"cursor": "nonsense"}),
    ],
)  # fmt: skip
async def test_bad_input(server: Server, shop: Shop, path: str, params: dict[str, str]) -> None:
    await server.user.get(path, 422, params=params)
    assert shop.count() == 0


async def test_how_sources_are_and_what_they_can(server: Server, shop: Shop) -> None:
    listed = {one["name"]: one for one in (await server.user.get("/api/v1/sources"))["items"]}
    assert listed["shop"]["abilities"] == {
        "searches": ["album", "artist", "playlist", "track"], "shows": True, "fetches": True, "links": True,
        "credentials": False, "lists_files": False,
    }  # fmt: skip
    assert listed["local"]["abilities"]["lists_files"] and not listed["local"]["abilities"]["searches"]
    assert (listed["shop"]["ok"], listed["shop"]["state"], listed["shop"]["until"]) == (True, "ready", None)
    shop.fault = FORBIDDEN
    assert (await server.user.get("/api/v1/sources/shop/health"))["state"] == "blocked"
    await server.user.get("/api/v1/sources/local/search", 404, params={"q": "song"})
