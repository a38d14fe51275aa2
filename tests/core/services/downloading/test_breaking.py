"""Ways round what an administrator decides, and ids that no source may hear of."""

from dataclasses import replace

import pytest

from mcma.services.downloading.faults import judged
from mcma.services.outside.faults import fault_of
from tests.support.getting import Wanting, due, looked, round_of
from tests.support.jobs import until
from tests.support.server import Server
from tests.support.shop import SLOW, Shop

pytestmark = pytest.mark.anyio
SONG = {"title": "Sinnerman", "artists": ["Nina Simone"]}
REVIEWS = "/api/v1/reviews"


async def test_deciding_is_no_way_round_approval(shop: Shop, server: Server, boss: Wanting) -> None:
    shop.add_track("wanted", "Sinnerman", ["Nina Simone"])
    shop.add_track("here", "Another", ["Ann Ash"], freq=660)
    child = Wanting(await server.person("child"))
    assert child.person.caller is not None
    await boss.person.patch(f"/api/v1/users/{child.person.caller.user_id}", {"rights": ["download"]})
    child = Wanting(await server.known(replace(child.person.caller, rights=frozenset())))
    other = (await boss.until(await boss.ask("here"), state="have"))["track_id"]
    asked = await child.person.post("/api/v1/downloads", {"claim": SONG}, 201)
    assert (asked["state"], asked["waiting_for"]) == ("requested", "approval")
    claim = (await child.show(asked))["claim"]["id"]
    await child.person.post(f"{REVIEWS}/{claim}/decide", {"track_id": other})
    assert (await child.show(asked))["state"] == "have"
    await child.person.post(f"{REVIEWS}/{claim}/decide", {"source": "shop", "source_id": "wanted"})
    await round_of(server)
    shown = await child.show(asked)
    assert (shown["state"], shown["waiting_for"]) == ("requested", "approval")
    assert shop.count("/audio/wanted") == 0
    await boss.do(asked, "approve")
    assert (await child.until(asked, state="have"))["source_id"] == "wanted"


async def test_what_waits_for_a_source_needs_the_right_when_it_is_begun(
    shop: Shop, server: Server, boss: Wanting, listener: Wanting
) -> None:
    """The right is taken away meanwhile; an approval is for what was asked for, and for no other choice."""
    asked = await listener.person.post("/api/v1/downloads", {"claim": SONG}, 201)
    assert listener.person.caller is not None
    await boss.person.patch(f"/api/v1/users/{listener.person.caller.user_id}", {"rights": ["download"]})
    shop.add_track("wanted", "Sinnerman", ["Nina Simone"])
    shop.add_track("other", "Something Else", ["Ann Ash"], freq=660)

    async def held() -> bool:
        await looked(server)
        return bool((await listener.show(asked))["waiting_for"] == "approval")

    await until(held)
    assert shop.count("/audio") == 0
    await boss.do(asked, "approve")
    had = await listener.until(asked, state="have")
    assert had["source_id"] == "wanted"
    claim = {"source": "shop", "source_id": "other"}
    await listener.person.post(f"{REVIEWS}/{had['claim']['id']}/decide", claim)
    await round_of(server)
    told = await listener.until(asked, waiting_for="approval")
    assert (told["state"], shop.count("/audio/other")) == ("requested", 0)


async def test_who_means_something_else_meanwhile_gets_that(
    shop: Shop, server: Server, boss: Wanting, listener: Wanting
) -> None:
    shop.add_track("wanted", "Sinnerman", ["Nina Simone"])
    shop.add_track("other", "Something Else", ["Ann Ash"], freq=660)
    shop.fault, shop.only = SLOW, "/audio/wanted"
    asked = await listener.person.post("/api/v1/downloads", {"claim": SONG}, 201)
    await listener.until(asked, state="running")
    claim = (await listener.show(asked))["claim"]["id"]
    chosen = {"source": "shop", "source_id": "other"}
    await listener.person.post(f"{REVIEWS}/{claim}/decide", chosen)
    shop.fault = None
    shop.released.set()
    await listener.until(asked, code="retry_later")
    await due(server, asked)

    async def begun() -> bool:
        await round_of(server)
        return shop.count("/audio/other") > 0

    await until(begun)
    had = await listener.until(asked, state="have", source_id="other")
    track = await listener.person.get(f"/api/v1/tracks/{had['track_id']}")
    assert track["title"] == "Something Else"


async def test_what_is_decided_is_checked_before_a_source_hears_of_it(
    shop: Shop, server: Server, listener: Wanting
) -> None:
    asked = await listener.person.post("/api/v1/downloads", {"claim": SONG}, 201)
    claim = (await listener.show(asked))["claim"]["id"]
    for id_ in ("--exec", "http://127.0.0.1/x", "../../x", "a/b"):
        sent = {"source": "shop", "source_id": id_}
        await listener.person.post(f"{REVIEWS}/{claim}/decide", sent)
        await round_of(server)
    assert [path for path, _ in shop.requests if not path.startswith("/search?")] == []


@pytest.mark.parametrize(
    "error", [RuntimeError("/srv/mcma/cookies.txt: denied"), TimeoutError("10.0.0.5:99")]
)
def test_what_a_plugin_did_not_mean_to_say_is_told_to_nobody_but_administrators(error: Exception) -> None:
    fault = fault_of("shop", error)
    assert str(error) == fault.reason
    for told in (fault.message, judged(fault).message, judged(error).message):
        assert str(error) not in told


async def test_deciding_is_no_way_round_the_quota(shop: Shop, server: Server, boss: Wanting) -> None:
    for number in range(2):
        shop.add_track(f"t{number}", f"Song {number}", ["Ann Ash"], freq=440 + 220 * number)
    one = await server.person("modest")
    assert one.caller is not None
    await boss.person.patch(f"/api/v1/users/{one.caller.user_id}", {"downloads_per_day": 1})
    modest = Wanting(one)
    asked = await one.post("/api/v1/downloads", {"claim": SONG}, 201)
    claim = (await modest.show(asked))["claim"]["id"]
    await one.post(f"{REVIEWS}/{claim}/decide", {"source": "shop", "source_id": "t0"})
    await round_of(server)
    await modest.until(asked, state="have")
    await one.post(f"{REVIEWS}/{claim}/decide", {"source": "shop", "source_id": "t1"})
    await round_of(server)
    assert (await modest.show(asked))["state"] == "requested"
    assert shop.count("/audio/t1") == 0


async def test_a_row_that_is_none_of_its_source_leaves_the_others_described(
    shop: Shop, server: Server
) -> None:
    shop.add_track("zz", "Last Song", ["Ann Ash"])
    table = b"title,source,source id\n,shop,a/b\n,shop,zz\n,shop,--exec\n"
    made = await server.user.ask("POST", "/api/v1/playlists/import", 201, content=table)
    path = made.headers["location"]

    async def described() -> bool:
        rows = (await server.user.get(f"{path}/items"))["items"]
        return "Last Song" in {one["claim"]["title"] for one in rows}

    await until(described)
    jobs = (await server.admin.get("/api/v1/jobs?kind=describe_playlist"))["items"]
    assert [one["error"] for one in jobs] == [None]
