"""Albums, artists and playlists as one file, over the native API, over Subsonic, and over a connection."""

import io
import zipfile
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from tests.support.listening import listening
from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def item(server: Server, kinds: str, title: str) -> str:
    found = await server.user.get(f"/api/v1/{kinds}", params={"q": title})
    return str(found["items"][0]["id"])


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(("kinds", "title"), [("albums", "First"), ("artists", "Ann Ash")])
async def test_all_files_as_they_are(server: Server, kinds: str, title: str) -> None:
    path = f"/api/v1/{kinds}/{await item(server, kinds, title)}/download"
    answer = await server.user.ask("GET", path)
    assert answer.headers["content-type"] == "application/zip"
    assert int(answer.headers["content-length"]) == len(answer.content)
    files = unpacked(answer.content)
    songs = [content for name, content in files.items() if name.endswith(".flac")]
    assert songs == [(server.music / "Ann" / f"{number}.flac").read_bytes() for number in (1, 2, 3)]
    assert [name.rpartition("/")[2] for name in files][-1] == "cover.jpg"
    head = await server.user.ask("HEAD", path)
    assert (head.content, head.headers["content-length"]) == (b"", answer.headers["content-length"])


async def test_a_playlist_over_a_connection(server: Server) -> None:
    tracks = [await item(server, "tracks", title) for title in ("Tune 2", "Song 1")]
    made = await server.user.post("/api/v1/playlists", {"name": "Mix", "track_ids": tracks}, 201)
    path = f"/api/v1/playlists/{made['id']}/download"
    async with listening(server) as address, AsyncClient(base_url=address) as client:
        answer = await client.get(path, headers=server.user.headers)
        head = await client.head(path, headers=server.user.headers)
    assert answer.headers["content-length"] == head.headers["content-length"] == str(len(answer.content))
    assert [*unpacked(answer.content)][:2] == [
        "Mix/01 Bob Birch - Tune 2.mp3",
        "Mix/02 Ann Ash - Song 1.flac",
    ]


async def test_what_cannot_be_had(server: Server) -> None:
    path = f"/api/v1/albums/{await item(server, 'albums', 'First')}/download"
    await server.nobody.get(path, 401)
    await server.user.get(f"/api/v1/albums/{uuid4()}/download", 404)
    await server.user.get(f"/api/v1/playlists/{uuid4()}/download", 404)
    await server.user.get(f"/api/v1/genres/{uuid4()}/download", 422)
    made = await server.user.post("/api/v1/playlists", {"name": "Empty"}, 201)
    await server.user.get(f"/api/v1/playlists/{made['id']}/download", 404)


async def test_over_subsonic(server: Server) -> None:
    caller = server.user.caller
    assert caller is not None
    key = await server.core.services.app_passwords.reveal_default(caller)
    who: dict[str, Any] = {"u": caller.name, "p": key, "v": "1.16.1", "c": "test", "f": "json"}
    client = server.nobody.client
    album = await item(server, "albums", "First")
    answer = await client.get("/rest/download", params=who | {"id": f"al-{album}"})
    assert len(unpacked(answer.content)) == 4
    assert "attachment" in answer.headers["content-disposition"]
    gone = await client.get("/rest/download", params=who | {"id": f"pl-{uuid4()}"})
    assert gone.json()["subsonic-response"]["error"]["code"] == 70
