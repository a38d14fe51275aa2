"""What is here twice: found, shown, merged, said to be none, and all of it taken back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from mcma.services.callers import SYSTEM
from mcma.services.identity import duplicates
from mcma.store.queries import duplicates as rows
from mcma.store.tables.catalogue import track_files
from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.ids import JobId, LibraryId
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio
WHERE = "/api/v1/duplicates"
ALIKE = Fingerprint(bytes(place * place * 31 % 253 for place in range(1200)), 60_000)


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    async with serving(tmp_path, database_url) as made:
        yield made


async def tracks(server: Server) -> list[str]:
    found = (await server.user.get("/api/v1/tracks"))["items"]
    return [one["id"] for one in sorted(found, key=lambda one: one["title"])]


async def hear(server: Server, *ids: str, sound: Fingerprint = ALIKE) -> None:
    """These sound alike."""
    async with server.core.database.read() as connection:
        rows = (await connection.execute(track_files.select())).all()
    files = {str(row.track_id): row.id for row in rows}
    for id_ in ids:
        await server.core.services.sounds.soundalikes.fingerprinted(files[id_], sound)


async def listed(server: Server, query: str = "") -> list[Any]:
    found = await server.admin.get(f"{WHERE}{query}")
    return [[track["track_id"] for track in one["tracks"]] for one in found["items"]]


async def test_from_the_sound_to_one_track_and_back(server: Server) -> None:
    one, two, three, *_ = await tracks(server)
    await hear(server, two, one, three)
    [group] = (await server.admin.get(f"{WHERE}?kind=recording"))["items"]
    assert [track["track_id"] for track in group["tracks"]] == sorted([one, two, three])
    assert (group["kind"], group["similarity"]) == ("recording", 1.0)
    file = group["tracks"][0]["files"][0]
    assert file["path"].endswith(file["codec"])
    merged = await server.admin.post(f"{WHERE}/{group['id']}/merge", {"into": two})
    assert (merged["into"], merged["left"], len(merged["merges"])) == (two, [], 2)
    assert await listed(server) == []
    assert len((await server.admin.get(f"{WHERE}/{group['id']}"))["tracks"]) == 1, "it can still be seen"
    problem = await server.admin.post(f"{WHERE}/{group['id']}/merge", {}, 409)
    assert problem["code"] == "same_item"
    for made in reversed(merged["merges"]):
        await server.admin.post(f"/api/v1/merges/{made['id']}/undo")
    assert await listed(server) == [sorted([one, two, three])], "taken back, they are duplicates again"


async def test_what_a_person_says_are_none(server: Server) -> None:
    one, two, three, *_ = await tracks(server)
    await hear(server, one, two)
    [group] = (await server.admin.get(WHERE))["items"]
    said = await server.admin.post(f"{WHERE}/{group['id']}/dismiss")
    assert said["dismissed_at"] is not None
    assert (await listed(server), await listed(server, "?state=dismissed")) == ([], [sorted([one, two])])
    await hear(server, one)
    assert await listed(server) == [], "heard again, it is remembered"
    await server.admin.post(f"{WHERE}/{group['id']}/undo")
    assert await listed(server) == [sorted([one, two])]
    await server.admin.post(f"{WHERE}/{group['id']}/dismiss")
    await hear(server, three)
    assert await listed(server) == [sorted([one, two, three])], "one more asks again"
    shown = (await server.admin.get(f"{WHERE}/{group['id']}"))["tracks"]
    assert {track["track_id"]: track["apart_from"] for track in shown} == {one: [two], two: [one], three: []}
    merged = await server.admin.post(f"{WHERE}/{group['id']}/merge", {"into": three})
    kept, left = merged["merges"][0]["loser"]["id"], merged["left"]
    assert {kept, *left} == {one, two} and len(merged["merges"]) == 1, "those two stay apart"
    assert (await listed(server), await listed(server, "?state=dismissed")) == ([], [sorted([three, *left])])
    problem = await server.admin.post(f"{WHERE}/{group['id']}/merge", {}, 409)
    assert problem["code"] == "said_apart"
    await server.admin.post(f"/api/v1/merges/{merged['merges'][0]['id']}/undo")
    assert await listed(server) == [sorted([one, two, three])]
    await server.admin.post(f"{WHERE}/{group['id']}/undo")
    merged = await server.admin.post(f"{WHERE}/{group['id']}/merge", {"into": three})
    assert (len(merged["merges"]), merged["left"]) == (2, []), "that was taken back as well"


async def test_what_was_said_stands_when_groups_become_one(server: Server) -> None:
    ids = await tracks(server)
    other = Fingerprint(bytes(place * place * 17 % 241 for place in range(1200)), 60_000)
    await hear(server, *ids[:2])
    await hear(server, *ids[2:4], sound=other)
    for group in (await server.admin.get(WHERE))["items"]:
        await server.admin.post(f"{WHERE}/{group['id']}/dismiss")
    await hear(server, ids[2])  # sounds like the first two after all
    [group] = (await server.admin.get(WHERE))["items"]
    apart = {track["track_id"]: track["apart_from"] for track in group["tracks"]}
    assert apart == {ids[0]: [ids[1]], ids[1]: [ids[0]], ids[2]: [ids[3]], ids[3]: [ids[2]]}
    merged = await server.admin.post(f"{WHERE}/{group['id']}/merge", {"into": ids[0]})
    assert (len(merged["merges"]), len(merged["left"])) == (1, 2)


async def test_a_job_finds_equal_sound(server: Server) -> None:
    """Whatever it is called; also in a library folder, where nothing is hidden."""
    copy = server.music / "elsewhere" / "copy.mp3"
    copy.parent.mkdir()
    original = next(path for path in sorted(server.music.rglob("*.mp3")) if path != copy)
    copy.write_bytes(original.read_bytes())
    services = server.core.services
    [scan] = await services.scans.request(SYSTEM, [LibraryId(UUID(server.library))])
    await services.jobs.wait(scan, 20)
    before = len(await tracks(server))
    job = await server.admin.post(f"{WHERE}/find", {"again": True}, 202)
    view = await services.jobs.wait(JobId(UUID(job["id"])), 20)
    assert view.state == "succeeded", view
    [group] = (await server.admin.get(f"{WHERE}?kind=exact"))["items"]
    paths = {file["path"] for track in group["tracks"] for file in track["files"]}
    assert "elsewhere/copy.mp3" in paths
    assert len(paths) == 2
    assert len(await tracks(server)) == before
    assert await listed(server, "?kind=recording") == []


async def test_a_large_group_is_told_in_part(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "SHOWN", 2)
    monkeypatch.setattr(duplicates, "MOST_TRACKS", 3)
    monkeypatch.setattr(rows, "MOST_FILES", 2)
    ids = sorted((await tracks(server))[:5])
    await hear(server, *ids)
    [group] = (await server.admin.get(WHERE))["items"]
    assert ([track["track_id"] for track in group["tracks"]], group["more"]) == (ids[:2], 3)
    shown = await server.admin.get(f"{WHERE}/{group['id']}")
    assert ([track["track_id"] for track in shown["tracks"]], shown["more"]) == (ids[:3], 2)
    merged = await server.admin.post(f"{WHERE}/{group['id']}/merge", {"into": ids[4]})
    assert ([one["loser"]["id"] for one in merged["merges"]], merged["more"]) == (ids[:2], 2)
    merged = await server.admin.post(f"{WHERE}/{group['id']}/merge", {"into": ids[4]})
    assert ([one["loser"]["id"] for one in merged["merges"]], merged["more"]) == (ids[2:4], 0)
    [track] = (await server.admin.get(f"{WHERE}/{group['id']}"))["tracks"]
    assert (len(track["files"]), track["more"]) == (2, 3)


async def test_page_by_page(server: Server) -> None:
    one, two, three, four, *_ = await tracks(server)
    await hear(server, one, two)
    async with server.core.database.read() as connection:
        rows = (await connection.execute(track_files.select())).all()
    other = Fingerprint(bytes(place * place * 17 % 241 for place in range(1200)), 60_000)
    for row in rows:
        if str(row.track_id) in (three, four):
            await server.core.services.sounds.soundalikes.fingerprinted(row.id, other)
    first = await server.admin.get(f"{WHERE}?limit=1")
    second = await server.admin.get(f"{WHERE}?limit=1&cursor={first['next']}")
    assert [len(page["items"]) for page in (first, second)] == [1, 1]
    assert first["items"] != second["items"]


async def test_how_far_it_is(server: Server) -> None:
    one, *others = await tracks(server)
    await hear(server, one)
    told = await server.admin.get(f"{WHERE}/summary")
    assert (told["fingerprints"], told["refused"], told["waiting"]) == (1, 0, len(others))


async def test_what_is_refused(server: Server) -> None:
    one, two, three, *_ = await tracks(server)
    await hear(server, one, two)
    [group] = (await server.admin.get(WHERE))["items"]
    where = f"{WHERE}/{group['id']}"
    assert (await server.admin.post(f"{where}/merge", {"into": three}, 409))["code"] == "not_in_group"
    for method, path in (("get", ""), ("post", "/merge"), ("post", "/dismiss"), ("post", "/undo")):
        more: dict[str, Any] = {"json": {}} if path == "/merge" else {}
        await getattr(server.admin, method)(f"{WHERE}/{UUID(int=1)}{path}", status=404, **more)
        await getattr(server.user, method)(f"{where}{path}", status=403, **more)
    await server.user.get(WHERE, 403)
    await server.user.get(f"{WHERE}/summary", 403)
    await server.user.post(f"{WHERE}/find", {}, 403)


async def test_no_circle_of_merges(server: Server) -> None:
    ids = await tracks(server)

    async def merge(loser: int, winner: int, status: int = 200) -> Any:
        return await server.admin.post(f"/api/v1/tracks/{ids[loser]}/merge", {"into": ids[winner]}, status)

    for one, other, code in ((0, 0, "same_item"),):
        assert (await merge(one, other, 409))["code"] == code
    await merge(0, 1)
    for one, other, code in ((1, 0, "same_item"), (0, 2, "merged_before")):
        assert (await merge(one, other, 409))["code"] == code
    await merge(1, 2)
    for one, other, code in ((2, 0, "same_item"), (2, 1, "same_item"), (1, 3, "merged_before")):
        assert (await merge(one, other, 409))["code"] == code
    assert (await merge(3, 0))["winner"]["id"] == ids[2], "into one that was merged: into what it is now"
    assert (await merge(0, 1))["loser"]["id"] == ids[0], "what was done is done"
