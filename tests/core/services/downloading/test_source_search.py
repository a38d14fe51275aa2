"""What is asked for without saying where from: found, held for a person, or looked for again."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mcma.services.downloading.upkeep import UPKEEP
from mcma.store.clock import utcnow
from mcma.store.tables.machinery import schedules
from mcma.store.tables.matching import match_candidates
from mcma.store.tables.people import library_access
from mcma.store.tables.wanted import download_requests
from tests.support.audio import make_audio
from tests.support.getting import Wanting, looked, round_of, rows
from tests.support.server import Server
from tests.support.shop import LIMITED, Shop

pytestmark = pytest.mark.anyio
SONG = {"title": "Sinnerman", "artists": ["Nina Simone"], "album": "Pastel Blues", "duration_ms": 622_000}


async def test_what_is_surely_it_is_got(shop: Shop, server: Server, listener: Wanting) -> None:
    shop.add_track("other", "Sinnerman (Live)", ["Nina Simone"], duration_ms=700_000, freq=500)
    shop.add_track("right", "Sinnerman", ["Nina Simone"], album="Pastel Blues", seconds=3)
    claim = {**SONG, "duration_ms": None}
    asked = await listener.person.post("/api/v1/downloads", {"claim": claim}, 201)
    assert (asked["state"], asked["waiting_for"]) == ("requested", "source")
    had = await listener.until(asked, state="have")
    assert (had["source"], had["source_id"]) == ("shop", "right")
    assert str(had["claim"]["title"]) == "Sinnerman"
    again = await listener.person.post("/api/v1/downloads", {"claim": claim}, 200)
    assert (again["state"], again["track_id"]) == ("have", had["track_id"])
    assert shop.count("/audio/other") == 0


async def test_what_may_be_it_waits_for_a_person(shop: Shop, server: Server, listener: Wanting) -> None:
    shop.add_track("near", "Sinnerman", ["Nina Simone"], album="Another", duration_ms=640_000)
    asked = await listener.person.post("/api/v1/downloads", {"claim": SONG}, 201)
    held = await listener.until(asked, state="review")
    assert held["waiting_for"] is None
    [candidate] = await rows(server.database, match_candidates)
    assert (candidate.source, candidate.source_id) == ("shop", "near")
    assert shop.count("/audio") == 0
    async with server.database.write() as transaction:
        aimed = sa.text("UPDATE claims SET source = 'shop', source_id = 'near'")
        await transaction.connection.execute(aimed)
    await round_of(server)
    told = await listener.until(asked, state="queued", code="incomplete")
    assert (told["source_id"], shop.count("/audio/near")) == ("near", 1), "a second of eleven minutes"


async def test_what_a_person_chose_is_begun_with_at_once(
    shop: Shop, server: Server, listener: Wanting
) -> None:
    shop.add_track("near", "Sinnerman", ["Nina Simone"], album="Another", seconds=3, duration_ms=640_000)
    shop.add_track("far", "Sinnerman", ["Nina Simone"], album="Elsewhere", duration_ms=660_000)
    asked = await listener.person.post("/api/v1/downloads", {"claim": SONG}, 201)
    await listener.until(asked, state="review")
    [review] = (await listener.person.get("/api/v1/reviews"))["items"]
    chosen = next(one for one in review["candidates"] if one["source_id"] == "near")
    before = utcnow()
    path = f"/api/v1/reviews/{review['claim_id']}/decide"
    await listener.person.post(path, {"candidate_id": chosen["id"]})
    [mine] = await rows(server.database, schedules, schedules.c.name == UPKEEP)
    assert mine.next_at <= utcnow() < before + timedelta(minutes=5), "the next round is now"
    await round_of(server)
    had = await listener.until(asked, source_id="near", code="incomplete")
    assert (had["source_id"], shop.count("/audio/far")) == ("near", 0)


async def test_who_would_not_see_it_cannot_ask_for_it(shop: Shop, server: Server, listener: Wanting) -> None:
    shop.add_track("right", "Sinnerman", ["Nina Simone"], seconds=3)
    library = await server.core.services.managed.place()
    stranger = Wanting(await server.person("stranger"))
    async with server.database.write() as transaction:
        mine = library_access.c.library_id == library.id
        await transaction.connection.execute(sa.delete(library_access).where(mine))
    refused = await stranger.ask("right", 403)
    assert refused["code"] == "forbidden"
    assert await rows(server.database, download_requests) == []


async def test_what_is_not_found_is_looked_for_again_after_longer_and_longer(
    shop: Shop, server: Server, listener: Wanting
) -> None:
    asked = await listener.person.post("/api/v1/downloads", {"claim": SONG}, 201)
    waited: list[timedelta] = []
    for _ in range(3):
        await looked(server)
        [row] = await rows(server.database, download_requests)
        waited.append(row.look_at - datetime.now(UTC))
        async with server.database.write() as transaction:
            now = sa.update(download_requests).values(look_at=utcnow())
            await transaction.connection.execute(now)
    assert timedelta(minutes=40) < waited[0] < waited[1] / 1.2 < waited[2] / 1.44
    shop.fault, shop.retry_after = LIMITED, "60"
    await looked(server)
    [row] = await rows(server.database, download_requests)
    assert (row.looks, row.state) == (3, "requested")
    assert row.look_at - datetime.now(UTC) < timedelta(minutes=31), "a source that was away is asked again"
    shown = await listener.show(asked)
    assert (shown["state"], shown["waiting_for"]) == ("requested", "source")


async def test_what_comes_by_another_way_answers_the_request(
    shop: Shop, server: Server, listener: Wanting
) -> None:
    asked = await listener.person.post("/api/v1/downloads", {"claim": {**SONG, "duration_ms": None}}, 201)
    tags = {"title": "Sinnerman", "artist": "Nina Simone", "album": "Pastel Blues"}
    file = make_audio(server.music / "song.mp3", tags=tags)
    await server.user.ask(
        "POST", "/api/v1/tracks", 201, files={"file": ("song.mp3", file.read_bytes(), "audio/mpeg")}
    )
    await listener.until(asked, state="have")
