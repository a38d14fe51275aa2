"""Numbers over the native API."""

import pytest

from tests.support.server import Server

pytestmark = pytest.mark.anyio


async def test_what_there_is_in_numbers(server: Server) -> None:
    found = await server.user.get("/api/v1/stats")
    assert (found["songs"], found["albums"], found["artists"], found["genres"]) == (5, 2, 2, 2)
    assert found["formats"][0]["suffix"] == "flac"
    assert [(one["decade"], one["albums"], one["songs"]) for one in found["decades"]] == [
        ("1990", 1, 3), ("2010", 1, 2)
    ]  # fmt: skip
    assert [one["songs"] for one in found["months"]] == [5]
    assert [one["name"] for one in found["top_genres"]] == ["Folk", "Jazz"]
    assert found["duration_ms"] > 0
    outsider = await server.person("outsider of numbers")
    assert outsider.caller is not None
    await server.admin.patch(f"/api/v1/users/{outsider.caller.user_id}", {"libraries": []})
    assert (await outsider.get("/api/v1/stats"))["songs"] == 0


async def test_what_i_listened_to_in_numbers(server: Server) -> None:
    listener = await server.person("listener of numbers")
    tracks = (await listener.get("/api/v1/tracks"))["items"]
    reports = [
        {"track_id": tracks[0]["id"], "at": "2026-01-02T10:00:00Z"},
        {"track_id": tracks[0]["id"], "at": "2026-01-03T10:00:00Z"},
        {"track_id": tracks[4]["id"], "at": "2026-01-03T11:00:00Z"},
    ]
    await listener.post("/api/v1/plays", {"plays": reports}, 204)
    when = {"since": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    found = await listener.get("/api/v1/stats/listening", params=when)
    assert [(one["day"], one["plays"]) for one in found["days"]] == [("2026-01-02", 1), ("2026-01-03", 2)]
    assert [(one["track"]["title"], one["plays"]) for one in found["tracks"]] == [
        ("Song 1", 2),
        ("Tune 2", 1),
    ]
    assert [one["album"]["title"] for one in found["albums"]] == ["First", "Second"]
    assert [one["artist"]["name"] for one in found["artists"]] == ["Ann Ash", "Bob Birch"]
    assert (await listener.get("/api/v1/stats"))["mine"][0]["plays"] == 3
    assert [one["title"] for one in (await listener.get("/api/v1/stats"))["most_played"]] == [
        "Song 1", "Tune 2"
    ]  # fmt: skip
    assert (await listener.get("/api/v1/stats/listening"))["plays"] == 0
    await listener.get(
        "/api/v1/stats/listening", 422, params={"since": when["until"], "until": when["since"]}
    )
