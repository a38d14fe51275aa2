"""Who sees which library."""

from uuid import UUID, uuid4

import pytest

from mcma.store.clock import new_id, utcnow
from mcma.store.tables.catalogue import file_problems
from tests.support.catalogue import insert
from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio


@pytest.fixture
def here(server: Server) -> str:
    return f"/api/v1/libraries/{server.library}/access"


async def a_viewer(server: Server, name: str) -> tuple[Person, str]:
    made = await server.person(name)
    assert made.caller is not None
    return made, str(made.caller.user_id)


async def sees(person: Person) -> bool:
    return bool((await person.get("/api/v1/libraries"))["items"])


async def test_access_comes_and_goes(server: Server, here: str) -> None:
    guest, id_ = await a_viewer(server, "guest of access")
    await server.admin.delete(f"{here}/{id_}")
    await server.admin.delete(f"{here}/{id_}")
    assert not await sees(guest)
    await server.admin.put(f"{here}/{id_}")
    [first] = [one for one in (await server.admin.get(here))["items"] if one["user_id"] == id_]
    await server.admin.put(f"{here}/{id_}")
    assert first in (await server.admin.get(here))["items"]
    assert await sees(guest)


async def test_all_at_once(server: Server, here: str) -> None:
    before = [one["user_id"] for one in (await server.admin.get(here))["items"]]
    _, one = await a_viewer(server, "one of access")
    guest, other = await a_viewer(server, "other of access")
    found = await server.admin.put(here, {"user_ids": [one, *before, one]}, 200)
    assert sorted(view["user_id"] for view in found["items"]) == sorted({one, *before})
    assert not await sees(guest)
    unknown = await server.admin.put(here, {"user_ids": [other, str(uuid4())]}, 404)
    assert unknown["code"] == "not_found"
    assert await server.admin.get(here) == found


async def test_it_is_for_administrators_and_for_what_is_there(server: Server, here: str) -> None:
    guest, id_ = await a_viewer(server, "curious")
    await guest.get(here, 403)
    await guest.put(here, {"user_ids": []}, 403)
    await guest.put(f"{here}/{id_}", status=403)
    await guest.delete(f"{here}/{id_}", 403)
    await server.admin.put(f"{here}/{uuid4()}", status=404)
    await server.admin.get(f"/api/v1/libraries/{uuid4()}/access", 404)
    await server.admin.delete(f"{here}/{uuid4()}")


async def test_the_report_of_a_scan_has_pages(server: Server) -> None:
    path, now = f"/api/v1/libraries/{server.library}/problems", utcnow()
    rows = [
        {"id": new_id(), "library_id": UUID(server.library), "folder": b"x", "name": f"{n}".encode(),
         "path_display": "x/same" if n < 3 else f"x/{n}", "reason": "empty", "message": "m",
         "first_seen_at": now, "last_seen_at": now}
        for n in range(7)
    ]  # fmt: skip
    async with server.database.write() as transaction:
        await insert(transaction.connection, file_problems, rows)
    whole = (await server.admin.get(path))["items"]
    assert len(whole) == 8
    found, cursor = [], None
    for _ in range(20):
        more: dict[str, str] = {} if cursor is None else {"cursor": cursor}
        page = await server.admin.get(path, params={"limit": 1, **more})
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole
    await server.admin.get(path, 422, params={"cursor": "WyJhIiwiYiJd"})


async def test_a_playlist_shows_no_cover_of_what_its_reader_may_not_see(server: Server, here: str) -> None:
    guest, id_ = await a_viewer(server, "guest of covers")
    [track] = (await server.user.get("/api/v1/tracks?q=Song 1"))["items"]
    body = {"name": "Covered", "track_ids": [track["id"]], "public": True}
    made = (await server.user.post("/api/v1/playlists", body, 201))["id"]
    cover = f"/api/v1/playlists/{made}/cover"
    real = await guest.ask("GET", cover)
    assert real.headers["cache-control"] != "no-store"
    await server.admin.delete(f"{here}/{id_}")
    hidden = await guest.ask("GET", cover)
    assert hidden.headers["cache-control"] == "no-store"
    assert hidden.content != real.content


@pytest.mark.parametrize("path", ["stream", "stream?format=mp3&bitrate=64", "renditions"])
async def test_withdrawn_access_ends_at_once(server: Server, here: str, path: str) -> None:
    """Whatever a player asked for a moment ago."""
    guest, id_ = await a_viewer(server, f"guest of {path}")
    [track] = (await server.user.get("/api/v1/tracks?q=Song 1"))["items"]
    asked = f"/api/v1/tracks/{track['id']}/{path}"
    await guest.get(asked)
    await server.admin.delete(f"{here}/{id_}")
    await guest.get(asked, 404)
