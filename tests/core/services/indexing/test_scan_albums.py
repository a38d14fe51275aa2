"""Keys find albums, they never are their ids."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.services.indexing import recounting
from mcma.store.clock import new_id, utcnow
from mcma.store.tables.catalogue import albums, field_values, tracks
from mcma_plugins.values import ItemKind
from tests.support.scanning import Music, insert

pytestmark = pytest.mark.anyio

MBID = "aaaaaaaa-1111-4222-8333-444444444444"
OTHER_MBID = "bbbbbbbb-1111-4222-8333-444444444444"


async def only_album(music: Music) -> Any:
    [album] = (await music.albums()).values()
    return album


@pytest.mark.parametrize(
    "change",
    [{"musicbrainz_albumid": MBID}, {"albumartist": "Berta"}, {"album": "Fixed"}, {"artist": "Berta"}],
    ids=["mbid added", "album artist fixed", "title fixed", "artist fixed"],
)
@pytest.mark.parametrize("newcomer", [False, True], ids=["", "and a new track"])
@pytest.mark.parametrize("folders", [("a",), ("a/CD1", "a/CD2")], ids=["one folder", "two discs"])
async def test_an_album_whose_tracks_all_move_to_an_unused_key_keeps_its_id(
    music: Music, change: dict[str, Any], newcomer: bool, folders: tuple[str, ...]
) -> None:
    for disc, folder in enumerate(folders, 1):
        music.album(folder, f"one{disc} two{disc}", artist="Anna", album="First", discnumber=disc)
    await music.scan()
    before = await only_album(music)
    user = await music.like(before.id, "album")
    for folder in folders:
        music.retag_all(folder, **change)
    if newcomer:
        tags: dict[str, Any] = {"artist": "Anna", "album": "First", "discnumber": 1, **change}
        music.put(f"{folders[0]}/00 new.mp3", title="new", tracknumber=9, **tags)
    await music.scan()
    after = await only_album(music)
    assert (after.id, after.song_count) == (before.id, 2 * len(folders) + newcomer)
    assert (after.album_key == before.album_key) is False
    assert await music.likes(user) == [before.id]


async def test_another_year_changes_the_year_and_nothing_else(music: Music) -> None:
    music.album("a", "one two", artist="Anna", album="First", date="1997")
    await music.scan()
    before = await only_album(music)
    music.retag_all("a", date="1998-02")
    await music.scan()
    after = await only_album(music)
    assert (after.id, after.album_key, after.year, after.date) == (
        before.id,
        before.album_key,
        1998,
        "1998-02",
    )


async def test_counters_are_right_when_they_were_made_in_the_middle(
    music: Music, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow scan counts before its end, when albums become one."""
    monkeypatch.setattr("mcma.services.indexing.recounting.SECONDS", 0)
    monkeypatch.setattr("mcma.services.indexing.recounting._SHARE", 0)
    music.album("a", "one two", artist="Anna", album="First")
    music.album("b", "three", artist="Anna", album="Frist")
    await music.scan()
    music.retag_all("b", album="First")
    await music.scan()
    assert (await only_album(music)).song_count == 3


async def test_albums_that_become_one_are_merged(music: Music) -> None:
    music.album("a", "one two", artist="Anna", album="First")
    music.album("b", "three", artist="Anna", album="Frist")
    await music.scan()
    winner, loser = (await music.albums())["First"], (await music.albums())["Frist"]
    user = await music.like(loser.id, "album")
    music.heard.clear()
    music.retag_all("b", album="First")
    await music.scan()
    after = await only_album(music)
    assert (after.id, after.song_count) == (winner.id, 3)
    assert await music.merges() == [("album", loser.id, winner.id)]
    [row] = await music.rows(albums, albums.c.id == loser.id)
    assert (row.replaced_by, row.deleted_at is None) == (winner.id, False)
    assert await music.likes(user) == [winner.id]
    [merged] = [event for hook, event in music.heard if hook == "items_merged"]
    assert merged == (ItemKind.ALBUM, loser.id, winner.id)


@pytest.mark.parametrize(
    ("moving", "keeps"),
    [("03 three", "First"), ("02 two|03 three", "Other"), ("03 three|04 four", "First")],
    ids=["the smaller part leaves", "the larger part leaves", "halves"],
)
async def test_an_album_that_is_split_stays_with_the_majority(music: Music, moving: str, keeps: str) -> None:
    names = "one two three" if "four" not in moving else "one two three four"
    music.album("a", names, artist="Anna", album="First")
    await music.scan()
    before = await only_album(music)
    for name in moving.split("|"):
        music.retag(f"a/{name}.mp3", album="Other")
    await music.scan()
    found = await music.albums()
    assert found.keys() == {"First", "Other"}
    assert found[keeps].id == before.id


async def test_tracks_that_leave_for_an_album_that_is_there_join_it(music: Music) -> None:
    music.album("a", "one two three", artist="Anna", album="First")
    music.album("b", "four", artist="Anna", album="Second")
    await music.scan()
    before = await music.albums()
    music.retag("a/02 two.mp3", album="Second")
    music.retag("a/03 three.mp3", album="Second")
    await music.scan()
    after = await music.albums()
    assert {title: row.id for title, row in after.items()} == {title: row.id for title, row in before.items()}
    assert (after["First"].song_count, after["Second"].song_count) == (1, 3)
    assert await music.merges() == []


async def test_a_track_without_an_album_is_on_none(music: Music) -> None:
    music.put("Anna/First/01 one.mp3", title="one", artist="Anna")
    await music.scan()
    assert (await music.track("one")).album_id is None
    music.retag("Anna/First/01 one.mp3", album="First")
    await music.scan()
    assert (await music.track("one")).album_id == (await only_album(music)).id
    music.retag("Anna/First/01 one.mp3", album=None)
    await music.scan()
    assert (await music.track("one")).album_id is None
    assert await music.albums() == {}


async def test_editions_are_albums_of_their_own(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna", album="First", musicbrainz_albumid=MBID)
    music.put("b/1.mp3", title="two", artist="Anna", album="First", musicbrainz_albumid=OTHER_MBID)
    await music.scan()
    rows = await music.rows(albums)
    assert {str(row.mbid) for row in rows} == {MBID, OTHER_MBID}


# Albums without an album artist


async def test_one_artist_is_the_album_artist(music: Music) -> None:
    music.album("a", "one two", artist="Anna", album="First")
    await music.scan()
    assert (await only_album(music)).artist == "Anna"


async def test_a_guest_does_not_make_it_various(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna", album="First")
    music.put("a/2.mp3", title="two", artist="Anna feat. Berta", album="First")
    await music.scan()
    assert (await only_album(music)).artist == "Anna"


@pytest.mark.parametrize("flag", [True, False])
async def test_the_flag_or_several_artists_make_it_various(music: Music, flag: bool) -> None:
    compilation: dict[str, Any] = {"compilation": True} if flag else {}
    music.put("a/1.mp3", title="one", artist="Anna", album="Hits", **compilation)
    if not flag:
        music.put("a/2.mp3", title="two", artist="Berta", album="Hits")
    await music.scan()
    album = await only_album(music)
    assert (album.artist, album.song_count) == ("Various Artists", 1 if flag else 2)
    assert (await music.track("one")).artist == "Anna"


async def test_several_artists_in_two_folders_are_two_albums(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna", album="Hits")
    music.put("b/2.mp3", title="two", artist="Berta", album="Hits")
    await music.scan()
    assert {row.artist for row in await music.rows(albums)} == {"Anna", "Berta"}


async def test_a_second_artist_that_comes_later_makes_it_various_and_leaves_it_again(music: Music) -> None:
    music.album("a", "one two", artist="Anna", album="Hits")
    await music.scan()
    before = await only_album(music)
    music.put("a/09 nine.mp3", title="nine", artist="Berta", album="Hits")
    await music.scan()
    various = await only_album(music)
    assert (various.id, various.artist, various.song_count) == (before.id, "Various Artists", 3)
    assert {row.album_artist for row in (await music.tracks()).values()} == {"Various Artists"}

    away = music.root.parent / "nine.mp3"
    (music.root / "a/09 nine.mp3").rename(away)
    await music.scan()
    alone = await only_album(music)
    assert (alone.id, alone.artist, alone.song_count) == (before.id, "Anna", 2)

    away.rename(music.root / "a/09 nine.mp3")
    await music.scan()
    again = await only_album(music)
    assert (again.id, again.artist, again.song_count) == (before.id, "Various Artists", 3)
    assert await music.merges() == []


@pytest.mark.parametrize("way", ["moved", "retagged", "retitled"])
async def test_a_second_artist_that_goes_elsewhere_leaves_it(music: Music, way: str) -> None:
    music.album("a", "one two", artist="Anna", album="Hits")
    music.put("a/09 nine.mp3", title="nine", artist="Berta", album="Hits")
    await music.scan()
    before = await only_album(music)
    if way == "moved":
        music.move("a/09 nine.mp3", "b/09 nine.mp3")
    else:
        music.retag("a/09 nine.mp3", **({"artist": "Anna"} if way == "retagged" else {"album": "Own"}))
    await music.scan()
    rows = {
        (row.title, row.artist): row.id for row in await music.rows(albums, albums.c.deleted_at.is_(None))
    }
    assert rows["Hits", "Anna"] == before.id
    others = {"moved": {("Hits", "Berta")}, "retagged": set(), "retitled": {("Own", "Berta")}}[way]
    assert rows.keys() == {("Hits", "Anna")} | others


# People's word


async def test_what_a_person_set_stays(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna", album="First", tracknumber=1)
    music.put("a/2.mp3", title="two", artist="Anna", album="First", tracknumber=2)
    await music.scan()
    before, album = await music.track("one"), await only_album(music)
    await _say(music, before.id, title="Uno", album="Primo")
    music.retag("a/1.mp3", title="eins", comment="new")
    music.retag("a/2.mp3", comment="new")
    await music.scan()
    after = await music.track("Uno")
    assert (after.id, after.comment, after.metadata_status) == (before.id, "new", "manual")
    assert after.provenance == {"album": "person", "title": "person"}
    found = await music.albums()
    assert found.keys() == {"First", "Primo"}
    assert after.album_id == found["Primo"].id
    assert album.id in {row.id for row in found.values()}
    await music.scan(full=True)
    assert (await music.track("Uno")).album_id == found["Primo"].id
    assert (await music.albums()).keys() == {"First", "Primo"}


async def _say(music: Music, track: UUID, **values: str) -> None:
    rows = [
        {
            "item_id": track,
            "field": name,
            "origin": "person",
            "item_kind": "track",
            "value": value,
            "at": utcnow(),
        }
        for name, value in values.items()
    ]
    await insert(music.database, field_values, *rows)
    async with music.database.write() as transaction:
        here = sa.update(tracks).where(tracks.c.id == track)
        await transaction.connection.execute(here.values(metadata_status="manual"))


async def test_plays_follow_tracks_to_another_album(music: Music) -> None:
    from mcma.store.tables.listening import user_items

    music.album("a", "one two three", artist="Anna", album="First")
    await music.scan()
    album, track = await only_album(music), await music.track("three")
    user, now = await music.like(new_id()), utcnow()
    for item, kind in ((track.id, "track"), (album.id, "album")):
        row = {"user_id": user, "item_id": item, "item_kind": kind, "play_count": 3, "last_played_at": now}
        await insert(music.database, user_items, row)
    music.retag("a/03 three.mp3", album="Other")
    await music.scan()
    other = (await music.albums())["Other"]
    rows = await music.rows(user_items, user_items.c.item_kind == "album")
    counts = {row.item_id: row.play_count for row in rows}
    assert (counts[other.id], counts[album.id]) == (3, 0)


async def test_redirects_never_grow_long(music: Music) -> None:
    for folder, title in (("a", "First"), ("b", "Second"), ("c", "Third")):
        music.album(folder, folder, artist="Anna", album=title)
    await music.scan()
    first, second, third = [(await music.albums())[title].id for title in ("First", "Second", "Third")]
    music.retag_all("a", album="Second")
    await music.scan()
    music.retag_all("a", album="Third")
    music.retag_all("b", album="Third")
    await music.scan()
    assert (await only_album(music)).id == third
    assert await music.merges() == [("album", first, second), ("album", second, third)]
    rows = await music.rows(albums, albums.c.deleted_at.is_not(None))
    assert {row.id: row.replaced_by for row in rows} == {first: third, second: third}


async def test_a_library_is_counted_again_when_its_albums_settle(
    music: Music, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it was counted a moment ago, in the middle of the scan."""
    monkeypatch.setattr(recounting, "SECONDS", 0.0)
    monkeypatch.setattr(recounting, "_SHARE", 0)
    music.album("a", "one two three", artist="Anna", album="First")
    await music.scan()
    music.retag("a/03 three.mp3", album="Second")
    await music.scan()
    music.retag("a/03 three.mp3", album="First")
    await music.scan()
    assert set(await music.albums()) == {"First"}
