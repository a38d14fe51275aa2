"""Artists: keyed by MusicBrainz id, else by the folded credited name."""

from uuid import UUID

import pytest

from mcma.services.listening.rebuild import rebuild
from mcma.store.clock import new_id, utcnow
from mcma.store.tables.catalogue import artist_libraries, artists, track_artists
from mcma.store.tables.listening import listens, user_items
from mcma_plugins.values import ItemKind
from tests.support.scanning import Music, insert

pytestmark = pytest.mark.anyio

X = "aaaaaaaa-1111-4222-8333-444444444444"
Y = "bbbbbbbb-1111-4222-8333-444444444444"


async def test_spellings_of_one_name_are_one_artist(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Björk")
    music.put("a/2.mp3", title="two", artist="Bjork")
    music.put("a/3.mp3", title="three", artist="björk")
    music.put("a/4.mp3", title="four", artist="Björk")
    await music.scan()
    [artist] = (await music.artists()).values()
    assert artist.name == "Björk"
    assert [row.song_count for row in await music.rows(artist_libraries)] == [4]
    assert (await music.track("two")).artist == "Bjork"


async def test_a_name_gains_an_id_in_place(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna")
    await music.scan()
    before = (await music.artists())["Anna"]
    music.put("a/2.mp3", title="two", artist="Anna", musicbrainz_artistid=X)
    await music.scan()
    [after] = (await music.artists()).values()
    assert (after.id, str(after.mbid)) == (before.id, X)


async def test_a_bare_name_belongs_to_the_artist_that_has_it(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna", musicbrainz_artistid=X)
    await music.scan()
    music.put("a/2.mp3", title="two", artist="Anna")
    await music.scan()
    assert len(await music.artists()) == 1


@pytest.mark.parametrize("together", [True, False])
async def test_two_ids_never_become_one(music: Music, together: bool) -> None:
    music.put("a/1.mp3", title="one", artist="John Williams", musicbrainz_artistid=X)
    if not together:
        await music.scan()
    music.put("a/2.mp3", title="two", artist="John Williams", musicbrainz_artistid=Y)
    await music.scan()
    rows = await music.rows(artists)
    assert {str(row.mbid) for row in rows if row.name == "John Williams"} == {X, Y}
    credited = await music.rows(track_artists)
    assert len({row.artist_id for row in credited}) == 2


async def test_an_artist_with_an_id_is_called_what_most_credits_say(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Prince", artistsort="Prince", musicbrainz_artistid=X)
    music.put("a/2.mp3", title="two", artist="Prince", musicbrainz_artistid=X)
    await music.scan()
    before = (await music.artists())["Prince"]
    for number, title in ((1, "one"), (2, "two")):
        music.retag(f"a/{number}.mp3", title=title, artist="The Artist", artistsort="Artist, The")
    await music.scan()
    [after] = (await music.artists()).values()
    assert (after.id, after.name, after.sort_name) == (before.id, "The Artist", "Artist, The")
    assert (after.sort_key, after.name_key) == ("artist the", "the artist")


async def test_a_name_that_becomes_more_frequent_is_taken_and_a_tie_changes_nothing(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Symbol", musicbrainz_artistid=X)
    await music.scan()
    music.put("a/2.mp3", title="two", artist="Prince", musicbrainz_artistid=X)
    await music.scan()
    assert (await music.artists()).keys() == {"Symbol"}
    music.put("a/3.mp3", title="three", artist="Prince", musicbrainz_artistid=X)
    await music.scan()
    assert (await music.artists()).keys() == {"Prince"}


async def test_one_bare_name_is_not_given_to_two_ids(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna")
    await music.scan()
    music.put("a/2.mp3", title="two", artist="Anna", musicbrainz_artistid=X)
    music.put("a/3.mp3", title="three", artist="Anna", musicbrainz_artistid=Y)
    await music.scan()
    rows = await music.rows(artists)
    assert sorted(str(row.mbid) for row in rows) == [X, Y]


async def test_an_artist_without_an_id_that_is_renamed_keeps_its_id(music: Music) -> None:
    music.album("a", "one two", artist="Ana", album="First")
    await music.scan()
    before, album = (await music.artists())["Ana"], (await music.albums())["First"]
    user = await music.like(before.id, "artist")
    music.heard.clear()
    music.retag_all("a", artist="Anna Z")
    await music.scan()
    [after] = (await music.artists()).values()
    assert (after.id, after.name, after.name_key) == (before.id, "Anna Z", "anna z")
    assert (await music.albums())["First"].id == album.id
    assert await music.likes(user) == [before.id]
    [(kind, loser, winner)] = [m for m in await music.merges() if m[0] == "artist"]
    assert (kind, winner) == ("artist", before.id)
    assert (ItemKind.ARTIST, loser, before.id) in [
        event for hook, event in music.heard if hook == "items_merged"
    ]
    shown = (await music.albums())["First"].details["artists"]
    assert shown == [[str(before.id), "Anna Z", ""]]


async def test_an_artist_that_is_divided_is_not_renamed(music: Music) -> None:
    music.album("a", "one two", artist="Duo", album="First")
    await music.scan()
    music.retag("a/01 one.mp3", artist="Anna")
    music.retag("a/02 two.mp3", artist="Berta")
    await music.scan()
    assert (await music.artists()).keys() == {"Anna", "Berta"}
    assert [m for m in await music.merges() if m[0] == "artist"] == []


async def test_an_artist_that_has_other_songs_left_is_not_renamed(music: Music) -> None:
    music.album("a", "one two", artist="Anna", album="First")
    await music.scan()
    before = (await music.artists())["Anna"]
    music.retag("a/01 one.mp3", artist="Berta")
    await music.scan()
    found = await music.artists()
    assert found.keys() == {"Anna", "Berta"}
    assert found["Anna"].id == before.id


async def test_credits_carry_role_position_and_words(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna feat. Berta", composer="Clara")
    await music.scan()
    names = {row.id: row.name for row in await music.rows(artists)}
    rows = [
        (r.role, r.position, names[r.artist_id], r.name, r.join_phrase)
        for r in await music.rows(track_artists)
    ]
    assert sorted(rows) == [
        ("artist", 0, "Anna", "Anna", " feat. "),
        ("artist", 1, "Berta", "Berta", ""),
        ("composer", 0, "Clara", "Clara", ""),
    ]


async def _played(music: Music) -> dict[str, int]:
    """Plays by artist, before and after all is made anew from the log."""
    found = []
    for _ in range(2):
        names = {row.id: row.name for row in (await music.artists()).values()}
        rows = await music.rows(user_items, user_items.c.item_kind == "artist", user_items.c.play_count > 0)
        assert all(row.last_played_at is not None for row in rows)
        found.append({names[row.item_id]: row.play_count for row in rows})
        await rebuild(music.database)
    assert found[0] == found[1]
    return found[0]


async def _hear(music: Music, user: UUID, track: UUID) -> None:
    now = utcnow()
    row = {"id": new_id(), "user_id": user, "track_id": track, "at": now, "reported_at": now,
           "received_at": now, "source": "s", "source_key": str(track)}  # fmt: skip
    await insert(music.database, listens, row)
    await rebuild(music.database)


async def test_plays_follow_tracks_to_another_artist(music: Music) -> None:
    music.album("a", "one two", artist="Anna", album="First")
    music.album("b", "three", artist="Bea", album="Second")
    await music.scan()
    user = await music.like(new_id())
    for title in ("one", "two"):
        await _hear(music, user, (await music.track(title)).id)
    assert await _played(music) == {"Anna": 2}
    music.retag("a/02 two.mp3", artist="Bea")
    await music.scan()
    assert await _played(music) == {"Anna": 1, "Bea": 1}
    music.retag("a/01 one.mp3", artist="Bea")
    await music.scan()
    assert await _played(music) == {"Bea": 2}


async def test_plays_stay_with_an_artist_that_is_renamed(music: Music) -> None:
    music.album("a", "one two", artist="Ana", album="First")
    await music.scan()
    user = await music.like(new_id())
    await _hear(music, user, (await music.track("one")).id)
    music.retag_all("a", artist="Anna Z")
    await music.scan()
    assert await _played(music) == {"Anna Z": 1}
