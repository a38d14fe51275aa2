"""From asking for something of a source to the track that plays, and what goes wrong on the way."""

import asyncio

import pytest

from mcma.store.tables.catalogue import source_refs, tracks
from mcma.store.tables.machinery import jobs
from mcma.store.tables.wanted import downloads
from tests.support.getting import Wanting, kept, rows
from tests.support.server import Server
from tests.support.shop import Shop

pytestmark = pytest.mark.anyio


async def test_what_is_asked_for_is_got_tagged_and_kept(
    shop: Shop, server: Server, listener: Wanting
) -> None:
    shop.add_track("t1", "Sinnerman", ["Nina Simone"], album="Pastel Blues", track_number=9, year=1965)
    asked = await listener.ask("t1")
    assert (asked["state"], asked["waiting_for"]) == ("queued", None)
    had = await listener.until(asked, state="have")
    assert (had["title"], had["artists"]) == ("Sinnerman", ["Nina Simone"])
    track = await server.user.get(f"/api/v1/tracks/{had['track_id']}")
    assert (track["title"], track["album"], track["track"], track["year"]) == (
        "Sinnerman", "Pastel Blues", 9, 1965,
    )  # fmt: skip
    assert await kept(server) == ["Nina Simone/Pastel Blues/09 Sinnerman.mp3"]
    [ref] = await rows(server.database, source_refs, source_refs.c.source == "shop")
    assert (ref.source_id, str(ref.track_id)) == (b"t1", had["track_id"])
    again = await listener.ask("t1", 200)
    assert (again["id"], again["state"]) == (asked["id"], "have")


async def test_ten_people_at_once_are_one_job_and_one_file(shop: Shop, server: Server) -> None:
    shop.add_track("t1", "Wanted", ["Everybody"])
    people = [Wanting(await server.person(f"person{n}")) for n in range(10)]
    asked = await asyncio.gather(*(one.ask("t1") for one in people))
    await people[0].until(asked[0], state="have")
    found = [await one.show(its) for one, its in zip(people, asked, strict=True)]
    assert {one["state"] for one in found} == {"have"}
    assert len({one["track_id"] for one in found}) == 1
    assert len(await rows(server.database, downloads)) == 1
    assert len(await rows(server.database, jobs, jobs.c.kind.like("%.download_%"))) == 1
    assert len(await rows(server.database, tracks, tracks.c.deleted_at.is_(None))) == 1
    assert await kept(server) == ["Everybody/Wanted.mp3"]
    assert shop.count("/audio/t1") == 1
