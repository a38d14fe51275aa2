"""Absurd values in every parameter and every body: an answer below 500, always."""

import random
import re
from typing import Any
from urllib.parse import quote_from_bytes
from uuid import UUID

import httpx2 as httpx
import pytest

from tests.support.server import Person, Server

pytestmark = pytest.mark.anyio
ROUNDS = 6
NO_ID = str(UUID(int=2**128 - 1))
TEXTS: list[bytes] = [
    b"", b"\0", b"a\0b", b"\xed\xa0\x80", b"\xff\xfe", "é\u202e\U0001f3b5".encode(), b"x" * 6000, b"%",
    b"%_\\",
    b"'; DROP TABLE tracks;--", b"-1", b"0", b"1", b"2147483648", b"9" * 40, b"9" * 5000, b"1e400", b"NaN",
    b"-0", b"1.5", b"true", b"null", b"[]", b"title", b"-title", b"--title", b"random", b"../../etc/passwd",
    b"*", b'"', b"\n", "\u0130".encode() * 300, b"\xef\xbb\xbf", NO_ID.encode(),
    NO_ID.replace("-", "").encode(), b"urn:uuid:" + NO_ID.encode(), b"{" + NO_ID.encode() + b"}",
    b"W10", b"WyJ0aXRsZSIsIngiLCJ5Il0",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, "", "a\0b", "x" * 20_000, -1, 0, 1, 2**31, 2**63, 10**30, 1.5, 1e308, [], {}, [None], ["x"],
    [NO_ID], NO_ID, "2020-01-01T00:00:00Z", "99999-01-01T00:00:00Z", {"a": {"b": []}}, [[[[]]]],
]  # fmt: skip
LEFT_OUT = {"events", "login", "change_my_password", "setup", "scan", "start_import", "upload_track"}
"""One never ends, three begin work, the others take their time over passwords."""


def operations(server: Server, *methods: str) -> list[tuple[str, str, dict[str, Any]]]:
    paths = server.nobody.document.document["paths"]
    return [
        (method, path, one)
        for path, found in paths.items()
        for method, one in found.items()
        if method in methods and one["operationId"] not in LEFT_OUT
    ]


async def real_ids(server: Server) -> list[bytes]:
    found = []
    for kind in ("tracks", "albums", "artists", "playlists"):
        page = await server.user.get(f"/api/v1/{kind}")
        found += [one["id"].encode() for one in page["items"][:1]]
    return found


def address(path: str, chosen: dict[str, bytes]) -> str:
    def value(match: re.Match[str]) -> str:
        return quote_from_bytes(chosen.get(match[1], b"x"), safe="") or "%20"

    return re.sub(r"\{(\w+)\}", value, path)


async def send(person: Person, method: str, url: str, **more: Any) -> httpx.Response:
    headers = {**person.headers, **more.pop("headers", {})}
    answer = await person.client.request(method, url, headers=headers, **more)
    assert answer.status_code < 500, (method, url[:300], more, answer.text[:300])
    person.document.check(method, answer)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_parameters_of_what_is_read(server: Server, seed: int) -> None:
    rng = random.Random(seed)
    ids = await real_ids(server)
    for _, path, one in operations(server, "get"):
        for person in (server.user, server.admin):
            chosen: dict[str, bytes] = {}
            query = []
            for parameter in one.get("parameters", []):
                value = rng.choice(TEXTS)
                if parameter["in"] == "path":
                    chosen[parameter["name"]] = rng.choice(ids) if rng.random() < 0.6 else value
                elif rng.random() < 0.4:
                    query.append(f"{parameter['name']}={quote_from_bytes(value, safe='')}")
            await send(person, "GET", f"{address(path, chosen)}?{'&'.join(query)}")


@pytest.mark.parametrize("value", range(len(TEXTS)))
async def test_each_value_in_each_parameter_of_the_largest_list(server: Server, value: int) -> None:
    [tracks] = [one for _, path, one in operations(server, "get") if path == "/api/v1/tracks"]
    for parameter in tracks["parameters"]:
        await send(server.user, "GET", f"/api/v1/tracks?{parameter['name']}={quote_from_bytes(TEXTS[value])}")


def fields(server: Server, one: dict[str, Any]) -> list[str]:
    schema = one["requestBody"]["content"]["application/json"]["schema"]
    name = str(schema).rpartition("/")[2].strip("}]'")
    found: dict[str, Any] = server.nobody.document.document["components"]["schemas"][name]["properties"]
    return list(found)


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_bodies(server: Server, seed: int) -> None:
    rng = random.Random(seed)
    ids = await real_ids(server)
    victim = await server.person(f"victim {seed}")
    assert victim.caller is not None
    chosen = {"user_id": str(victim.caller.user_id).encode(), "kind": b"track", "track_id": ids[0],
              "library_id": server.library.encode(), "item_id": ids[0], "playlist_id": ids[-1]}  # fmt: skip
    for method, path, one in operations(server, "post", "put", "patch"):
        if "application/json" not in one.get("requestBody", {}).get("content", {}):
            continue
        example = {**one["requestBody"]["content"]["application/json"]["example"]}
        body = {**example, rng.choice(fields(server, one)): rng.choice(VALUES)}
        if "users" in path:
            body.pop("password", None)
        for person in (server.user, server.admin):
            for content in (body, rng.choice(VALUES)):
                await send(person, method.upper(), address(path, chosen), json=content)


HEADERS = (
    "range", "if-range", "if-none-match", "if-modified-since", "accept", "x-request-id", "x-forwarded-for",
    "user-agent", "content-type", "origin",
)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
async def test_headers(server: Server, header: str) -> None:
    assert server.user.caller is not None
    where = f"/api/v1/libraries/{server.library}/access/{server.user.caller.user_id}"
    await server.admin.put(where)  # absurd bodies may have withdrawn it
    track = (await server.user.get("/api/v1/tracks"))["items"][0]["id"]
    for text in TEXTS:
        value = text.replace(b"\0", b"").replace(b"\n", b" ")[:4000]
        for path in (f"tracks/{track}/stream", f"tracks/{track}/cover", "users/me"):
            headers = [
                (b"authorization", server.user.headers["authorization"].encode()),
                (header.encode(), value),
            ]
            answer = await server.user.client.get(f"/api/v1/{path}", headers=headers)
            assert answer.status_code < 500, (header, value[:50], answer.text[:200])


@pytest.mark.parametrize("kind", ["m3u", "m3u8", "xspf", "jspf", "csv", "spotify", ""])
async def test_playlist_files(server: Server, kind: str) -> None:
    rng = random.Random(kind)
    pieces = [
        *TEXTS,
        b"#EXTINF:1,a - b\n",
        b"<playlist><trackList><track>",
        b"</track>",
        b"{",
        b"file:///",
        b"C:\\",
        b"Video ID,title;artist\tisrc\n",
        b'{"playlists":[{"items":[',
        b',\t;"',
    ]
    for _ in range(60):
        body = b"".join(rng.choice(pieces) for _ in range(rng.randint(1, 12)))
        answer = await send(
            server.user, "POST", f"/api/v1/playlists/import{f'?format={kind}' if kind else ''}",
            content=body, headers={"content-type": "application/octet-stream"},
        )  # fmt: skip
        if answer.status_code == 201:
            for one in ("m3u", "m3u8", "xspf", "jspf", "csv"):
                await send(server.user, "GET", f"{answer.headers['location']}/export?format={one}")
