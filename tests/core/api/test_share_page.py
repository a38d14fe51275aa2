"""The public side of shares: what a browser, a messenger and somebody hostile get."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
import structlog

from mcma.api.options import ApiOptions
from mcma.services.shares.opened import OpenShares
from tests.support.renditions import heard
from tests.support.server import Server, app_of

pytestmark = pytest.mark.anyio
SIZES = ("1", "119", "120", "-1", "x" * 9)
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TITLE = "<script>alert(\"1\")</script> & 'more'"


async def share(server: Server, *kinds: str, **more: Any) -> dict[str, Any]:
    items = []
    for kind in kinds or ("albums",):
        query = "First" if kind == "albums" else ""
        [one, *_] = (await server.user.get(f"/api/v1/{kind}", params={"q": query}))["items"]
        items.append({"kind": kind[:-1], "id": one["id"]})
    made: dict[str, Any] = await server.user.post("/api/v1/shares", {"items": items, **more}, 201)
    return made


def path_of(made: dict[str, Any]) -> str:
    return str(made["url"]).removeprefix("http://test")


@asynccontextmanager
async def visitor(server: Server, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = app_of(server.core, ApiOptions(**options))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("10.0.0.1", 5))
    async with httpx.AsyncClient(transport=transport, base_url="http://inside", headers=BROWSER) as client:
        yield client


async def test_a_page_for_browsers(server: Server) -> None:
    made = await share(server, description="Two\nlines <b>")
    async with visitor(server) as client:
        answer = await client.get(path_of(made))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    page = answer.text
    assert "<title>First · Ann Ash</title>" in page
    assert "Two\nlines &lt;b&gt;" in page
    assert [page.count(f'<span class="name">Song {n}</span>') for n in (1, 2, 3)] == [1, 1, 1]
    assert "listener" not in page, "the owner's name is half of a login"
    assert "/download" not in page
    assert re.findall(r'(?:src|href)="(?:https?:)?//', page) == [], "nothing from elsewhere"


async def test_the_policy_allows_exactly_the_pages_own_script_and_style(server: Server) -> None:
    async with visitor(server) as client:
        answer = await client.get(path_of(await share(server)))
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        [inside] = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        hashed = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{rule} 'sha256-{hashed}';" in policy
    assert not re.search(r"<[^>]+ (style|on\w+)=", answer.text)


async def test_names_are_text_and_nothing_else(server: Server) -> None:
    listed = await server.user.post("/api/v1/playlists", {"name": TITLE}, 201)
    track = (await server.user.get("/api/v1/tracks"))["items"][0]["id"]
    await server.user.post(f"/api/v1/playlists/{listed['id']}/items", {"track_ids": [track]})
    items = [{"kind": "playlist", "id": listed["id"]}]
    made = await server.user.post("/api/v1/shares", {"items": items, "description": TITLE}, 201)
    async with visitor(server) as client:
        page = (await client.get(path_of(made))).text
        empty = await server.user.post("/api/v1/playlists", {"name": TITLE}, 201)
        items = [{"kind": "playlist", "id": empty["id"]}]
        bare = await server.user.post("/api/v1/shares", {"items": items}, 201)
        nothing = (await client.get(path_of(bare))).text
    for one in (page, nothing):
        assert "<script>alert" not in one
        assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#x27;more&#x27;" in one
    assert "There is nothing here to listen to" in nothing
    assert "<audio" not in nothing


async def test_messengers_find_a_title_a_text_and_a_picture(server: Server) -> None:
    made = await share(server)
    async with visitor(server) as client:
        page = (await client.get(path_of(made))).text
        said = dict(re.findall(r'<meta property="(og:[a-z:]+)" content="([^"]*)">', page))
        assert said["og:title"] == "First · Ann Ash"
        assert said["og:type"] == "music.album"
        assert said["og:description"] == "3 tracks · 1 min"
        assert said["og:url"] == f"http://inside{path_of(made)}"
        picture = await client.get(said["og:image"])
    assert picture.status_code == 200
    assert picture.headers["content-type"].startswith("image/")


async def test_as_data(server: Server) -> None:
    made = await share(server, "albums", "tracks", expires_at="2100-01-01T00:00:00Z", allow_download=True)
    async with visitor(server) as client:
        found = (await client.get(f"{path_of(made)}.json")).json()
        asked = await client.get(path_of(made), headers={"accept": "application/json"})
        assert asked.json() == found
        assert asked.headers["vary"] == "Accept"
        for track in found["tracks"]:
            for what in ("stream", "download", "cover"):
                assert (await client.get(track[what])).status_code == 200
    assert [one["title"] for one in found["tracks"]][:3] == ["Song 1", "Song 2", "Song 3"]
    assert (found["expires_at"], found["complete"]) == ("2100-01-01T00:00:00Z", True)
    assert found["song_count"] == len(found["tracks"])
    assert not {"owner", "owner_id", "path"} & (found.keys() | found["tracks"][0].keys())


async def test_sound_in_parts_and_for_every_browser(server: Server, tmp_path: Path) -> None:
    made = await share(server)
    original = (server.music / "Ann" / "1.flac").read_bytes()
    async with visitor(server) as client:
        [first, *_] = (await client.get(f"{path_of(made)}.json")).json()["tracks"]
        whole = await client.get(first["stream"])
        assert whole.content == original
        assert whole.headers["content-type"] == "audio/flac"
        assert whole.headers["x-robots-tag"] == "noindex, nofollow"
        assert "content-disposition" not in whole.headers
        part = await client.get(first["stream"], headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, original[10:20])
        looked = await client.head(first["stream"], params={"format": "mp3"})
        assert (looked.status_code, looked.headers["content-type"]) == (200, "audio/mpeg")
        plain = await client.get(first["stream"], params={"format": "mp3"})
        assert heard(plain.content, tmp_path).codec == "mp3"
        assert (await client.get(first["stream"], params={"format": "flac"})).status_code == 422


async def test_saving_needs_leave(server: Server) -> None:
    made = await share(server)
    async with visitor(server) as client:
        [first, *_] = (await client.get(f"{path_of(made)}.json")).json()["tracks"]
        assert first["download"] is None
        refused = await client.get(f"{first['stream']}/download")
        assert refused.status_code == 403
        assert refused.json()["detail"] == "This share is for listening only."
        await server.user.patch(f"/api/v1/shares/{made['id']}", {"allow_download": True})
        assert f"tracks/{first['id']}/download" in (await client.get(path_of(made))).text
        saved = await client.get(f"{first['stream']}/download")
    assert saved.headers["content-disposition"].startswith("attachment")
    assert saved.content == (server.music / "Ann" / "1.flac").read_bytes()


async def test_pictures_come_in_few_sizes(server: Server) -> None:
    place = f"{path_of(await share(server))}/cover"
    async with visitor(server) as client:
        answers = [
            await client.get(place, params={"size": size}) for size in ("1", "119", "120", "-1", "x" * 9)
        ]
        assert {one.status_code for one in answers} == {200}
        assert len({one.headers["etag"] for one in answers}) == 2
        kept = await client.get(place, headers={"if-none-match": answers[3].headers["etag"]})
        assert (kept.status_code, kept.content) == (304, b"")
        looked = await client.head(place)
        assert (looked.content, looked.headers["etag"]) == (b"", answers[3].headers["etag"])


async def test_opening_the_page_is_a_visit_and_looking_is_none(server: Server) -> None:
    made = await share(server)
    open_shares: OpenShares = server.core.services.open_shares
    async with visitor(server) as client:
        await client.head(path_of(made))
        await client.get(f"{path_of(made)}/cover")
        await open_shares.close()
        before = await server.user.get(f"/api/v1/shares/{made['id']}")
        for _ in range(3):
            await client.get(path_of(made))
        await open_shares.close()
    after = await server.user.get(f"/api/v1/shares/{made['id']}")
    assert (before["visits"], before["last_visited_at"]) == (0, None)
    assert after["visits"] == 3
    assert after["last_visited_at"] is not None
    assert after["rev"] == before["rev"]


async def test_a_link_that_leads_nowhere(server: Server) -> None:
    made = await share(server)
    await server.user.delete(f"/api/v1/shares/{made['id']}")
    below = ["", ".json", "/cover", f"/cover/{uuid4()}", f"/tracks/{uuid4()}", f"/tracks/{uuid4()}/download"]
    pages = []
    async with visitor(server) as client:
        for token in (path_of(made), "/share/" + "0" * 26, "/share/x", "/share/%00", "/share/%ff%fe"):
            for rest in below:
                answer = await client.get(token + rest)
                assert answer.status_code == 404, (token, rest)
                if not rest:
                    pages.append(answer.text)
            assert (await client.post(token)).status_code == 405
    assert len(set(pages)) == 1
    assert "This link leads nowhere" in pages[0]


async def test_nothing_but_what_is_in_it(server: Server) -> None:
    made = await share(server)
    every = {one["title"]: one["id"] for one in (await server.user.get("/api/v1/tracks"))["items"]}
    async with visitor(server) as client:
        for id_ in (every["Tune 1"], uuid4(), "x", "%2e%2e", "0" * 400):
            for where in (f"tracks/{id_}", f"tracks/{id_}/download", f"cover/{id_}"):
                assert (await client.get(f"{path_of(made)}/{where}")).status_code == 404, where


@pytest.mark.parametrize("public", [None, "https://music.example.org", "https://example.org/deep"])
async def test_under_a_path_behind_a_proxy(server: Server, public: str | None) -> None:
    made = await share(server)
    where = {None: "https://inside/music", "https://music.example.org": "https://music.example.org/music"}
    options = {"base_path": "/music", "trusted_proxies": ("10.0.0.1",), "public_url": public}
    async with visitor(server, **options) as client:
        headers = {"x-forwarded-proto": "https"}
        for path in (path_of(made), f"/music{path_of(made)}"):
            page = (await client.get(path, headers=headers)).text
            assert f'content="{where.get(public, public)}{path_of(made)}"' in page
            [near, *_] = re.findall(r'class="track" href="([^"]+)"', page)
            below = path.rsplit("/", 1)[0]
            assert (await client.get(f"{below}/{near}", headers=headers)).status_code == 200
        login = {"authorization": server.user.headers["authorization"], **headers}
        [listed, *_] = (await client.get("/music/api/v1/shares", headers=login)).json()["items"]
    assert listed["url"] == f"{where.get(public, public)}{path_of(made)}"


async def test_the_token_reaches_no_log(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    made = await share(server)
    token = path_of(made).rsplit("/", 1)[1]
    encoded = "".join(f"%{ord(character):02x}" for character in token)
    with structlog.testing.capture_logs() as noted:
        async with visitor(server, base_path="/music") as client:
            for path in (
                f"/share/{token}", f"/music/share/{token}", f"/share/{token}/cover", f"/x//share//{token}",
                f"/SHARE/{token}", f"/%73hare/{encoded}", f"/share/{token}.json", f"/share/{token}/tracks/x",
                f"/share/{token}/", f"/share/{encoded}/tracks/%0aforged",
            ):  # fmt: skip
                await client.get(path)
    told = f"{noted} {capsys.readouterr()}"
    assert "/share/***" in told
    assert token not in told
    assert encoded not in told
    assert "\n" not in "".join(str(one.get("path")) for one in noted)


async def test_an_app_shares_and_the_link_opens(server: Server) -> None:
    secret = await server.user.post("/api/v1/users/me/app-passwords", {"name": f"app {uuid4()}"[:40]}, 201)
    [album] = (await server.user.get("/api/v1/albums", params={"q": "First"}))["items"]
    query = {"apiKey": secret["password"], "f": "json", "c": "test", "v": "1.16.1"}
    async with visitor(server) as client:
        made = await client.get("/rest/createShare", params={**query, "id": f"al-{album['id']}"})
        [share] = made.json()["subsonic-response"]["shares"]["share"]
        assert [one["title"] for one in share["entry"]] == ["Song 1", "Song 2", "Song 3"]
        assert (await client.get(share["url"])).status_code == 200
        listed = (await client.get("/rest/getShares", params=query)).json()["subsonic-response"]
        assert share["id"] in [one["id"] for one in listed["shares"]["share"]]
        gone = await client.get("/rest/deleteShare", params={**query, "id": share["id"]})
        assert gone.json()["subsonic-response"]["status"] == "ok"
        assert (await client.get(share["url"])).status_code == 404


async def test_withdrawn_access_ends_what_plays_at_once(server: Server) -> None:
    owner = await server.person(f"owner {uuid4()}"[:30])
    [track, *_] = (await owner.get("/api/v1/tracks"))["items"]
    items = [{"kind": "track", "id": track["id"]}]
    made = await owner.post("/api/v1/shares", {"items": items}, 201)
    async with visitor(server) as client:
        sound = f"{path_of(made)}/tracks/{track['id']}"
        assert (await client.get(sound)).status_code == 200
        assert owner.caller is not None
        await server.admin.delete(f"/api/v1/libraries/{server.library}/access/{owner.caller.user_id}")
        assert (await client.get(sound)).status_code == 404
        assert "There is nothing here to listen to" in (await client.get(path_of(made))).text
