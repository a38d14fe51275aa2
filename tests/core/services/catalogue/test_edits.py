"""What a person says about a track wins over its file, and can be taken back."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.settings import load_settings
from mcma.store.clock import new_id
from mcma.wiring import Core, opened
from mcma_plugins.ids import TrackId
from mcma_plugins.values import AlbumQuery, AlbumView, Caller, SearchQuery, TrackView
from tests.support.audio import make_audio

pytestmark = pytest.mark.anyio

TITLES = ("One", "Two", "Three")


@dataclass
class World:
    core: Core
    music: Path

    async def scan(self, **options: Any) -> None:
        [job] = await self.core.services.scans.request(SYSTEM, **options)
        done = await self.core.services.jobs.wait(job, 60)
        assert done.state == "succeeded", done.error

    async def albums(self) -> dict[str, AlbumView]:
        found = await self.core.services.catalogue.albums(SYSTEM, AlbumQuery())
        return {f"{album.artist}: {album.title}": album for album in found}

    async def tracks(self) -> dict[str, TrackView]:
        found: dict[str, TrackView] = {}
        for album in (await self.albums()).values():
            rows = await self.core.services.catalogue.album_tracks(SYSTEM, album.id)
            found |= {row.title: row for row in rows}
        return found

    async def edit(self, track: TrackView, **values: Any) -> TrackView:
        return await self.core.services.edits.edit_track(SYSTEM, track.id, values)


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    music = tmp_path / "music"
    for number, title in enumerate(TITLES, 1):
        make_audio(
            music / f"{number}.mp3", freq=300 + number,
            tags={"title": title, "artist": "Band", "albumartist": "Band", "album": "Record",
                  "tracknumber": number, "date": "1997", "lyrics": f"words of {title}"},
        )  # fmt: skip
    async with opened(load_settings(data_dir=tmp_path / "data", database_url=database_url)) as core:
        await core.services.libraries.add(SYSTEM, music)
        world = World(core, music)
        await world.scan()
        yield world


async def test_an_edit_survives_a_retag_and_a_full_scan(world: World) -> None:
    one = (await world.tracks())["One"]
    edited = await world.edit(one, title="Uno", genres=["Jazz", "Bop"])
    assert (edited.title, edited.genres, edited.metadata_status) == ("Uno", ("Jazz", "Bop"), "manual")
    fields = await world.core.services.edits.fields(SYSTEM, one.id)
    assert {said.user_id for field in fields for said in field.values} == {None}, "of no user who is here"
    tags = {"title": "Retagged", "artist": "Band", "albumartist": "Band", "album": "Record", "tracknumber": 9}
    make_audio(world.music / "1.mp3", freq=301, tags=tags)
    os.utime(world.music / "1.mp3", (1, 1))
    await world.scan(full=True)
    found = (await world.tracks())["Uno"]
    assert (found.id, found.track, found.genres) == (one.id, 9, ("Jazz", "Bop"))


async def test_taking_it_back_gives_what_the_file_says(world: World) -> None:
    one = (await world.tracks())["One"]
    await world.edit(one, title="Uno", comment="mine")
    assert await world.core.services.edits.said(SYSTEM, one.id) == {"title": "Uno", "comment": "mine"}
    back = await world.edit(one, title=None)
    assert (back.title, back.comment, back.metadata_status) == ("One", "mine", "manual")
    back = await world.edit(one, comment=None)
    assert (back.comment, back.metadata_status) == (None, "pending")


async def test_another_album_moves_the_track_and_counters_follow(world: World) -> None:
    before = (await world.albums())["Band: Record"]
    three = (await world.tracks())["Three"]
    await world.edit(three, album="Bonus", artists=["Band", "Guest"])
    albums = await world.albums()
    assert {name: album.song_count for name, album in albums.items()} == {"Band: Record": 2, "Band: Bonus": 1}
    assert albums["Band: Record"].id == before.id
    guest = await world.core.services.catalogue.search(SYSTEM, SearchQuery("guest"))
    assert [artist.song_count for artist in guest.artists] == [1]
    assert [track.id for track in guest.tracks] == [three.id]


async def test_when_all_tracks_are_edited_the_album_keeps_its_id(world: World) -> None:
    before = (await world.albums())["Band: Record"]
    for track in (await world.tracks()).values():
        await world.edit(track, album="Renamed")
    albums = await world.albums()
    assert list(albums) == ["Band: Renamed"]
    assert (await world.core.services.catalogue.album(SYSTEM, before.id)).title == "Renamed"


async def test_lyrics_and_cover_stay(world: World) -> None:
    one = (await world.tracks())["One"]
    await world.edit(one, title="Uno")
    lyrics = await world.core.services.catalogue.lyrics(SYSTEM, one.id)
    assert [line for text in lyrics for _, line in text.lines] == ["words of One"]


async def test_two_people_cannot_overwrite_each_other_unseen(world: World) -> None:
    one = (await world.tracks())["One"]
    edit = world.core.services.edits.edit_track
    results = await asyncio.gather(
        *(edit(SYSTEM, one.id, {"title": title}, base_rev=1) for title in ("A", "B")), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "TrackView"]
    with pytest.raises(Conflict, match="revision"):
        await edit(SYSTEM, one.id, {"title": "C"}, base_rev=1)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"title": ""}, "title"),
        ({"title": 7}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"title": "x" * 1001}, "title"),
        ({"track": 0}, "track"),
        ({"track": True}, "track"),
        ({"track": 10**30}, "track"),
        ({"date": "97"}, "date"),
        ({"date": "1997-13"}, "date"),
        ({"genres": "Jazz"}, "genres"),
        ({"genres": ["x"] * 51}, "genres"),
        ({"bpm": float("nan")}, "bpm"),
        ({"recording_mbid": "nope"}, "recording_mbid"),
        ({"id": "x"}, "id"),
    ],
)
async def test_wrong_values_name_their_field_and_change_nothing(
    world: World, values: dict[str, Any], named: str
) -> None:
    one = (await world.tracks())["One"]
    with pytest.raises(InvalidInput, match=f"^{named} "):
        await world.core.services.edits.edit_track(SYSTEM, one.id, {"comment": "x", **values})
    assert (await world.tracks())["One"].comment is None


async def test_only_admins_edit_and_only_what_exists(world: World) -> None:
    one = (await world.tracks())["One"]
    listener = Caller(SYSTEM.user_id, "listener")
    with pytest.raises(Forbidden):
        await world.core.services.edits.edit_track(listener, one.id, {"title": "x"})
    with pytest.raises(NotFound):
        await world.core.services.edits.edit_track(SYSTEM, TrackId(new_id()), {"title": "x"})
