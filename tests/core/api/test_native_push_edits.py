"""Pushing edits of tracks over HTTP, and what else needs music that is really there."""

from typing import Any

import pytest

from mcma.store.clock import new_id
from tests.support.pushing_phone import Pushing
from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def a_track(server: Server, place: int) -> Any:
    return (await server.admin.get("/api/v1/tracks"))["items"][place]


async def test_an_edit_needs_the_revision_that_was_seen(server: Server) -> None:
    track = await a_track(server, 0)
    device = Pushing(server.admin)

    def edit(rev: int, **fields: Any) -> tuple[str, dict[str, Any]]:
        return "track.edit", {"track_id": track["id"], "base_rev": rev, "fields": fields}

    [first, second] = await device.say(edit(track["rev"], title="Edited"), edit(track["rev"], title="Other"))
    assert (first["status"], first["canonical"]["title"]) == ("applied", "Edited")
    assert (second["status"], second["code"]) == ("rejected", "conflict")
    assert second["canonical"] == first["canonical"]
    shown = await server.admin.get(f"/api/v1/tracks/{track['id']}")
    assert (shown["title"], shown["metadata_status"], shown["rev"]) == (
        "Edited", "manual", first["canonical"]["rev"],
    )  # fmt: skip
    [back] = await device.say(edit(shown["rev"], title=None))
    assert back["canonical"]["title"] == track["title"]


async def test_edits_that_are_refused(server: Server) -> None:
    track, device, user = await a_track(server, 1), Pushing(server.admin), Pushing(server.user)

    def edit(**more: Any) -> tuple[str, dict[str, Any]]:
        return "track.edit", {"track_id": track["id"], "base_rev": track["rev"], **more}

    [forbidden] = await user.say(edit(fields={"title": "x"}))
    assert forbidden["code"] == "forbidden"
    found = await device.say(
        edit(fields={"year": 1}), edit(fields={"track": "x"}), edit(fields={}), edit(), edit(base_rev="1"),
        edit(fields={"title": "a\0b"}), edit(fields={"x" * 100_000: 1}),
        edit(fields={"title": "x"}, track_id=str(new_id())),
    )  # fmt: skip
    assert [one["code"] for one in found] == ["invalid"] * 7 + ["not_found"]
    named = ["data.fields.year", "data.fields.track", "data.fields", "data.fields", "data.base_rev",
             "data.fields.title", "data.fields.xxx"]  # fmt: skip
    for one, field in zip(found, named, strict=False):
        assert one["message"].startswith(field), one
        assert len(one["message"]) < 300
    assert (await a_track(server, 1))["rev"] == track["rev"]


async def test_all_of_it_may_be_pushed(server: Server) -> None:
    told = await server.user.get("/api/v1/sync/capabilities")
    mine = {f"playlist.{name}" for name in ("create", "update", "delete", "add", "move", "remove")}
    assert mine | {"track.edit", "download.request", "review.decide"} <= set(told["events"])


async def test_what_is_here_is_not_asked_for(server: Server) -> None:
    track, device = await a_track(server, 2), Pushing(server.user)
    claim = {"title": track["title"], "artists": [one["name"] for one in track["artists"]],
             "album": track["album"], "duration_ms": track["duration_ms"]}  # fmt: skip
    [found] = await device.say(("download.request", {"claim": claim}))
    assert found["status"] == "applied"
    assert found["canonical"] == {"download_id": None, "state": "have", "track_id": track["id"]}
    assert (await server.user.get("/api/v1/downloads"))["items"] == []


async def test_a_playlist_made_offline(server: Server) -> None:
    track, device = await a_track(server, 2), Pushing(server.user)
    id_, rows = str(new_id()), [str(new_id()) for _ in range(3)]
    items = [
        {"id": rows[0], "position": "V", "track_id": track["id"]},
        {"id": rows[1], "position": "k", "claim": {"title": "Nowhere", "artists": ["Nobody"]}},
        {"id": rows[2], "position": "z", "track_id": track["id"]},
    ]
    of = {"playlist_id": id_}
    found = await device.say(
        ("playlist.create", {**of, "name": "Mix"}), ("playlist.add", {**of, "items": items}),
        ("playlist.move", {**of, "item_id": rows[2], "position": "G"}),
        ("playlist.remove", {**of, "item_ids": [rows[0]]}), ("playlist.update", {**of, "comment": "so"}),
        ("playlist.move", {**of, "item_id": rows[0], "position": "1"}),
    )  # fmt: skip
    assert [one["status"] for one in found] == ["applied"] * 5 + ["superseded"]
    shown = await server.user.get(f"/api/v1/playlists/{id_}")
    assert (shown["name"], shown["comment"], shown["song_count"]) == ("Mix", "so", 1)
    assert found[-1]["canonical"]["rev"] == shown["rev"]
    held = (await server.user.get(f"/api/v1/playlists/{id_}/items"))["items"]
    assert [one["id"] for one in held] == [rows[2], rows[1]]
    other = Pushing(server.admin)
    [theirs] = await other.say(("playlist.delete", of))
    assert theirs["code"] == "not_found"
    gone = await device.say(("playlist.delete", of), ("playlist.update", {**of, "name": "Late"}))
    assert [one["code"] for one in gone] == [None, "playlist_gone"]
