"""Pictures of playlists: the albums in them, as far as a reader may see; and what else they come from."""

import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from mcma.domain.errors import NotFound
from mcma.domain.smartrules import parsed
from mcma.services import covers
from mcma.services.covers import Covers
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.playlists.smart_playlists import SmartPlaylists
from mcma.store.engine import Database
from mcma.store.tables.catalogue import tracks
from mcma.store.tables.people import library_access, users
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.values import Caller, CoverImage, ItemKind, ItemRef
from tests.support.catalogue import EPOCH, a_user
from tests.support.scanning import Music, insert

pytestmark = pytest.mark.anyio
COLOURS = {"red": (220, 30, 30), "green": (30, 180, 40), "blue": (30, 40, 220), "gold": (230, 190, 20),
           "far": (10, 10, 10)}  # fmt: skip


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (90, 60)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


class Gallery(NamedTuple):
    covers: Covers
    playlists: PlaylistService
    smart: SmartPlaylists
    music: Music
    boss: Caller
    guest: Caller
    """Sees all but the far album."""

    async def list_of(self, *titles: str) -> PlaylistId:
        listed = {row.title: TrackId(row.id) for row in await self.music.rows(tracks)}
        made = await self.playlists.create(self.boss, "Mix", [listed[title] for title in titles], public=True)
        return made.id

    async def cover(self, who: Caller, id_: PlaylistId, size: int | None = None) -> CoverImage:
        return await self.covers.cover(who, ItemRef(ItemKind.PLAYLIST, id_), size)


@pytest.fixture
async def gallery(database: Database, tmp_path: Path) -> AsyncIterator[Gallery]:
    music = await Music(database, tmp_path / "music", 1).create()
    away = await Music(database, tmp_path / "away", 2).create()
    for place, (name, colour) in enumerate(COLOURS.items()):
        where = away if name == "far" else music
        for number in (1, 2):
            where.put(
                f"{name}/{number}.mp3", title=f"{name} {number}", artist="Ann", album=name, albumartist="Ann",
                sound=10 * place + number, cover=plain(colour),
            )  # fmt: skip
    music.put("bare.mp3", title="bare", artist="Bob", album="Bare", albumartist="Bob")
    await music.scan()
    await away.scan()
    (row, guest), (other, boss) = a_user("guest"), a_user("boss", is_admin=True)
    await insert(database, users, row, other)
    await insert(
        database, library_access, {"user_id": row["id"], "library_id": music.id, "created_at": EPOCH}
    )
    playlists = PlaylistService(database)
    yield Gallery(
        Covers(database, tmp_path / "art"), playlists, SmartPlaylists(database, playlists), music, boss, guest
    )


def corners(image: CoverImage) -> Sequence[str]:
    """The colours nearest to the middles of the four quarters."""
    with Image.open(io.BytesIO(image.data)) as opened:
        picture = opened.convert("RGB")
    side = picture.width
    assert picture.height == side
    spots = [(side // 4 + x * side // 2, side // 4 + y * side // 2) for y in (0, 1) for x in (0, 1)]
    return [_nearest(picture.getpixel(spot)) for spot in spots]


def _nearest(pixel: object) -> str:
    assert isinstance(pixel, tuple)
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(pixel, COLOURS[name], strict=True)))


@pytest.mark.parametrize(
    ("titles", "shown"),
    [
        (
            ["red 1", "red 2", "green 1", "bare", "blue 1", "gold 1", "far 1"],
            ["red", "green", "blue", "gold"],
        ),
        (["gold 2", "red 1", "gold 1", "blue 2"], ["gold", "red", "blue", "gold"]),
        (["blue 1", "red 1"], ["blue", "red", "red", "blue"]),
    ],
)
async def test_the_first_different_albums_in_it(
    gallery: Gallery, titles: list[str], shown: list[str]
) -> None:
    image = await gallery.cover(gallery.boss, await gallery.list_of(*titles), 300)
    assert (corners(image), image.placeholder, image.content_type) == (shown, False, "image/jpeg")
    assert image.kept_seconds == covers.PLAYLIST_SECONDS


async def test_one_album_is_its_picture_and_none_is_drawn(gallery: Gallery) -> None:
    one = await gallery.cover(gallery.boss, await gallery.list_of("red 1", "bare", "red 2"))
    assert one.data == plain(COLOURS["red"])
    for titles in ((), ("bare",)):
        assert (await gallery.cover(gallery.boss, await gallery.list_of(*titles))).placeholder


async def test_as_far_as_a_reader_may_see(gallery: Gallery) -> None:
    made = await gallery.list_of("far 1", "red 1", "green 1", "blue 1")
    assert corners(await gallery.cover(gallery.boss, made)) == ["far", "red", "green", "blue"]
    assert corners(await gallery.cover(gallery.guest, made)) == ["red", "green", "blue", "red"]
    hidden = await gallery.playlists.create(gallery.boss, "Mine", ())
    with pytest.raises(NotFound):
        await gallery.cover(gallery.guest, hidden.id)


async def test_it_changes_with_what_is_in_it_and_only_then(gallery: Gallery) -> None:
    made = await gallery.list_of("red 1", "green 1", "blue 1", "gold 1")
    before = await gallery.cover(gallery.boss, made, 300)
    again = await gallery.cover(gallery.boss, made, 290)
    assert (again.etag, again.data) == (before.etag, before.data), "sizes are snapped, and it is kept"
    assert (await gallery.cover(gallery.boss, made, 600)).etag != before.etag
    await gallery.playlists.edit(gallery.boss, made, remove_at=[0])
    after = await gallery.cover(gallery.boss, made, 300)
    assert after.etag != before.etag
    assert corners(after) == ["green", "blue", "gold", "green"]


async def test_what_was_chosen_comes_before(gallery: Gallery) -> None:
    made = await gallery.list_of("red 1", "green 1")
    album = (await gallery.music.albums())["gold"]
    await gallery.playlists.edit(gallery.boss, made, cover=ItemRef(ItemKind.ALBUM, album.id))
    assert (await gallery.cover(gallery.boss, made)).data == plain(COLOURS["gold"])


async def test_a_smart_playlist(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {"any": [{"field": "album", "op": "is", "value": name} for name in ("far", "red", "gold")],
             "sort": ["-album"]}  # fmt: skip
    made = await gallery.smart.create(gallery.boss, "Rules", parsed(rules), public=True)
    assert corners(await gallery.cover(gallery.boss, made.id)) == ["red", "gold", "far", "red"]
    assert corners(await gallery.cover(gallery.guest, made.id)) == ["red", "gold", "gold", "red"]

    async def never(*_: object) -> list[object]:
        raise AssertionError("rules are not asked again at once")

    monkeypatch.setattr("mcma.services.playlists.smart.held", never)
    await gallery.cover(gallery.boss, made.id)


async def test_rules_that_take_too_long_are_drawn(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await gallery.smart.create(gallery.boss, "Slow", parsed({"all": []}))
    monkeypatch.setattr("mcma.services.playlists.smart.BUDGET_SECONDS", 0.0)
    monkeypatch.setattr("mcma.services.playlists.smart.limited", _ended)
    assert (await gallery.cover(gallery.boss, made.id)).placeholder


def _ended(*_: object) -> object:
    raise TimeoutError


async def test_pictures_that_cannot_be_had_any_more(gallery: Gallery) -> None:
    made = await gallery.list_of("red 1", "green 1", "blue 1")
    for number in (1, 2):
        (gallery.music.root / "green" / f"{number}.mp3").unlink()
    assert corners(await gallery.cover(gallery.boss, made)) == ["red", "blue", "blue", "red"]
