"""Tracks that are one by an administrator's word, and back; and what follows them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.store.tables.catalogue import libraries, merges, tracks
from mcma.store.tables.listening import user_items
from mcma_plugins.ids import LibraryId
from tests.support.audio import make_audio
from tests.support.replica import Replica
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    async with serving(tmp_path, database_url) as made:
        yield made


@pytest.fixture
async def ids(server: Server) -> list[str]:
    """Song 1 to 3 and Tune 1, 2."""
    found = (await server.user.get("/api/v1/tracks"))["items"]
    return [one["id"] for one in sorted(found, key=lambda one: one["title"])]


@pytest.fixture
async def replica(server: Server) -> Replica:
    assert server.user.caller is not None
    made = Replica(server.core.services.sync, server.user.caller)
    await made.begin()
    return made


async def merge(server: Server, loser: str, winner: str, status: int = 200) -> Any:
    return await server.admin.post(f"/api/v1/tracks/{loser}/merge", {"into": winner}, status)


async def undo(server: Server, merged: Any, status: int = 200) -> Any:
    return await server.admin.post(f"/api/v1/merges/{merged['id']}/undo", status=status)


async def agree(replica: Replica) -> None:
    """What it has followed is what a new copy would be."""
    await replica.follow()
    await replica.agrees()
    fresh = Replica(replica.feed, replica.caller)
    await fresh.begin()
    assert replica.items == fresh.items


async def derived(server: Server) -> Any:
    query = sa.select(*(column for column in user_items.c if column.name != "rev")).order_by(
        user_items.c.item_id
    )
    async with server.database.read() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_everything_follows_and_comes_back(server: Server, ids: list[str], replica: Replica) -> None:
    loser, winner, other = ids[1], ids[0], ids[2]
    user, api = server.user, "/api/v1"
    await user.put(f"{api}/likes/track/{loser}")
    await user.put(f"{api}/ratings/track/{loser}", {"rating": 4})
    play = {"track_id": loser, "at": "2026-01-01T10:00:00Z"}
    await user.post(f"{api}/plays", {"plays": [play]}, 204)
    made = await user.post(f"{api}/playlists", {"name": "P", "track_ids": [loser, other]}, 201)
    await user.put(f"{api}/bookmarks/{loser}", {"position_ms": 700}, 200)
    await user.put(f"{api}/queue", {"track_ids": [other, loser, other], "current_index": 1}, 200)
    await user.put(f"{api}/now-playing", {"track_id": loser, "position_ms": 5})
    shared = await user.post(f"{api}/shares", {"items": [{"kind": "track", "id": loser}]}, 201)
    files = {id_: (await user.get(f"{api}/tracks/{id_}/files"))["items"] for id_ in (loser, winner)}
    await replica.follow()
    before = (await derived(server), replica.of("bookmark@1"), replica.of("play_queue@1"))

    merged = await merge(server, loser, winner)
    assert (merged["loser"]["name"], merged["winner"]["id"], merged["can_undo"]) == ("Song 2", winner, True)
    await agree(replica)
    assert replica.gone[f"catalog:{server.library}", "track@1", loser] == ("merged", winner)
    [mine] = [one for one in replica.of("user_item@1").values() if one["item_kind"] == "track"]
    assert (str(mine["item_id"]), mine["rating"], mine["play_count"]) == (winner, 4, 1)
    assert mine["liked_at"] is not None
    assert {id_: one["position_ms"] for id_, one in replica.of("bookmark@1").items()} == {winner: 700}
    [queue] = replica.of("play_queue@1").values()
    assert queue["track_ids"] == [other, winner, other]
    rows = sorted(replica.of("playlist_item@1").values(), key=lambda one: one["position"])
    assert [str(row["track_id"]) for row in rows] == [winner, other]
    assert {str(one["track_id"]) for one in replica.of("track_file@1").values()} == set(ids) - {loser}
    [playing] = (await user.get(f"{api}/now-playing"))["items"]
    assert playing["track"]["id"] == winner
    share = await user.get(f"{api}/shares/{shared['id']}")
    assert [one["id"] for one in share["tracks"]] == [winner]

    await named_by_the_old_id(server, loser, winner, files[loser][0]["id"])
    back = await undo(server, merged)
    assert (back["undone_at"] is not None, back["can_undo"]) == (True, False)
    await agree(replica)
    assert loser in replica.of("track@1")
    after = (await derived(server), replica.of("bookmark@1"), replica.of("play_queue@1"))
    kept, told = ([row for row in rows if str(row[1]) == loser] for rows in (before[0], after[0]))
    assert (kept, len(kept)) == (told, 1)
    assert after[1][loser]["position_ms"] == 700
    assert [one["track_ids"] for one in after[2].values()] == [one["track_ids"] for one in before[2].values()]
    for id_, held in files.items():
        now = (await user.get(f"{api}/tracks/{id_}/files"))["items"]
        assert [one["id"] for one in now] == [one["id"] for one in held]
    items = (await user.get(f"{api}/playlists/{made['id']}/items"))["items"]
    assert [one["track"]["id"] for one in items][:2] == [loser, other]
    found = (await user.get(f"{api}/search?q=Song 2"))["tracks"]
    assert [one["id"] for one in found] == [loser]
    assert (await user.get(f"{api}/tracks/{loser}"))["album_id"] in replica.of("album@1")


async def named_by_the_old_id(server: Server, loser: str, winner: str, file: str) -> None:
    """A client that has not heard of it means the winner, whatever it does."""
    user, api = server.user, "/api/v1"
    assert (await user.get(f"{api}/tracks/{loser}"))["id"] == winner
    await user.ask("GET", f"{api}/tracks/{loser}/stream", headers={"range": "bytes=0-9"}, status=206)
    await user.ask("GET", f"{api}/tracks/{loser}/cover")
    await user.ask("GET", f"{api}/files/{file}/content", headers={"range": "bytes=0-9"}, status=206)
    await user.put(f"{api}/likes/track/{loser}")
    await user.post(f"{api}/plays", {"plays": [{"track_id": loser, "at": "2026-01-02T10:00:00Z"}]}, 204)
    made = await user.post(f"{api}/playlists", {"name": "Q", "track_ids": [loser]}, 201)
    items = (await user.get(f"{api}/playlists/{made['id']}/items"))["items"]
    assert [one["track"]["id"] for one in items] == [winner]


async def test_what_happens_meanwhile_stays_with_the_winner(
    server: Server, ids: list[str], replica: Replica
) -> None:
    loser, winner = ids[:2]
    user, api = server.user, "/api/v1"
    await user.put(f"{api}/bookmarks/{loser}", {"position_ms": 1}, 200)
    await user.put(f"{api}/queue", {"track_ids": [loser]}, 200)
    merged = await merge(server, loser, winner)
    await user.put(f"{api}/likes/track/{winner}")
    await user.put(f"{api}/bookmarks/{loser}", {"position_ms": 2}, 200)
    await user.put(f"{api}/queue", {"track_ids": [loser, winner]}, 200)
    await undo(server, merged)
    await agree(replica)
    assert [str(one["item_id"]) for one in replica.of("user_item@1").values()] == [winner]
    places = {id_: one["position_ms"] for id_, one in replica.of("bookmark@1").items()}
    assert places == {loser: 1, winner: 2}
    [queue] = replica.of("play_queue@1").values()
    assert queue["track_ids"] == [winner, winner]


@pytest.mark.parametrize("later", ["loser", "winner"])
async def test_of_two_bookmarks_the_later_one_stays(
    server: Server, ids: list[str], replica: Replica, later: str
) -> None:
    loser, winner = ids[:2]
    order = (winner, loser) if later == "loser" else (loser, winner)
    for place, track in enumerate(order):
        await server.user.put(f"/api/v1/bookmarks/{track}", {"position_ms": place}, 200)
    merged = await merge(server, loser, winner)
    await agree(replica)
    assert {id_: one["position_ms"] for id_, one in replica.of("bookmark@1").items()} == {winner: 1}
    await undo(server, merged)
    await agree(replica)
    places = {id_: one["position_ms"] for id_, one in replica.of("bookmark@1").items()}
    assert places == {track: place for place, track in enumerate(order)}


async def test_chains_are_undone_from_their_end(server: Server, ids: list[str], replica: Replica) -> None:
    first, second, third = ids[:3]
    await server.user.put(f"/api/v1/likes/track/{first}")
    begun = await derived(server)
    one = await merge(server, first, second)
    two = await merge(server, second, third)
    await agree(replica)
    assert (await server.user.get(f"/api/v1/tracks/{first}"))["id"] == third
    assert len((await server.user.get(f"/api/v1/tracks/{third}/files"))["items"]) == 3
    assert (await undo(server, one, 409))["code"] == "merged_since"
    await undo(server, two)
    await agree(replica)
    assert (await server.user.get(f"/api/v1/tracks/{first}"))["id"] == second
    assert len((await server.user.get(f"/api/v1/tracks/{second}/files"))["items"]) == 2
    await undo(server, one)
    await agree(replica)
    assert (await undo(server, one, 409))["code"] == "undone_before"
    assert await derived(server) == begun
    listed = await server.admin.get("/api/v1/merges?kind=track&limit=1")
    assert [each["id"] for each in listed["items"]] == [two["id"]]
    following = await server.admin.get(f"/api/v1/merges?kind=track&limit=1&cursor={listed['next']}")
    assert [each["id"] for each in following["items"]] == [one["id"]]
    assert (await server.admin.get(f"/api/v1/merges/{one['id']}"))["undone_at"] is not None


async def test_what_is_refused(server: Server, ids: list[str]) -> None:
    first, second, third = ids[:3]
    merged = await merge(server, first, second)
    assert await merge(server, first, second) == merged, "again is the merge there is"
    assert (await merge(server, second, first, 409))["code"] == "same_item"
    assert (await merge(server, second, second, 409))["code"] == "same_item"
    assert (await merge(server, first, third, 409))["code"] == "merged_before"
    into = await merge(server, third, first)
    assert into["winner"]["id"] == second, "the winner may be named by a loser's id"
    await merge(server, ids[3], str(uuid4()), 404)
    await merge(server, str(uuid4()), ids[3], 404)
    await server.admin.post(f"/api/v1/tracks/{ids[3]}/merge", {"into": "x"}, 422)
    await server.admin.post(f"/api/v1/merges/{uuid4()}/undo", status=404)
    await server.admin.get("/api/v1/merges?cursor=x", 422)
    await server.user.post(f"/api/v1/tracks/{ids[3]}/merge", {"into": second}, 403)
    await server.user.get("/api/v1/merges", 403)


async def test_tracks_of_two_libraries_stay_two(server: Server, ids: list[str]) -> None:
    async with server.database.write() as transaction:
        run, other = transaction.connection.execute, uuid4()
        copied = [column for column in libraries.c if column.name not in ("id", "number", "root")]
        row = (await run(sa.select(*copied))).one()._asdict()
        await run(sa.insert(libraries).values(**row, id=other, number=77))
        await run(sa.update(tracks).where(tracks.c.id == UUID(ids[4])).values(library_id=other))
    assert (await merge(server, ids[4], ids[0], 409))["code"] == "other_library"
    async with server.database.read() as connection:
        assert not (await connection.execute(sa.select(merges))).all()


async def test_albums_that_became_one_by_their_tracks(server: Server, ids: list[str]) -> None:
    for id_ in ids[3:]:
        edit = {"album": "First", "album_artists": ["Ann Ash"]}
        await server.admin.patch(f"/api/v1/tracks/{id_}", edit)
    listed = (await server.admin.get("/api/v1/merges?kind=album"))["items"]
    assert [(one["kind"], one["can_undo"], one["by_user"]) for one in listed] == [("album", False, None)]
    assert (await undo(server, listed[0], 409))["code"] == "cannot_undo"


async def test_a_file_that_was_written_anew_goes_back_too(server: Server, ids: list[str]) -> None:
    await server.admin.patch(f"/api/v1/tracks/{ids[0]}", {"title": "Mine"})
    merged = await merge(server, ids[0], ids[1])
    tags = {
        "title": "Song 1",
        "artist": "Ann Ash",
        "album": "First",
        "albumartist": "Ann Ash",
        "tracknumber": 1,
    }
    make_audio(server.music / "Ann" / "1.flac", fmt="flac", freq=999, tags=tags)
    await scan(server)
    await undo(server, merged)
    shown = [await server.admin.get(f"/api/v1/tracks/{one}") for one in ids[:2]]
    assert [(one["id"], one["title"]) for one in shown] == [(ids[0], "Mine"), (ids[1], "Song 2")]
    files = [await server.admin.get(f"/api/v1/tracks/{one}/files") for one in ids[:2]]
    assert [len(one["items"]) for one in files] == [1, 1]


async def test_albums_follow_what_the_best_file_says_and_come_back(
    server: Server, ids: list[str], replica: Replica
) -> None:
    """Also an album that had no other track, and went meanwhile."""
    tags = {"title": "Tune 1", "artist": "Bob Birch", "album": "Alone", "tracknumber": 7}
    make_audio(server.music / "Alone" / "1.flac", fmt="flac", freq=777, tags=tags)
    await scan(server)
    before = await places(server)
    [alone] = [one["id"] for one in before.values() if one["album"] == "Alone"]
    merged = await merge(server, alone, ids[3])
    after = await places(server)
    told = sorted((one["album"], one["title"], one["of"]) for one in after.values())
    assert (told[0], told[-1]) == (("Alone", "Tune 1", 1), ("Second", "Tune 2", 1))
    await agree(replica)
    await undo(server, merged)
    assert await places(server) == before
    await agree(replica)


async def places(server: Server) -> dict[str, dict[str, Any]]:
    """Each track with its album, which is there."""
    albums = {one["id"]: one for one in (await server.user.get("/api/v1/albums"))["items"]}
    listed = (await server.user.get("/api/v1/tracks"))["items"]
    told = [(one, albums[one["album_id"]]) for one in sorted(listed, key=lambda one: one["id"])]
    return {
        one["id"]: {
            "id": one["id"], "title": one["title"], "album": album["title"], "of": album["song_count"],
            "on": album["id"],
            "says": one["album"],
        }
        for one, album in told
    }  # fmt: skip


async def scan(server: Server) -> None:
    assert server.admin.caller is not None
    [job] = await server.core.services.scans.request(server.admin.caller, [LibraryId(UUID(server.library))])
    assert (await server.core.services.jobs.wait(job, 60)).state == "succeeded"
