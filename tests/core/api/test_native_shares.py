"""Shares over the native API, as their owners keep them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
PATH = "/api/v1/shares"


async def an_album(server: Server) -> dict[str, str]:
    [album, *_] = (await server.user.get("/api/v1/albums", params={"q": "First"}))["items"]
    return {"kind": "album", "id": album["id"]}


async def shared(person: Person, *items: dict[str, str], **more: Any) -> Any:
    return await person.post(PATH, {"items": list(items), **more}, 201)


async def test_from_the_first_to_the_last(server: Server) -> None:
    owner = await server.person("sharer")
    album = await an_album(server)
    made = await owner.ask("POST", PATH, 201, json={"items": [album], "description": "For the drive"})
    share = made.json()
    assert made.headers["location"] == f"{PATH}/{share['id']}"
    assert made.headers["cache-control"] == "no-store"
    assert share["url"].startswith("http://test/share/")
    assert share["items"] == [{**album, "name": "First"}]
    detail = await owner.get(f"{PATH}/{share['id']}")
    assert [track["title"] for track in detail["tracks"]] == ["Song 1", "Song 2", "Song 3"]
    assert detail["complete"]
    assert (await owner.get(PATH))["items"] == [share]
    timed = await owner.patch(f"{PATH}/{share['id']}", {"expires_at": "2100-01-01T01:00:00+01:00"})
    assert (timed["expires_at"], timed["description"]) == ("2100-01-01T00:00:00Z", "For the drive")
    changed = await owner.patch(f"{PATH}/{share['id']}", {"expires_at": None, "allow_download": True})
    assert (changed["expires_at"], changed["allow_download"]) == (None, True)
    bare = await owner.patch(f"{PATH}/{share['id']}", {"description": None})
    assert (bare["description"], bare["allow_download"], bare["url"]) == (None, True, share["url"])
    await owner.delete(f"{PATH}/{share['id']}")
    await owner.get(f"{PATH}/{share['id']}", 404)
    await owner.delete(f"{PATH}/{share['id']}", 404)
    assert (await owner.get(PATH))["items"] == []


async def test_pages(server: Server) -> None:
    owner = await server.person("sharer of much")
    made = [(await shared(owner, await an_album(server)))["id"] for _ in range(3)]
    first = await owner.ask("GET", PATH, params={"limit": 2})
    assert 'rel="next"' in first.headers["link"]
    second = await owner.get(PATH, params={"limit": 2, "cursor": first.json()["next"]})
    assert [one["id"] for one in first.json()["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    await owner.get(PATH, 422, params={"cursor": "WyJ4Il0"})
    await owner.get(PATH, 422, params={"cursor": "nonsense"})


async def test_whose_they_are(server: Server) -> None:
    mine = await shared(server.user, await an_album(server))
    other = await server.person("nosy")
    for method, body in (("GET", None), ("PATCH", {"description": "x"}), ("DELETE", None)):
        await other.ask(method, f"{PATH}/{mine['id']}", 404, json=body)
    assert (await other.get(PATH))["items"] == []
    assert mine["id"] in [one["id"] for one in (await server.admin.get(PATH))["items"]]
    assert (await server.admin.get(f"{PATH}/{mine['id']}"))["owner"] == "listener"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"items": []}, 422),
        ({"items": [{"kind": "album", "id": str(uuid4())}]}, 404),
        ({"items": [{"kind": "genre", "id": str(uuid4())}]}, 422),
        ({"items": [{"kind": "album", "id": str(uuid4())}] * 1001}, 422),
        ({"items": "ALBUM", "expires_at": "2020-01-01T00:00:00Z"}, 422),
        ({"items": "ALBUM", "expires_at": "2100-01-01T00:00:00"}, 422),
        ({"items": "ALBUM", "description": "x" * 2001}, 422),
        ({"items": "ALBUM", "description": "a\0b"}, 422),
        ({"items": "ALBUM", "token": "mine"}, 422),
    ],
)
async def test_what_cannot_be_shared(server: Server, body: dict[str, Any], status: int) -> None:
    if body["items"] == "ALBUM":
        body = {**body, "items": [await an_album(server)]}
    await server.user.post(PATH, body, status)
