"""Albums, artists and playlists as one file: what is in it, for whom, and what is missing."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from mcma.domain.errors import Forbidden, InvalidInput, NotFound, TooLarge, TooManyRequests, Unavailable
from mcma.domain.smartrules import parsed
from mcma.media.ffmpeg import Ffmpegs
from mcma.services import archives
from mcma.services.archives import Downloads
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.playlists.smart_playlists import SmartPlaylists
from mcma.services.renditions import Bounds, Renditions, Room
from mcma.services.streaming import Streams
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.people import library_access, users
from mcma_plugins.delivery import Downloads as Promised
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller, ItemKind, ItemRef, Right
from tests.support._library_sound import cover_of
from tests.support.catalogue import EPOCH, a_user
from tests.support.jobs import Workshop
from tests.support.scanning import Music, insert

pytestmark = pytest.mark.anyio


class Shop(NamedTuple):
    downloads: Downloads
    playlists: PlaylistService
    smart: SmartPlaylists
    first: Music
    second: Music
    boss: Caller
    guest: Caller
    """Sees the first library alone."""

    async def names(self, caller: Caller, kind: ItemKind, id_: UUID) -> list[str]:
        archive = await self.downloads.archive(caller, ItemRef(kind, id_))
        archive.close()
        return [file.name for file in archive.files]


@pytest.fixture
async def shop(database: Database, tmp_path: Path) -> AsyncIterator[Shop]:
    first = await Music(database, tmp_path / "first", 1).create()
    second = await Music(database, tmp_path / "second", 2).create()
    album: dict[str, Any] = {"artist": "Ann Ash", "album": "First: Light", "albumartist": "Ann Ash"}
    for disc, title in ((1, "One"), (1, "Two"), (2, "Three")):
        first.put(f"{title}.mp3", title=title, discnumber=disc, tracknumber=len(title), **album)
    first.put("cover.mp3", title="With", artist="Bob", album="Seen", albumartist="Bob", cover=cover_of(1))
    second.put("far.mp3", title="Far", artist="Ann Ash", album="Away", albumartist="Ann Ash")
    for music in (first, second):
        await music.scan()
    (row, guest), (other, boss) = a_user("guest"), a_user("boss", is_admin=True)
    await insert(database, users, row, other)
    await insert(
        database, library_access, {"user_id": row["id"], "library_id": first.id, "created_at": EPOCH}
    )
    workshop = Workshop(database)
    renditions = Renditions(
        database, workshop.jobs, Ffmpegs(None), tmp_path / "r", Bounds(1, 1), Room(1, timedelta(1))
    )
    streams, playlists = Streams(database, tmp_path / "artwork", renditions), PlaylistService(database)
    made = Downloads(database, CatalogueService(database), playlists, streams)
    promised: Promised = made
    assert promised is made
    yield Shop(made, playlists, SmartPlaylists(database, playlists), first, second, boss, guest)
    await workshop.stop()


async def test_an_album_in_its_order_with_its_discs(shop: Shop) -> None:
    album = (await shop.first.albums())["First: Light"]
    folder = "Ann Ash - First_ Light"
    assert await shop.names(shop.guest, ItemKind.ALBUM, album.id) == [
        f"{folder}/1-03 One.mp3", f"{folder}/1-03 Two.mp3", f"{folder}/2-05 Three.mp3",
    ]  # fmt: skip
    seen = (await shop.first.albums())["Seen"]
    archive = await shop.downloads.archive(shop.guest, ItemRef(ItemKind.ALBUM, seen.id))
    assert [file.name for file in archive.files] == ["Bob - Seen/With.mp3", "Bob - Seen/cover.jpg"]
    assert archive.files[1].source == cover_of(1)


async def test_an_artist_as_far_as_one_may_see(shop: Shop) -> None:
    artist = (await shop.first.artists())["Ann Ash"]
    near = await shop.names(shop.guest, ItemKind.ARTIST, artist.id)
    assert near == [
        f"Ann Ash/First_ Light/{name}" for name in ("1-03 One.mp3", "1-03 Two.mp3", "2-05 Three.mp3")
    ]
    assert "Ann Ash/Away/Far.mp3" in await shop.names(shop.boss, ItemKind.ARTIST, artist.id)
    away = (await shop.second.albums())["Away"]
    with pytest.raises(NotFound):
        await shop.downloads.archive(shop.guest, ItemRef(ItemKind.ALBUM, away.id))


async def test_a_playlist_in_its_order(shop: Shop) -> None:
    near, far = await shop.first.track("Two"), await shop.second.track("Far")
    made = await shop.playlists.create(
        shop.boss, "Mix/1", [TrackId(far.id), TrackId(near.id), TrackId(far.id)], public=True
    )
    names = await shop.names(shop.boss, ItemKind.PLAYLIST, made.id)
    assert names == ["Mix_1/01 Ann Ash - Far.mp3", "Mix_1/02 Ann Ash - Two.mp3", "Mix_1/03 Ann Ash - Far.mp3"]
    assert await shop.names(shop.guest, ItemKind.PLAYLIST, made.id) == ["Mix_1/01 Ann Ash - Two.mp3"]
    hidden = await shop.playlists.create(shop.boss, "Mine", [TrackId(near.id)])
    with pytest.raises(NotFound):
        await shop.downloads.archive(shop.guest, ItemRef(ItemKind.PLAYLIST, hidden.id))


async def test_a_smart_playlist(shop: Shop) -> None:
    rules = parsed({"all": [{"field": "title", "op": "is", "value": "Two"}]})
    made = await shop.smart.create(shop.boss, "New", rules)
    names = await shop.names(shop.boss, ItemKind.PLAYLIST, made.id)
    assert names == ["New/01 Ann Ash - Two.mp3"]


async def test_what_is_missing_is_left_out_and_noted(shop: Shop) -> None:
    album = (await shop.first.albums())["First: Light"]
    (shop.first.root / "One.mp3").unlink()
    (shop.first.root / "Two.mp3").write_bytes(b"other")
    archive = await shop.downloads.archive(shop.guest, ItemRef(ItemKind.ALBUM, album.id))
    folder = "Ann Ash - First_ Light"
    assert [file.name for file in archive.files] == [
        f"{folder}/2-05 Three.mp3",
        f"{folder}/Missing files.txt",
    ]
    note = archive.files[-1].source
    assert isinstance(note, bytes)
    assert note.decode().splitlines()[2:] == [f"{folder}/1-03 One.mp3", f"{folder}/1-03 Two.mp3"]
    archive.close()
    shutil.rmtree(shop.first.root)
    with pytest.raises(Unavailable, match="None of these"):
        await shop.downloads.archive(shop.guest, ItemRef(ItemKind.ALBUM, album.id))


async def test_so_many_at_a_time_for_each(shop: Shop) -> None:
    item = ItemRef(ItemKind.ALBUM, (await shop.first.albums())["Seen"].id)
    with pytest.raises(NotFound):
        await shop.downloads.archive(shop.guest, ItemRef(ItemKind.ALBUM, new_id()))
    held = [await shop.downloads.archive(shop.guest, item) for _ in range(archives.AT_ONCE)]
    with pytest.raises(TooManyRequests):
        await shop.downloads.archive(shop.guest, item)
    (await shop.downloads.archive(shop.boss, item)).close()
    for _ in range(2):
        held[0].close()
    await shop.downloads.archive(shop.guest, item)
    with pytest.raises(TooManyRequests):
        await shop.downloads.archive(shop.guest, item)


async def test_it_needs_the_right_to_download(shop: Shop) -> None:
    album = (await shop.first.albums())["Seen"]
    for_playing = replace(shop.guest, rights=shop.guest.rights - {Right.DOWNLOAD})
    with pytest.raises(Forbidden):
        await shop.downloads.archive(for_playing, ItemRef(ItemKind.ALBUM, album.id))


async def test_bounds(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    album = (await shop.first.albums())["First: Light"]
    track = await shop.first.track("Two")
    with pytest.raises(InvalidInput):
        await shop.downloads.archive(shop.boss, ItemRef(ItemKind.TRACK, track.id))
    monkeypatch.setattr(archives, "MOST", 2)
    with pytest.raises(TooLarge):
        await shop.downloads.archive(shop.boss, ItemRef(ItemKind.ALBUM, album.id))
    made = await shop.playlists.create(shop.boss, "Three", [TrackId(track.id)] * 3)
    with pytest.raises(TooLarge):
        await shop.downloads.archive(shop.boss, ItemRef(ItemKind.PLAYLIST, made.id))
