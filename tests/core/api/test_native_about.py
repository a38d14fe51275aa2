"""What is told about artists and albums, and pictures without a login, over both APIs."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog

from mcma.services.callers import SYSTEM
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.rest import app_of
from tests.support.server import Server

pytestmark = pytest.mark.anyio
TEXT = "Born in Tryon.\n\nShe <played> & sang."


async def first(server: Server, word: str) -> dict[str, Any]:
    found: dict[str, Any] = (await server.admin.get(f"/api/v1/{word}"))["items"][0]
    return found


@pytest.mark.parametrize("word", ["artists", "albums"])
async def test_a_text_comes_and_goes(server: Server, word: str) -> None:
    id_ = (await first(server, word))["id"]
    path = f"/api/v1/{word}/{id_}/about"
    assert (await server.user.get(path))["told"] is None
    made = await server.admin.put(path, {"text": f" {TEXT}\n"}, 200)
    assert (made["told"]["text"], made["told"]["origin"]) == (TEXT, "person")
    item = ItemRef(ItemKind(word[:-1]), UUID(id_))
    await server.core.services.about.tell(SYSTEM, item, "A plugin's words.", "plugin:wiki")
    assert (await server.user.get(path))["told"]["text"] == TEXT, "a person's stands before"
    app, key = (
        await app_of(server, server.user, f"about-{word}"),
        "biography" if word == "artists" else "notes",
    )
    method = "getArtistInfo2" if word == "artists" else "getAlbumInfo2"
    prefix = "ar" if word == "artists" else "al"
    assert (await app.ask(method, id=f"{prefix}-{id_}"))[key] == TEXT
    await server.admin.ask("DELETE", path)
    assert (await server.user.get(path))["told"]["origin"] == "plugin:wiki"
    await server.core.services.about.tell(SYSTEM, item, None, "plugin:wiki")
    assert key not in await app.ask(method, id=f"{prefix}-{id_}")


async def test_who_may_tell_what(server: Server) -> None:
    path = f"/api/v1/artists/{(await first(server, 'artists'))['id']}/about"
    await server.user.put(path, {"text": "x"}, 403)
    await server.user.ask("DELETE", path, 403)
    for text in ("", " \n ", "x" * 50_001, "a\0b", None):
        await server.admin.put(path, {"text": text}, 422)
    await server.admin.put(f"/api/v1/artists/{uuid4()}/about", {"text": "x"}, 404)
    await server.admin.get(f"/api/v1/albums/{uuid4()}/about", 404)
    await server.admin.get(f"/api/v1/tracks/{uuid4()}/about", 422)
    await server.nobody.get(path, 401)


async def test_pictures_open_without_a_login(server: Server) -> None:
    album = await first(server, "albums")
    pictures = (await server.user.get(f"/api/v1/albums/{album['id']}/about"))["pictures"]
    sizes = []
    for link in (pictures["small"], pictures["medium"], pictures["large"]):
        answer = await server.nobody.ask("GET", link)
        assert answer.headers["content-type"].startswith("image/")
        sizes.append(len(answer.content))
        again = await server.nobody.client.get(link, headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
        head = await server.nobody.client.head(link)
        assert (head.status_code, head.content) == (200, b"")
    own = await server.user.ask("GET", f"/api/v1/albums/{album['id']}/cover", params={"size": 150})
    assert sizes[0] == len(own.content)


@pytest.mark.parametrize("bad", ["x", "A" * 50, "%F0%9F%8E%B5" * 12, "." * 50])
async def test_links_that_are_none(server: Server, bad: str) -> None:
    await server.nobody.get(f"/api/v1/pictures/{bad}", 404)


async def test_a_link_reaches_no_log(server: Server) -> None:
    id_ = (await first(server, "artists"))["id"]
    path = (await server.user.get(f"/api/v1/artists/{id_}/about"))["pictures"]["small"]
    link = path.rpartition("/")[2]
    with structlog.testing.capture_logs() as noted:
        await server.nobody.client.get(path)
        await server.nobody.client.get(path.upper())
    assert [one["path"] for one in noted if "path" in one] == ["/api/v1/pictures/***", "/API/V1/PICTURES/***"]
    assert link not in str(noted)


async def test_apps_get_whole_addresses(server: Server) -> None:
    app = await app_of(server, server.user, "pictures")
    artist, album = await first(server, "artists"), await first(server, "albums")
    song = (await server.user.get(f"/api/v1/albums/{album['id']}/tracks"))["items"][0]
    for method, id_ in (("getArtistInfo", f"ar-{artist['id']}"), ("getArtistInfo2", f"al-{album['id']}"),
                        ("getArtistInfo2", f"tr-{song['id']}"), ("getAlbumInfo", f"al-{album['id']}"),
                        ("getAlbumInfo2", f"tr-{song['id']}")):  # fmt: skip
        info = await app.ask(method, id=id_, includeNotPresent="true", count="0")
        for size in ("small", "medium", "large"):
            address = info[f"{size}ImageUrl"]
            assert address.startswith("http://test/api/v1/pictures/")
            assert (await server.nobody.client.get(address)).status_code == 200
        assert "lastFmUrl" not in info
    await app.refused("getArtistInfo2", 70, id=f"ar-{uuid4()}")
    await app.refused("getAlbumInfo2", 70, id="nonsense")


async def test_below_a_path_and_a_public_address(server: Server) -> None:
    from tests.core.api.test_native_browsers import behind

    app = await app_of(server, server.user, "proxied")
    id_ = (await first(server, "albums"))["id"]
    more: dict[str, Any] = {"base_path": "/music", "public_url": "https://music.example"}
    async with behind(server, **more) as client:
        query = app.query({"id": f"al-{id_}"}, "json")
        answer = await client.get("/music/rest/getAlbumInfo2", params=query)
        address = answer.json()["subsonic-response"]["albumInfo"]["smallImageUrl"]
        assert address.startswith("https://music.example/music/api/v1/pictures/")
        path = address.removeprefix("https://music.example")
        assert (await client.get(path)).status_code == 200
        native = await client.get(f"/music/api/v1/albums/{id_}/about", headers=server.user.headers)
        assert native.json()["pictures"]["small"] == path
