"""All that a playlist waits for is asked for at once, and comes into its rows."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.store.tables.people import users
from mcma_plugins.ids import JobId
from tests.support.jobs import until
from tests.support.server import Person, Server
from tests.support.shop import Shop

pytestmark = pytest.mark.anyio


async def followed(server: Server, person: Person) -> str:
    """A playlist of the shop's, read."""
    sent = {"url": "https://shop.example/playlist/p", "follow": True}
    answer = await person.ask("POST", "/api/v1/playlists/import/link", 201, json=sent)
    await server.core.services.jobs.wait(JobId(UUID(answer.json()["job_id"])), 20)
    return answer.headers["location"]


async def missing(person: Person, path: str, **params: Any) -> dict[str, Any]:
    found = await person.ask("POST", f"{path}/missing/request", params=params)
    return {name: value for name, value in found.json().items() if value}


async def test_what_is_missing_is_got_and_its_rows_get_their_tracks(server: Server, shop: Shop) -> None:
    shop.add_track("t1", "First Song", ["Ann Ash"], album="A")
    shop.add_track("t2", "Second Song", ["Ben Beech"], album="B", freq=660)
    shop.add_playlist("p", "Sunday", ["t1", "t2", "t1"])
    path = await followed(server, server.user)
    assert await missing(server.user, path) == {"asked": 2}

    async def whole() -> bool:
        return bool((await server.user.get(path))["song_count"] == 3)

    await until(whole)
    rows = (await server.user.get(f"{path}/items"))["items"]
    assert [one["track"]["title"] for one in rows] == ["First Song", "Second Song", "First Song"]
    report = await server.user.get(f"{path}/report")
    assert (report["matched"], report["missing"]) == (3, 0)
    assert await missing(server.user, path) == {}
    listed = b"Video ID,Time Added\nt1,2024-01-01\n".replace(b"t1", b"dQw4w9WgXcQ")
    other = await server.user.ask("POST", "/api/v1/playlists/import", 201, content=listed)
    assert await missing(server.user, other.headers["location"]) == {"unnamed": 1}


async def test_what_is_known_by_nothing_but_its_id_gets_its_track(server: Server, shop: Shop) -> None:
    shop.add_track("t1", "First Song", ["Ann Ash"], album="A")
    sent = b"title,source,source id\n,shop,t1\n"
    made = await server.user.ask("POST", "/api/v1/playlists/import", 201, content=sent)
    path = made.headers["location"]
    assert await missing(server.user, path) == {"asked": 1}

    async def whole() -> bool:
        return bool((await server.user.get(path))["song_count"] == 1)

    await until(whole)
    [row] = (await server.user.get(f"{path}/items"))["items"]
    assert row["track"]["title"] == "First Song"
    # The source may have described it before it came: then its name was enough.
    assert row["claim"]["match_method"] in ("source", "name")


async def test_asking_twice_asks_for_nothing_twice(server: Server, shop: Shop) -> None:
    """Of somebody who may only ask: what is known by a source, by words, or by nothing."""
    assert server.user.caller is not None
    await server.admin.patch(f"/api/v1/users/{server.user.caller.user_id}", {"rights": ["download"]})
    person = await server.known(replace(server.user.caller, rights=frozenset()))
    table = (
        b"title,artist,source,source id\nFirst,Ann,shop,t1\nSecond,Ben,shop,t1\nThird,Cy,elsewhere,x\n"
        b"Fourth,Di,,\nFourth,Di,,\n,,elsewhere,y\n"
    )
    made = await person.ask("POST", "/api/v1/playlists/import", 201, content=table)
    path = made.headers["location"]
    first = (await person.ask("POST", f"{path}/missing/request", params={"limit": 3})).json()
    assert (first["asked"], first["waiting_for_approval"], first["known"]) == (2, 2, 1)
    rest = await missing(person, path, cursor=first["next"])
    assert rest == {"asked": 1, "waiting_for_approval": 1, "known": 1, "unnamed": 1}
    assert await missing(person, path) == {"known": 5, "unnamed": 1}
    asked = (await person.get("/api/v1/downloads"))["items"]
    assert sorted((one["source"], one["claim"]["title"]) for one in asked if one["source"]) == [
        ("shop", "First")
    ]
    assert sorted(one["claim"]["title"] for one in asked if not one["source"]) == ["Fourth", "Third"]
    assert {(one["state"], one["waiting_for"]) for one in asked} == {("requested", "approval")}


async def test_more_than_may_be_had_in_a_day_is_not_asked_for(server: Server, shop: Shop) -> None:
    tracks = [f"t{number}" for number in range(5)]
    for number, id_ in enumerate(tracks):
        shop.add_track(id_, f"Song {id_}", [f"Artist {number}"], fmt=None)
    shop.add_playlist("p", "Sunday", tracks)
    assert server.user.caller is not None
    async with server.database.write() as transaction:
        mine = sa.update(users).where(users.c.id == server.user.caller.user_id)
        await transaction.connection.execute(mine.values(downloads_per_day=2))
    path = await followed(server, server.user)
    assert await missing(server.user, path) == {"asked": 2, "over_quota": 3}
    assert len((await server.user.get("/api/v1/downloads"))["items"]) == 2, "nothing is half asked for"
    await server.admin.post(f"{path}/missing/request", None, 404)
