"""What plugins and persons said of music before a golden database was kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from mcma.store.tables.catalogue import track_files
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.ids import JobId
from tests.support.audio import make_audio
from tests.support.oracle import Oracle, Songbook, oracles_installed, person, release
from tests.support.server import Server, serving

API = "/api/v1"
SETTINGS: dict[str, Any] = {"enrich": "on_request", "enrich_order": ("oracle",), "write_tags": ("all",)}
ALIKE = Fingerprint(bytes(place * place * 31 % 253 for place in range(1200)), 60_000)
OTHERS = Fingerprint(bytes(place * place * 17 % 241 for place in range(1200)), 60_000)


@asynccontextmanager
async def asked_server(folder: Path, url: str) -> AsyncIterator[Server]:
    """One whose plugins know of its music."""
    oracle = Oracle()
    oracle.says = {
        "First": release("r1", date="1999-05-05", genres=["Blues"], labels=["Little Records"]),
        "Second": release("r2", 0.7, date="2011"),
        "Ann Ash": person("a1", area="Oslo", aliases=[{"name": "A. Ash"}]),
    }
    with oracles_installed(folder, oracle, Songbook()):
        async with serving(folder, url, **SETTINGS) as server:
            yield server


async def answers(server: Server) -> None:
    """Two applied, one waiting for a person; and what a person says beside them."""
    admin = server.admin
    albums = {one["title"]: one["id"] for one in (await admin.get(f"{API}/albums"))["items"]}
    artists = {one["name"]: one["id"] for one in (await admin.get(f"{API}/artists"))["items"]}
    items = [{"kind": "album", "id": albums[title]} for title in ("First", "Second")]
    items.append({"kind": "artist", "id": artists["Ann Ash"]})
    await _ended(server, await admin.post(f"{API}/enrichment", {"items": items}, 202))
    await admin.patch(f"{API}/artists/{artists['Ann Ash']}", {"sort_name": "Ash, Ann"})
    await admin.post(f"{API}/artists/{artists['Bob Birch']}/split", {"names": ["Bob", "Birch"]})


async def duplicates(server: Server) -> None:
    """Two tracks that a person says are none, and two that nobody has looked at."""
    tracks = {one["title"]: one["id"] for one in (await server.user.get(f"{API}/tracks"))["items"]}
    async with server.core.database.read() as connection:
        files = {str(row.track_id): row.id for row in await connection.execute(track_files.select())}
    heard = server.core.services.sounds.soundalikes.fingerprinted
    for title in ("Song 2", "Song 3"):
        await heard(files[tracks[title]], ALIKE)
    [group] = (await server.admin.get(f"{API}/duplicates"))["items"]
    await server.admin.post(f"{API}/duplicates/{group['id']}/dismiss")
    for title in ("Tune 1", "Tune 2"):
        await heard(files[tracks[title]], OTHERS)


async def written_tags(server: Server) -> None:
    """Into a managed file."""
    made = server.music.parent / "brought" / "1.mp3"
    make_audio(made, freq=2000, tags={"title": "Brought", "artist": "Tess", "album": "Brought"})
    await _ended(server, await server.admin.post(f"{API}/imports", {"path": str(made.parent)}, 202))
    [track] = (await server.admin.get(f"{API}/tracks?q=Brought"))["items"]
    await server.admin.patch(f"{API}/tracks/{track['id']}", {"genres": ["Folk"]})
    await _ended(
        server,
        await server.admin.post(f"{API}/tag-writes", {"items": [{"type": "track", "id": track["id"]}]}, 202),
    )


async def _ended(server: Server, job: dict[str, Any]) -> None:
    view = await server.core.services.jobs.wait(JobId(UUID(job["id"])), 60)
    assert view.state == "succeeded", view
