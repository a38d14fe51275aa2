"""Playlists as Subsonic apps edit them: by id and by index, beside rows that no app sees."""

from typing import Any
from uuid import UUID

import pytest

from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import tracks
from tests.support.catalogue import set_row
from tests.support.rest import App, app_of
from tests.support.server import Server

pytestmark = pytest.mark.anyio

LISTED = """#EXTM3U
#PLAYLIST:Waits
#EXTINF:60,Nobody - First of none
no/where.mp3
Ann/1.flac
#EXTINF:60,Nobody - Second of none
no/where else.mp3
Ann/2.flac
Ann/3.flac
"""
SMART = {"all": [{"field": "genre", "op": "is", "value": "Folk"}]}


class Apps:
    """One of a user, one of an administrator, and the five songs."""

    def __init__(self, server: Server, user: App, admin: App, songs: dict[str, str]) -> None:
        self.server, self.user, self.admin, self.songs = server, user, admin, songs

    async def titles(self, id_: str, app: App | None = None) -> list[str]:
        found = await (app or self.user).ask("getPlaylist", id=id_)
        assert found["songCount"] == len(found["entry"])
        assert found["duration"] == sum(song["duration"] for song in found["entry"])
        [listed] = [one for one in await self.lists(app) if one["id"] == id_]
        assert (listed["songCount"], listed["duration"]) == (found["songCount"], found["duration"])
        return [song["title"] for song in found["entry"]]

    async def lists(self, app: App | None = None, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await (app or self.user).ask("getPlaylists", **params))["playlist"]
        return found

    async def rows(self, id_: str) -> list[str]:
        """All of them: the titles of songs, and those that wait."""
        found = await self.server.user.get(f"/api/v1/playlists/{id_.removeprefix('pl-')}/items")
        return [(one["track"] or one["claim"])["title"] for one in found["items"]]

    async def waiting(self) -> str:
        answer = await self.server.user.ask("POST", "/api/v1/playlists/import", 201, content=LISTED.encode())
        return f"pl-{answer.json()['playlist']['id']}"

    def ids(self, *titles: str) -> list[str]:
        return [self.songs[title] for title in titles]


_NAMES = iter(range(1000))


@pytest.fixture
async def apps(server: Server) -> Apps:
    name = f"playlists {next(_NAMES)}"
    user, admin = await app_of(server, server.user, name), await app_of(server, server.admin, name)
    found = await user.ask("search3", query="", songCount=10)
    return Apps(server, user, admin, {song["title"]: song["id"] for song in found["song"]})


async def test_rows_that_wait_are_neither_shown_nor_moved_nor_dropped(apps: Apps) -> None:
    id_ = await apps.waiting()
    assert await apps.titles(id_) == ["Song 1", "Song 2", "Song 3"]
    new = apps.ids("Tune 1")
    await apps.user.ask("updatePlaylist", playlistId=id_, songIndexToRemove=[0, 2, 2], songIdToAdd=new)
    assert await apps.titles(id_) == ["Song 2", "Tune 1"]
    assert await apps.rows(id_) == ["First of none", "Second of none", "Song 2", "Tune 1"]
    ordered = apps.ids("Tune 2", "Song 2", "Song 1", "Tune 2")
    made = await apps.user.ask("createPlaylist", playlistId=id_, songId=ordered)
    assert [song["id"] for song in made["entry"]] == ordered
    assert await apps.titles(id_) == ["Tune 2", "Song 2", "Song 1", "Tune 2"]
    assert [one for one in await apps.rows(id_) if "none" in one] == ["First of none", "Second of none"]
    await apps.user.ask("createPlaylist", playlistId=id_)
    assert await apps.titles(id_) == []
    assert await apps.rows(id_) == ["First of none", "Second of none"]


async def test_what_a_client_claims_waits_in_its_place(apps: Apps) -> None:
    made = await apps.user.ask("createPlaylist", name="Claimed", songId=apps.ids("Song 1", "Song 2"))
    path = f"/api/v1/playlists/{made['id'].removeprefix('pl-')}/items"
    claim = {"title": "Third of none", "artists": ["Nobody"]}
    await apps.server.user.post(path, {"items": [{"claim": claim}], "index": 1})
    assert await apps.titles(made["id"]) == ["Song 1", "Song 2"]
    await apps.user.ask("updatePlaylist", playlistId=made["id"], songIndexToRemove=[1], name="Still")
    assert await apps.rows(made["id"]) == ["Song 1", "Third of none"]
    await apps.user.ask("createPlaylist", playlistId=made["id"], songId=apps.ids("Tune 1", "Tune 2"))
    assert await apps.titles(made["id"]) == ["Tune 1", "Tune 2"]
    assert await apps.rows(made["id"]) == ["Tune 1", "Third of none", "Tune 2"]


async def test_one_song_twice_is_two_rows(apps: Apps) -> None:
    made = await apps.user.ask("createPlaylist", name="Twice", songId=apps.ids("Song 1", "Song 2", "Song 1"))
    await apps.user.ask("updatePlaylist", playlistId=made["id"], songIndexToRemove=[2, 99])
    assert await apps.titles(made["id"]) == ["Song 1", "Song 2"]
    await apps.user.ask("updatePlaylist", playlistId=made["id"], songIdToAdd=apps.ids("Song 1") * 2000)
    assert len(await apps.titles(made["id"])) == 2002
    every_second = list(range(1, 2002, 2))
    await apps.user.ask("updatePlaylist", playlistId=made["id"], songIndexToRemove=every_second)
    assert await apps.titles(made["id"]) == ["Song 1"] * 1001


async def test_names_and_comments(apps: Apps) -> None:
    made = await apps.user.ask("createPlaylist", name=" A <b> ", songId=apps.ids("Song 1"))
    change = {"name": "\U0001f3b5", "comment": "why", "public": "true"}
    await apps.user.ask("updatePlaylist", playlistId=made["id"], **change)
    found = await apps.user.ask("getPlaylist", id=made["id"])
    assert (made["name"], found["name"], found["comment"], found["public"]) == (
        "A <b>", "\U0001f3b5", "why", True,
    )  # fmt: skip
    await apps.user.ask("updatePlaylist", playlistId=made["id"], comment="", name="")
    found = await apps.user.ask("getPlaylist", id=made["id"])
    assert (found["name"], found["comment"], found["public"]) == ("\U0001f3b5", "", True)
    assert found["changed"] > made["changed"]


async def test_a_refused_change_changes_nothing(apps: Apps) -> None:
    made = await apps.user.ask("createPlaylist", name="Kept", songId=apps.ids("Song 1"))
    id_, other = made["id"], apps.ids("Song 2")
    await apps.user.refused("createPlaylist", 0, playlistId=id_, songId=other, name=" ")
    await apps.user.refused("createPlaylist", 70, playlistId=id_, songId=[*other, "tr-x"])
    await apps.user.refused("updatePlaylist", 70, playlistId=id_, songIdToAdd=[*other, "al-1"])
    await apps.user.refused("updatePlaylist", 0, playlistId=id_, songIdToAdd=other, songIndexToRemove="-1")
    await apps.user.refused("updatePlaylist", 0, playlistId=id_, songIdToAdd=other * 10_001)
    await apps.user.refused("createPlaylist", 10, songId=other)
    await apps.user.refused("updatePlaylist", 10, name="x")
    assert await apps.titles(id_) == ["Song 1"]
    assert (await apps.user.ask("getPlaylist", id=id_))["name"] == "Kept"


async def test_others_see_what_is_public_and_may_not_change_it(apps: Apps) -> None:
    mine = await apps.admin.ask("createPlaylist", name="Theirs", songId=apps.ids("Song 1"))
    id_ = mine["id"]
    writes = [("updatePlaylist", {"playlistId": id_, "name": "x"}), ("deletePlaylist", {"id": id_}),
              ("createPlaylist", {"playlistId": id_, "songId": apps.ids("Song 2")})]  # fmt: skip
    for method, params in (*writes, ("getPlaylist", {"id": id_})):
        await apps.user.refused(method, 70, **params)
    await apps.admin.ask("updatePlaylist", playlistId=id_, public="true")
    assert await apps.titles(id_) == ["Song 1"]
    for method, params in writes:
        await apps.user.refused(method, 50, **params)
    assert (await apps.user.ask("getPlaylist", id=id_))["readonly"] is True
    ours = await apps.user.ask("createPlaylist", name="Ours")
    await apps.user.ask("updatePlaylist", playlistId=ours["id"], public="true")
    assert (await apps.admin.ask("getPlaylist", id=ours["id"]))["readonly"] is False
    await apps.admin.ask("updatePlaylist", playlistId=ours["id"], songIdToAdd=apps.ids("Song 1"))
    assert await apps.titles(ours["id"]) == ["Song 1"]


async def test_whose_playlists_are_listed(apps: Apps) -> None:
    hidden = await apps.user.ask("createPlaylist", name="Hidden")
    shared = await apps.user.ask("createPlaylist", name="Shared")
    await apps.user.ask("updatePlaylist", playlistId=shared["id"], public="true")
    own = await apps.lists()
    assert {hidden["id"], shared["id"]} <= {one["id"] for one in own}
    for name in ("listener", "LISTENER", ""):
        assert await apps.lists(username=name) == own
    await apps.user.refused("getPlaylists", 50, username="boss")
    await apps.user.refused("getPlaylists", 50, username="nobody at all")
    await apps.admin.refused("getPlaylists", 70, username="nobody at all")
    listed = await apps.lists(apps.admin, username="listener")
    assert {one["owner"] for one in listed} == {"listener"}
    assert shared["id"] in {one["id"] for one in listed}
    assert hidden["id"] not in {one["id"] for one in listed}


async def test_a_smart_playlist_is_read_only(apps: Apps) -> None:
    body = {"name": "Folk", "rules": SMART}
    id_ = f"pl-{(await apps.server.user.post('/api/v1/playlists/smart', body, 201))['id']}"
    found = await apps.user.ask("getPlaylist", id=id_)
    assert sorted(song["title"] for song in found["entry"]) == ["Song 1", "Song 2", "Song 3"]
    assert (found["songCount"], found["readonly"]) == (3, True)
    assert id_ in {one["id"] for one in await apps.lists() if one["readonly"]}
    song = apps.ids("Tune 1")
    for method, params in (
        ("updatePlaylist", {"playlistId": id_, "songIdToAdd": song}),
        ("updatePlaylist", {"playlistId": id_, "songIndexToRemove": 0}),
        ("updatePlaylist", {"playlistId": id_, "name": "x"}),
        ("createPlaylist", {"playlistId": id_, "songId": song}),
        ("deletePlaylist", {"id": id_}),
    ):
        assert "smart" in await apps.user.refused(method, 50, **params)
    assert (await apps.user.ask("getPlaylist", id=id_))["entry"] == found["entry"]


async def test_indexes_are_those_of_what_is_shown(apps: Apps) -> None:
    """A song whose file is missing stays in its place; it may come back."""
    made = await apps.user.ask(
        "createPlaylist", name="Missing", songId=apps.ids("Song 1", "Song 2", "Song 3")
    )
    second = UUID(apps.songs["Song 2"].removeprefix("tr-"))
    await set_row(apps.server.database, tracks, second, missing_since=utcnow())
    shown = await apps.titles(made["id"])
    await apps.user.ask("updatePlaylist", playlistId=made["id"], songIndexToRemove=shown.index("Song 3"))
    await set_row(apps.server.database, tracks, second, missing_since=None)
    assert await apps.titles(made["id"]) == ["Song 1", "Song 2"]
