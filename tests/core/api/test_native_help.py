"""The page about app passwords, and what apps hear when a login fails."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mcma.api.options import ApiOptions
from mcma.services.callers import SYSTEM
from tests.support.server import PASSWORD, Server, app_of

pytestmark = pytest.mark.anyio
PATH = "/help/app-passwords"


def client_of(server: Server, **options: Any) -> httpx.AsyncClient:
    app = app_of(server.core, ApiOptions(**options))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=("127.0.0.1", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://music.lan:6262")


async def test_the_page_stands_alone(server: Server) -> None:
    async with client_of(server) as client:
        answer = await client.get(PATH)
        assert (await client.head(PATH)).status_code == 200
    assert answer.status_code == 200
    page, policy = answer.text, answer.headers["content-security-policy"]
    assert "http://music.lan:6262" in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", page)
    assert "{{" not in page
    for tag in ("style", "script"):
        [inside] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "sure() && attempt" in page, "one click alone cuts no app off"
    assert "output:not([hidden])" in page, "the frame of an answer is not there before the answer"
    assert {"default-src 'none'", "form-action 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))


async def test_it_knows_where_the_server_is(server: Server) -> None:
    async with client_of(server, base_path="/music", public_url="https://home.example") as client:
        page = (await client.get(f"/music{PATH}")).text
        assert "https://home.example/music" in page
        assert 'data-root="/music"' in page
        error = (await client.get("/music/rest/ping", params={"u": "x", "p": "y", "f": "json"})).json()
    found = error["subsonic-response"]["error"]
    assert (found["code"], found["helpUrl"]) == (40, f"https://home.example/music{PATH}")


async def test_a_hostile_host_is_shown_and_nothing_more(server: Server) -> None:
    async with client_of(server) as client:
        page = await client.get(PATH, headers={"host": 'x"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text


async def test_the_account_password_leads_to_the_page(server: Server) -> None:
    await server.core.services.users.create(SYSTEM, "typing", PASSWORD)
    async with client_of(server) as client:
        query = {"u": "typing", "p": PASSWORD, "f": "json"}
        told = (await client.get("/rest/ping", params=query)).json()["subsonic-response"]["error"]
        unknown = (await client.get("/rest/ping", params={**query, "u": "nobody"})).json()
        assert unknown["subsonic-response"]["error"] == told
        assert (told["code"], "app password" in told["message"]) == (40, True)
        assert (await client.get(told["helpUrl"])).status_code == 200


async def test_what_the_script_asks_for_is_there(server: Server) -> None:
    """Its addresses and fields, against the API's own description."""
    script = Path("core/src/mcma/api/pages/app_passwords.js").read_text(encoding="utf-8")
    paths = server.nobody.document.document["paths"]
    for method, path in re.findall(r'ask\("([A-Z]+)", "([a-z/-]+?)/?"', script):
        known = {each for each in paths if each.startswith(f"/api/v1/{path}")}
        assert any(method.lower() in paths[each] for each in known), (method, path)
