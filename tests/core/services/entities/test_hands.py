"""Artists that are one, or several, by a person's word; after every scan, and back."""

import re
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from mcma.domain.credits import VARIOUS_ARTISTS_MBID
from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.services.entities.edits import ArtistEdits
from mcma.services.entities.recrediting import Recrediting, crediting
from mcma.services.indexing.albumplays import listeners
from mcma.store.engine import Database
from mcma.store.tables.catalogue import album_artists, artists, tracks
from mcma.store.tables.machinery import jobs
from mcma_plugins.ids import ArtistId
from mcma_plugins.values import Caller
from tests.support.hands import Hand
from tests.support.plans import plan
from tests.support.scanning import Music
from tests.support.statements import counted

pytestmark = pytest.mark.anyio

X = "aaaaaaaa-1111-4222-8333-444444444444"
Y = "bbbbbbbb-1111-4222-8333-444444444444"


@pytest.fixture
async def hand(music: Music) -> Hand:
    return await Hand(music).create()


async def ids(music: Music) -> dict[str, UUID]:
    return {name: row.id for name, row in (await music.artists()).items()}


async def test_two_spellings_are_one_after_every_scan_until_it_is_undone(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="Prince", album="A", composer="Prince")
    music.put("b/1.mp3", title="two", artist="Symbol", album="B", albumartist="Symbol")
    music.put("b/2.mp3", title="three", artist="Symbol", album="B", albumartist="Symbol")
    await music.scan()
    before, credits = await ids(music), await hand.credits()
    fan = await music.like(before["Symbol"], "artist")
    merge = await hand.merge(before["Symbol"], before["Prince"])
    assert await ids(music) == {"Prince": before["Prince"]}, "called as it was, not as most credits say"
    assert await music.likes(fan) == [before["Prince"]]
    assert (await music.track("two")).details["artists"] == [[str(before["Prince"]), "Symbol", ""]]
    assert (await music.track("two")).artist == "Symbol", "what the tags say is shown"
    assert (await hand.row(before["Symbol"])).replaced_by == before["Prince"]
    music.retag("b/1.mp3", title="two", comment="again")
    music.put("b/3.mp3", title="four", artist="Symbol", album="B", albumartist="Symbol")
    await music.scan(full=True)
    assert await ids(music) == {"Prince": before["Prince"]}
    await hand.undo(merge)
    assert await ids(music) == before
    assert await hand.credits() == {**credits, "four": ["Symbol"]}
    assert await music.likes(fan) == [before["Symbol"]]
    await music.scan(full=True)
    assert await ids(music) == before


async def test_ids_that_a_person_made_one_stay_one(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="Yusuf", musicbrainz_artistid=X)
    music.put("b/1.mp3", title="two", artist="Cat Stevens", musicbrainz_artistid=Y)
    await music.scan()
    before = await ids(music)
    merge = await hand.merge(before["Yusuf"], before["Cat Stevens"])
    music.put("a/2.mp3", title="three", artist="Yusuf Islam", musicbrainz_artistid=X)
    music.put("a/3.mp3", title="four", artist="Yusuf")
    await music.scan()
    assert await ids(music) == {"Cat Stevens": before["Cat Stevens"]}
    await hand.undo(merge)
    assert {name for [name] in (await hand.credits()).values()} == {"Cat Stevens", "Yusuf"}
    assert (await hand.row(before["Yusuf"])).deleted_at is None


async def test_an_artist_is_several_after_every_scan_until_it_is_undone(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="Queen & David Bowie", album="A")
    music.put("a/2.mp3", title="two", artist="Queen", album="Q", composer="Queen & David Bowie")
    await music.scan()
    before, credits = await ids(music), await hand.credits()
    albums = {title: row.id for title, row in (await music.albums()).items()}
    fan = await music.like(before["Queen & David Bowie"], "artist")
    merge = await hand.split(before["Queen & David Bowie"], "Queen", "David Bowie")
    assert await hand.credits() == {
        "one": ["Queen", "David Bowie"], "two": ["Queen", "Queen", "David Bowie"]}  # fmt: skip
    assert (await music.track("one")).artist == "Queen & David Bowie"
    assert await music.likes(fan) == [before["Queen"]]
    assert {title: row.id for title, row in (await music.albums()).items()} == albums
    music.put("b/1.mp3", title="three", artist="Queen & David Bowie")
    await music.scan(full=True)
    assert (await hand.credits())["three"] == ["Queen", "David Bowie"]
    assert (await ids(music)).keys() == {"Queen", "David Bowie"}
    await hand.undo(merge)
    assert await hand.credits() == {**credits, "three": ["Queen & David Bowie"]}
    assert await ids(music) == before
    assert await music.likes(fan) == [before["Queen & David Bowie"]]
    assert {title: row.id for title, row in (await music.albums()).items()} == albums


async def test_what_was_merged_into_an_artist_is_divided_with_it(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="A and B")
    music.put("a/2.mp3", title="two", artist="A + B", musicbrainz_artistid=X)
    await music.scan()
    before = await ids(music)
    first = await hand.merge(before["A and B"], before["A + B"])
    with counted(music.database) as statements:
        second = await hand.split(before["A + B"], "A", "B")
    by_redirect = [one for one in statements if "artists.replaced_by =" in one]
    assert by_redirect and all("artists.id IN" in one for one in by_redirect), "no index has redirects"
    assert await hand.credits() == {"one": ["A", "B"], "two": ["A", "B"]}
    with pytest.raises(Conflict) as refused:
        await hand.undo(first)
    assert refused.value.stable_code == "merged_since"
    await hand.undo(second)
    await hand.undo(first)
    assert await ids(music) == before


async def test_a_part_of_what_was_divided_is_divided_too(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="A and B with C")
    music.put("a/2.mp3", title="two", artist="A and B")
    await music.scan()
    before, credits = await ids(music), await hand.credits()
    whole = await hand.split(before["A and B with C"], "A and B", "C")
    part = await hand.split(before["A and B"], "A", "B")
    assert await hand.credits() == {"one": ["A", "B", "C"], "two": ["A", "B"]}
    assert (await ids(music)).keys() == {"A", "B", "C"}
    with pytest.raises(Conflict) as refused:
        await hand.split((await ids(music))["A"], "A and B with C", "D")
    assert refused.value.stable_code == "cycle"
    await music.scan(full=True)
    assert (await ids(music)).keys() == {"A", "B", "C"}
    await hand.undo(part)
    await hand.undo(whole)
    assert await hand.credits() == credits
    assert (await ids(music)).items() >= before.items()


async def test_names_that_were_divided_before_stand_for_their_parts(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="A and B")
    music.put("a/2.mp3", title="two", artist="A and B with C")
    await music.scan()
    before, credits = await ids(music), await hand.credits()
    first = await hand.split(before["A and B"], "A", "B")
    second = await hand.split(before["A and B with C"], "A and B", "C")
    assert await hand.credits() == {"one": ["A", "B"], "two": ["A", "B", "C"]}
    assert (await hand.row(before["A and B with C"])).replaced_by == (await ids(music))["A"]
    await hand.undo(first)
    assert await hand.credits() == {"one": ["A and B"], "two": ["A and B", "C"]}
    await hand.undo(second)
    assert await hand.credits() == credits


@pytest.mark.parametrize("whose", ["loser", "both"])
async def test_an_id_that_both_were_said_to_have_is_in_nobodys_way(
    music: Music, hand: Hand, whose: str
) -> None:
    """As when an enricher says of two spellings that they are one artist, and a person that they are not."""
    music.put("a/1.mp3", title="one", artist="Anna", musicbrainz_artistid=X if whose == "loser" else None)
    music.put("b/1.mp3", title="two", artist="Hannah")
    await music.scan()
    before = await ids(music)
    edits = ArtistEdits(music.database)
    if whose == "both":
        await edits.edit(hand.caller, ArtistId(before["Anna"]), {"mbid": X})
    merge = await hand.merge(before["Anna"], before["Hannah"])
    await edits.edit(hand.caller, ArtistId(before["Hannah"]), {"mbid": X})
    await hand.undo(merge)
    assert await ids(music) == before
    assert (await hand.row(before["Anna"])).mbid == UUID(X)
    assert (await hand.row(before["Hannah"])).mbid is None
    await music.scan(full=True)
    assert await ids(music) == before


async def test_what_is_away_is_told_too_and_stays_away(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="Symbol")
    music.put("b/1.mp3", title="two", artist="Prince")
    music.put("b/2.mp3", title="three", artist="Symbol")
    await music.scan()
    before = await ids(music)
    (music.root / "a/1.mp3").rename(music.root.parent / "away.mp3")
    await music.scan(accept_missing=True)
    await hand.merge(before["Symbol"], before["Prince"])
    [lost] = await music.rows(tracks, tracks.c.title == "one")
    assert lost.missing_since is not None
    assert lost.details["artists"] == [[str(before["Prince"]), "Symbol", ""]]
    (music.root.parent / "away.mp3").rename(music.root / "a/1.mp3")
    await music.scan()
    assert (await music.track("one")).missing_since is None
    assert await ids(music) == {"Prince": before["Prince"]}


async def test_a_scan_that_knew_the_names_hears_of_it(music: Music, hand: Hand) -> None:
    """What a writer remembers of names is looked up again after a person's word."""
    music.put("a/1.mp3", title="one", artist="Symbol")
    music.put("b/1.mp3", title="two", artist="Prince")
    await music.scan()
    before = await ids(music)
    scan = music.scanning(full=True)
    await scan.run()
    await hand.merge(before["Symbol"], before["Prince"])
    await scan.run()
    assert await ids(music) == {"Prince": before["Prince"]}


async def test_many_tracks_are_a_job(music: Music, hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcma.services.entities.following.AT_ONCE", 1)
    music.put("a/1.mp3", title="one", artist="A / B")
    music.put("a/2.mp3", title="two", artist="A / B")
    await music.scan()
    before = await ids(music)
    await hand.split(before["A / B"], "A", "B")
    assert {name for [name] in (await hand.credits()).values()} == {"A"}, "its id leads there at once"
    [job] = await music.rows(jobs)
    assert await Recrediting(music.database, lambda *_: None).artists(
        [UUID(one) for one in job.payload["artists"]]
    )
    assert set(map(tuple, (await hand.credits()).values())) == {("A", "B")}


async def test_tracks_of_an_artist_and_who_plays_an_album_are_found_along_indexes(database: Database) -> None:
    told = await plan(database, crediting([uuid4()]))
    told += await plan(database, listeners([uuid4()]))
    assert not re.search(r"Seq Scan on (tracks|user_items)|SCAN (tracks|user_items)", told), told


async def test_what_is_refused(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="Anna")
    music.put("a/2.mp3", title="two", artist="Berta")
    music.put("a/3.mp3", title="three", artist="Carla", albumartist="VA", album="All")
    await music.scan()
    known = await ids(music)
    anna, berta = known["Anna"], known["Berta"]
    for names in (["One"], ["One", "one"], ["One", " "], [str(n) for n in range(21)]):
        with pytest.raises(InvalidInput):
            await hand.split(anna, *names)
    [everybody] = await music.rows(artists, artists.c.mbid.is_not(None))
    for code, deed in (
        ("same_item", hand.merge(anna, anna)),
        ("cycle", hand.split(anna, "anna", "Dora")),
        ("special_artist", hand.merge(everybody.id, anna)),
        ("special_artist", hand.split(everybody.id, "A", "B")),
    ):
        with pytest.raises(Conflict) as refused:
            await deed
        assert refused.value.stable_code == code
    with pytest.raises(NotFound):
        await hand.merge(uuid4(), anna)
    with pytest.raises(Forbidden):
        user = Caller(hand.caller.user_id, "boss", False, "tests")
        await hand.hands.merge(user, ArtistId(anna), ArtistId(berta))
    merge = await hand.merge(anna, berta)
    assert await hand.merge(anna, berta) == merge, "again is the merge there is"
    for code, deed in (
        ("same_item", hand.merge(berta, anna)),
        ("merged_before", hand.merge(anna, known["Carla"])),
        ("cycle", hand.split(berta, "Anna", "Dora")),
    ):
        with pytest.raises(Conflict) as refused:
            await deed
        assert refused.value.stable_code == code
    await hand.undo(merge)
    with pytest.raises(Conflict) as refused:
        await hand.undo(merge)
    assert refused.value.stable_code == "undone_before"
    assert await ids(music) == known


async def test_what_is_refused_changes_nothing(music: Music, hand: Hand) -> None:
    music.put("a/1.mp3", title="one", artist="Anna")
    await music.scan()
    before = await music.rows(artists)
    with pytest.raises(Conflict):
        await hand.split((await ids(music))["Anna"], "Anna", "New")
    assert await music.rows(artists) == before
    async with music.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(artists)) == 1


async def test_whatever_is_written_for_various_artists_is_one_artist(music: Music) -> None:
    music.put("a/1.mp3", title="one", artist="Anna", albumartist="V.A.", album="All")
    music.put("b/1.mp3", title="two", artist="Berta", albumartist="Verschiedene Interpreten", album="More")
    music.put("c/1.mp3", title="three", artist="Various", album="Own", compilation="1")
    await music.scan()
    assert {row.artist for row in (await music.albums()).values()} == {"Various Artists"}
    [everybody] = await music.rows(artists, artists.c.mbid.is_not(None))
    assert (everybody.name, str(everybody.mbid)) == ("Various Artists", VARIOUS_ARTISTS_MBID)
    credited = await music.rows(album_artists)
    assert {row.artist_id for row in credited} == {everybody.id}
    assert (await music.artists()).keys() == {"Anna", "Berta", "Various"}, "an artist of a track is itself"
