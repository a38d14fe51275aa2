"""Artists that are one, or several, over the native API; what a copy hears of it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.replica import Replica
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio
API = "/api/v1"


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    async with serving(tmp_path, database_url) as made:
        yield made


@pytest.fixture
async def artists(server: Server) -> dict[str, str]:
    """Ann Ash and Bob Birch."""
    return {one["name"]: one["id"] for one in (await server.user.get(f"{API}/artists"))["items"]}


@pytest.fixture
async def replica(server: Server) -> Replica:
    assert server.user.caller is not None
    made = Replica(server.core.services.sync, server.user.caller)
    await made.begin()
    return made


async def agree(replica: Replica) -> None:
    await replica.follow()
    await replica.agrees()
    fresh = Replica(replica.feed, replica.caller)
    await fresh.begin()
    assert replica.items == fresh.items


async def undo(server: Server, merged: Any, status: int = 200) -> Any:
    return await server.admin.post(f"{API}/merges/{merged['id']}/undo", status=status)


async def test_a_merge_is_followed_by_copies_and_people(
    server: Server, artists: dict[str, str], replica: Replica
) -> None:
    ann, bob = artists["Ann Ash"], artists["Bob Birch"]
    user = server.user
    await user.put(f"{API}/likes/artist/{bob}")
    await user.put(f"{API}/ratings/artist/{bob}", {"rating": 5})
    tunes = (await user.get(f"{API}/artists/{bob}/tracks"))["items"]
    play = {"track_id": tunes[0]["id"], "at": "2026-01-01T10:00:00Z"}
    await user.post(f"{API}/plays", {"plays": [play]}, 204)
    await replica.follow()
    before = replica.of("user_item@1")
    merged = await server.admin.post(f"{API}/artists/{bob}/merge", {"into": ann})
    assert (merged["kind"], merged["loser"]["name"], merged["winner"]["id"]) == ("artist", "Bob Birch", ann)
    assert merged["can_undo"]
    await agree(replica)
    assert replica.gone[f"catalog:{server.library}", "artist@1", bob] == ("merged", ann)
    one = await user.get(f"{API}/artists/{bob}")
    assert (one["id"], one["album_count"], one["song_count"]) == (ann, 2, 5)
    assert (one["user"]["rating"], one["user"]["play_count"]) == (5, 1)
    assert one["user"]["liked_at"] is not None
    found = await user.get(f"{API}/search", params={"q": "birch"})
    assert [each["id"] for each in found["artists"]] == [ann], "the other name finds it"
    listed = await server.admin.get(f"{API}/merges?kind=artist")
    assert [each["id"] for each in listed["items"]] == [merged["id"]]
    back = await undo(server, merged)
    assert (back["undone_at"] is not None, back["can_undo"]) == (True, False)
    await agree(replica)
    after = replica.of("user_item@1")
    assert {id_: after[id_] for id_ in before} == before
    assert [(after[id_]["liked_at"], after[id_]["rating"], after[id_]["play_count"])
            for id_ in after.keys() - before.keys()] in ([], [(None, None, 0)])  # fmt: skip
    assert replica.of("artist@1").keys() >= {ann, bob}
    one = await user.get(f"{API}/artists/{bob}")
    assert (one["id"], one["album_count"], one["song_count"], one["user"]["rating"]) == (bob, 1, 2, 5)


async def test_a_split_is_followed_by_copies(
    server: Server, artists: dict[str, str], replica: Replica
) -> None:
    ann = artists["Ann Ash"]
    split = await server.admin.post(f"{API}/artists/{ann}/split", {"names": ["Ann", "Ash"]})
    assert (split["loser"]["id"], split["winner"]["name"]) == (ann, "Ann")
    await agree(replica)
    assert replica.gone[f"catalog:{server.library}", "artist@1", ann] == ("merged", split["winner"]["id"])
    names = {one["name"] for one in replica.of("artist@1").values()}
    assert names == {"Ann", "Ash", "Bob Birch"}
    [track] = (await server.user.get(f"{API}/tracks", params={"q": "Song 1"}))["items"]
    assert [one["name"] for one in track["artists"]] == ["Ann", "Ash"]
    await undo(server, split)
    await agree(replica)
    assert {one["name"] for one in replica.of("artist@1").values()} == {"Ann Ash", "Bob Birch"}


async def test_what_is_refused(server: Server, artists: dict[str, str]) -> None:
    ann, bob = artists["Ann Ash"], artists["Bob Birch"]
    post = server.admin.post
    assert (await post(f"{API}/artists/{ann}/merge", {"into": ann}, 409))["code"] == "same_item"
    assert (await post(f"{API}/artists/{ann}/split", {"names": ["ann ash", "B"]}, 409))["code"] == "cycle"
    await post(f"{API}/artists/{ann}/split", {"names": ["one"]}, 422)
    await post(f"{API}/artists/{ann}/split", {"names": ["one", "ONE"]}, 422)
    await post(f"{API}/artists/{uuid4()}/merge", {"into": ann}, 404)
    await server.user.post(f"{API}/artists/{ann}/merge", {"into": bob}, 403)
    await server.user.post(f"{API}/artists/{ann}/split", {"names": ["A", "B"]}, 403)
    merged = await post(f"{API}/artists/{ann}/merge", {"into": bob})
    assert await post(f"{API}/artists/{ann}/merge", {"into": bob}) == merged
    await undo(server, merged)
    assert (await undo(server, merged, 409))["code"] == "undone_before"


async def test_what_a_person_says_of_an_artist(
    server: Server, artists: dict[str, str], replica: Replica
) -> None:
    path = f"{API}/artists/{artists['Ann Ash']}"
    before = await server.user.get(f"{path}/details")
    assert (before["name"], before["aliases"], before["origins"]) == ("Ann Ash", [], {})
    edit = {"name": "Anne Ashe", "type": "person", "begin": "1951-02", "links": ["https://ann.example/"],
            "aliases": [*({"name": name} for name in ("Zoe", "Ähre", "alpha")),
                        {"name": "A. Ash", "locale": "en"}], "base_rev": before["rev"]}  # fmt: skip
    told = await server.admin.patch(path, edit)
    assert (told["name"], told["type"], told["begin"], told["metadata_status"]) == (
        "Anne Ashe", "person", "1951-02", "manual")  # fmt: skip
    assert told["aliases"][0] == {"name": "A. Ash", "sort_name": None, "locale": "en", "primary": False,
                                  "origin": "person"}  # fmt: skip
    assert [one["name"] for one in told["aliases"]] == ["A. Ash", "Ähre", "alpha", "Zoe"], "on any database"
    assert set(told["origins"].values()) == {"person"}
    assert (await server.admin.patch(path, edit, 409))["code"] == "rev_conflict"
    await agree(replica)
    assert replica.of("artist@1")[artists["Ann Ash"]]["name"] == "Anne Ashe"
    for q in ("anne", "a. ash"):
        found = await server.user.get(f"{API}/search", params={"q": q})
        assert [each["id"] for each in found["artists"]] == [artists["Ann Ash"]]
    back = await server.admin.patch(path, dict.fromkeys(edit.keys() - {"base_rev"}))
    assert {name: back[name] for name in before if name not in ("rev", "updated_at")} == {
        name: before[name] for name in before if name not in ("rev", "updated_at")
    }
    mbid = str(uuid4())
    await server.admin.patch(path, {"mbid": mbid})
    other = f"{API}/artists/{artists['Bob Birch']}"
    assert (await server.admin.patch(other, {"mbid": mbid}, 409))["code"] == "mbid_taken"
    for wrong in ({"links": ["http://a.example"]}, {"begin": "May"}, {"type": "god"}, {"nothing": 1}):
        await server.admin.patch(path, wrong, 422)
    await server.user.patch(path, {"name": "X"}, 403)
    await server.admin.patch(f"{API}/artists/{uuid4()}", {"name": "X"}, 404)


async def test_other_releases_of_an_album_and_when_it_was_first_released(server: Server) -> None:
    user, admin = server.user, server.admin
    tracks = {one["title"]: one for one in (await user.get(f"{API}/tracks"))["items"]}
    for title in ("Song 1", "Song 2", "Song 3"):
        await admin.patch(f"{API}/tracks/{tracks[title]['id']}", {"original_date": "1971-03"})
    edit = {"album": "First", "album_artists": ["Ann Ash"], "album_version": "Deluxe"}
    for title in ("Tune 1", "Tune 2"):
        await admin.patch(f"{API}/tracks/{tracks[title]['id']}", edit)
    tracks = {one["title"]: one for one in (await user.get(f"{API}/tracks"))["items"]}
    first, deluxe = (tracks[title]["album_id"] for title in ("Song 1", "Tune 1"))
    for one, other in ((first, deluxe), (deluxe, first)):
        found = (await user.get(f"{API}/albums/{one}/editions"))["items"]
        assert [each["id"] for each in found] == [other]
    live = await admin.patch(f"{API}/tracks/{tracks['Tune 2']['id']}", {"album_version": "Live"})
    found = (await user.get(f"{API}/albums/{deluxe}/editions"))["items"]
    assert [each["id"] for each in found] == [first, live["album_id"]], "what has no date comes last"
    await user.get(f"{API}/albums/{uuid4()}/editions", 404)
    shown = await user.get(f"{API}/albums/{first}")
    assert (shown["original_date"], shown["date"], shown["year"]) == ("1971-03", "1999-05-01", 1971)

    async def listed(kind: str, **years: int) -> list[str]:
        found = (await user.get(f"{API}/{kind}", params=years))["items"]
        return sorted(one["title"] for one in found)

    songs = ["Song 1", "Song 2", "Song 3"]
    assert await listed("albums", from_original_year=1971, to_original_year=1971) == ["First"]
    assert await listed("tracks", from_original_year=1971) == songs
    assert await listed("tracks", to_original_year=9999) == songs
    assert await listed("tracks", from_original_year=1, to_original_year=9999) == songs
    assert await listed("tracks", from_original_year=1972) == []
    assert await listed("tracks", to_original_year=1970) == []
    await user.get(f"{API}/tracks?from_original_year=10000", 422)


async def test_labels_that_are_one_and_back(server: Server, replica: Replica) -> None:
    user, admin = server.user, server.admin
    tracks = (await user.get(f"{API}/tracks", params={"q": "Song"}))["items"]
    for one in tracks:
        await admin.patch(f"{API}/tracks/{one['id']}", {"labels": ["Little Rec."]})
    known = {one["name"]: one["id"] for one in (await user.get(f"{API}/labels"))["items"]}
    loser, winner = known["Little Rec."], known["Little Records"]
    merged = await admin.post(f"{API}/labels/{loser}/merge", {"into": winner})
    assert (merged["kind"], merged["loser"]["name"], merged["can_undo"]) == ("label", "Little Rec.", True)
    [one] = (await user.get(f"{API}/labels"))["items"]
    assert (one["id"], one["album_count"], one["aliases"]) == (winner, 2, ["Little Rec."])
    listed = (await admin.get(f"{API}/merges?kind=label"))["items"]
    assert listed == [merged] == [await admin.post(f"{API}/labels/{loser}/merge", {"into": winner})]
    assert (await user.get(f"{API}/labels/{loser}"))["id"] == winner
    assert len((await user.get(f"{API}/labels/{loser}/albums"))["items"]) == 2
    await admin.patch(f"{API}/tracks/{tracks[0]['id']}", {"comment": "told again"})
    assert [one["album_count"] for one in (await user.get(f"{API}/labels"))["items"]] == [2]
    await agree(replica)
    assert {one["name"] for one in replica.of("label@1").values()} == {"Little Records"}
    assert (await admin.post(f"{API}/labels/{winner}/merge", {"into": loser}, 409))["code"] == "same_item"
    assert (await undo(server, merged))["undone_at"] is not None
    back = await user.get(f"{API}/labels/{loser}")
    assert (back["id"], back["album_count"], back["aliases"]) == (loser, 1, [])
    assert (await undo(server, merged, 409))["code"] == "undone_before"
    await agree(replica)
    assert {one["name"] for one in replica.of("label@1").values()} == {"Little Records", "Little Rec."}
    await admin.post(f"{API}/labels/{uuid4()}/merge", {"into": winner}, 404)
    await user.post(f"{API}/labels/{loser}/merge", {"into": winner}, 403)


async def test_labels_that_were_merged_one_after_the_other(server: Server) -> None:
    admin, names = server.admin, ["One", "Two", "Three"]
    [track] = (await server.user.get(f"{API}/tracks", params={"q": "Song 1"}))["items"]
    await admin.patch(f"{API}/tracks/{track['id']}", {"labels": names})
    known = {one["name"]: one["id"] for one in (await server.user.get(f"{API}/labels"))["items"]}
    one, two, three = (known[name] for name in names)
    first = await admin.post(f"{API}/labels/{one}/merge", {"into": two})
    second = await admin.post(f"{API}/labels/{two}/merge", {"into": one}, 409)
    assert second["code"] == "same_item"
    second = await admin.post(f"{API}/labels/{two}/merge", {"into": three})
    assert (await admin.post(f"{API}/labels/{three}/merge", {"into": one}, 409))["code"] == "same_item"
    other = known["Little Records"]
    assert (await admin.post(f"{API}/labels/{one}/merge", {"into": other}, 409))["code"] == "merged_before"
    assert (await server.user.get(f"{API}/labels/{one}"))["aliases"] == ["One", "Two"]
    await undo(server, first)
    assert (await server.user.get(f"{API}/labels/{one}"))["id"] == one
    assert (await server.user.get(f"{API}/labels/{two}"))["aliases"] == ["Two"]
    await undo(server, second)
    assert {each["name"] for each in (await server.user.get(f"{API}/labels"))["items"]} >= set(names)
