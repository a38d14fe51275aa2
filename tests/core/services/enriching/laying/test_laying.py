"""An answer that was taken is laid over the tags, beside which nothing is lost."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.services.enriching import mentions
from mcma.services.enriching.values import Change, KeptCandidate, Laid
from mcma.store.engine import Database
from mcma.store.tables.catalogue import albums, artists, external_ids, field_values, lyrics, tracks
from mcma.store.tables.machinery import changes, search_tracks
from mcma_plugins.values import ItemKind
from tests.support.laying import Laying, mbid
from tests.support.scanning import Music
from tests.support.statements import counted

pytestmark = pytest.mark.anyio

ARTIST = {"name": "The Band", "mbid": mbid(7), "sort_name": "Band, The"}
RELEASE = {"album": "The Record", "release_mbid": mbid(1), "album_artists": [ARTIST], "genres": ["Jazz"],
           "labels": ["Verve"], "artists": [{**ARTIST, "join": " with "}, {"name": "Guest"}]}  # fmt: skip


@pytest.fixture
async def world(music: Music) -> Music:
    music.album("a", "One Two Three", artist="Band", album="Record", albumartist="Band", date="1997")
    await music.scan()
    return music


async def answer(music: Music, laying: Laying, **more: Any) -> Any:
    """Of the one album there is."""
    [album] = (await music.albums()).values()
    rows = await music.tracks()
    told = {row.id: {"title": f"{title}!", "recording_mbid": mbid(100 + row.track)}
            for title, row in sorted(rows.items())}  # fmt: skip
    return laying.candidate(album.id, told, fields=RELEASE, **more)


async def feed(database: Database) -> dict[tuple[str, UUID], int]:
    async with database.read() as connection:
        return {(row.kind, row.item_id): row.seq for row in await connection.execute(sa.select(changes))}


async def test_what_is_laid_is_what_everybody_sees(world: Music, database: Database) -> None:
    laying = Laying(database)
    before = await world.albums()
    candidate = await answer(world, laying)
    laid = await laying.lay(candidate)
    rows = await world.tracks()
    assert sorted(rows) == ["One!", "Three!", "Two!"]
    one = rows["One!"]
    assert (one.artist, one.date, one.metadata_status) == ("The Band with Guest", "1997", "enriched")
    assert one.details["genres"] == ["Jazz"]
    assert one.provenance["title"] == one.provenance["release_mbid"] == "plugin:brainz"
    [album] = (await world.albums()).values()
    assert (album.id, album.title, str(album.mbid)) == (before["Record"].id, "The Record", mbid(1))
    assert (album.metadata_status, album.artist) == ("enriched", "The Band")
    band = (await world.artists())["The Band"]
    assert (str(band.mbid), band.sort_name) == (mbid(7), "Band, The")
    ids = {(row.scheme, row.origin) for row in await world.rows(external_ids)}
    assert ids == {("mbid.recording", "plugin:brainz"), ("mbid.release", "plugin:brainz")}
    assert all("record" in row.words for row in await world.rows(search_tracks))
    [(_, event)] = [one for one in laid.news if one[0] == "track_changed"]
    assert sorted(event.track_ids) == sorted(row.id for row in rows.values())  # type: ignore[attr-defined]


async def test_the_same_answer_again_is_nothing(world: Music, database: Database) -> None:
    laying = Laying(database)
    candidate = await answer(world, laying)
    await laying.lay(candidate)
    before, revs = await feed(database), {row.id: row.rev for row in await world.rows(tracks)}
    again = await laying.lay(candidate, kept=True)
    assert [one for one in again.changes if not one.kept] == []
    assert again.news == []
    other = await laying.lay(await answer_like(candidate, laying))  # asked again, answered the same
    assert other.news == []
    assert await feed(database) == before
    assert {row.id: row.rev for row in await world.rows(tracks)} == revs


async def test_lyrics_are_compared_as_they_are_kept(music: Music, database: Database) -> None:
    music.album("a", "One Two", artist="Band", album="Record")
    await music.scan()
    laying, [album] = Laying(database), await music.rows(albums)
    one, two = (row.id for row in (await music.tracks()).values())
    loose = {"lang": " EN", "plain": None, "synced": [[2000, "la\r\n"], [1000, " la "]]}
    told: Any = {one: {"lyrics": loose}, two: {"lyrics": {"lang": "zxx", "plain": " ", "synced": []}}}
    laid = await laying.lay(laying.candidate(album.id, told))
    [row] = before = await music.rows(lyrics)
    assert (row.lang, row.plain, laid.before["lyrics"]) == ("en", "la\nla", {str(one): None})
    again = await laying.lay(laying.candidate(album.id, told))
    assert again.before["lyrics"] == {}, "it is what stands"
    assert await music.rows(lyrics) == before


async def answer_like(candidate: Any, laying: Laying) -> Any:
    return laying.candidate(candidate.item.id, candidate.tracks, fields=candidate.fields)


async def test_a_vaguer_word_for_the_same_takes_nothing_away(music: Music, database: Database) -> None:
    known = {"artist": "Ann", "musicbrainz_artistid": mbid(5), "originaldate": "1969-05-01", "date": "1999"}
    music.album("a", "One", album="Record", **known)
    await music.scan()
    laying, [album], [row] = Laying(database), await music.rows(albums), await music.rows(tracks)
    said = {"original_date": "1969", "date": "1999-06-16", "artists": [{"name": "Ann"}]}
    candidate = laying.candidate(album.id, {row.id: said})
    laid = await laying.lay(candidate)
    [row], [album] = await music.rows(tracks), await music.rows(albums)
    assert (row.original_date, row.date, row.provenance) == (
        "1969-05-01", "1999-06-16", {"date": "plugin:brainz"},
    )  # fmt: skip
    assert (album.original_date, album.date) == ("1969-05-01", "1999-06-16")
    assert str((await music.artists())["Ann"].mbid) == mbid(5)
    assert {one.field for one in laid.changes} == {"date"}, "of what agrees nothing has to be told"
    await laying.lift(candidate, laid.before)
    [row] = await music.rows(tracks)
    assert (row.original_date, row.date) == ("1969-05-01", "1999")


async def test_taken_back_all_is_as_it_was(world: Music, database: Database) -> None:
    laying = Laying(database)
    said = {row.id: seen(row) for row in await world.rows(tracks)}
    titles = {row.id: (row.title, row.album_key, row.artist) for row in await world.rows(albums)}
    candidate = await answer(world, laying)
    laid = await laying.lay(candidate)
    back = await laying.lift(candidate, laid.before)
    assert {row.id: seen(row) for row in await world.rows(tracks)} == said
    kept = {row.id: (row.title, row.album_key, row.artist) for row in await world.rows(albums)}
    assert kept == titles
    assert await world.rows(field_values) == []
    undone = [(one.item, one.field, one.after, one.before) for one in back.changes]
    done = [(one.item, one.field, one.before, one.after) for one in laid.changes]
    assert sorted(undone, key=repr) == sorted(done, key=repr)


def seen(row: Any) -> Any:
    details = {name: value for name, value in (row.details or {}).items() if name != "artists"}
    return row.title, row.artist, row.date, row.recording_mbid, details, row.provenance, row.metadata_status


async def test_a_rescan_keeps_what_was_laid(world: Music, database: Database) -> None:
    laying = Laying(database)
    await laying.lay(await answer(world, laying))
    world.retag_all("a", comment="ripped again")
    await world.scan()
    await world.scan(full=True)
    rows = await world.tracks()
    assert sorted(rows) == ["One!", "Three!", "Two!"]
    assert {(row.comment, row.artist) for row in rows.values()} == {("ripped again", "The Band with Guest")}
    assert len(await world.albums()) == 1


async def test_the_dry_run_says_what_laying_does(world: Music, database: Database) -> None:
    laying = Laying(database)
    candidate = await answer(world, laying)
    before = await feed(database)
    told = await laying.preview(candidate)
    assert await feed(database) == before
    assert told == (await laying.lay(candidate)).changes
    titles = [one for one in told if one.field == "title"]
    one = next(row for row in (await world.tracks()).values() if row.title == "One!")
    assert Change(titles[0].item, "title", "One", "tag", "One!", False) in titles
    assert one.id in {change.item.id for change in titles}


async def test_manual_tracks_stay_and_are_reported(world: Music, database: Database) -> None:
    laying = Laying(database)
    candidate = await answer(world, laying)
    mine = await world.track("Two")
    async with database.write() as transaction:
        statement = sa.update(tracks).where(tracks.c.id == mine.id).values(metadata_status="manual")
        await transaction.connection.execute(statement)
    laid = await laying.lay(candidate)
    assert sorted(await world.tracks()) == ["One!", "Three!", "Two"]
    kept = [one for one in laid.changes if one.item.id == mine.id]
    assert kept
    assert {(one.kept, one.reason) for one in kept} == {(True, "manual")}
    assert await laying.rows(mine.id) == {}
    assert {row.metadata_status for row in await world.rows(albums)} <= {"enriched", "manual"}


async def test_wrong_values_are_left_out_and_told(world: Music, database: Database) -> None:
    laying = Laying(database)
    [album] = (await world.albums()).values()
    one = await world.track("One")
    wrong = {"title": "x" * 2000, "track": -1, "release_mbid": "nope", "date": "soon", "shoe_size": 44,
             "genres": ["ok", 7], "artists": [{"mbid": mbid(1)}], "album": "a\0b", "disc": 2}  # fmt: skip
    laid = await laying.lay(laying.candidate(album.id, {one.id: wrong}))
    told = {change.field: change.reason for change in laid.changes if change.kept}
    assert set(told) == set(wrong) - {"disc"}
    assert all(reason is not None and reason.startswith("wrong: ") for reason in told.values())
    assert await laying.rows(one.id) == {("disc", "plugin:brainz"): 2}


async def test_a_person_wins_and_is_told_of(world: Music, database: Database) -> None:
    laying = Laying(database)
    one = await world.track("One")
    row = {"item_id": one.id, "field": "title", "origin": "person", "item_kind": "track", "value": "Mine",
           "at": one.created_at}  # fmt: skip
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(field_values), [row])
    await world.scan(full=True)
    laid = await laying.lay(await answer(world, laying))
    assert "Mine" in await world.tracks()
    [kept] = [change for change in laid.changes if change.kept and change.field == "title"]
    assert (kept.before, kept.before_origin, kept.after, kept.reason) == ("Mine", "person", "Mine!", "person")


async def test_an_album_is_a_fixed_number_of_statements(music: Music, database: Database) -> None:
    laying, numbers = Laying(database), []
    for name, size in (("a", 3), ("b", 12)):
        titles = " ".join(f"{name}{n}" for n in range(size))
        music.album(name, titles, artist=name, album=name, albumartist=name)
    await music.scan()
    for number, name in enumerate("ab"):
        album = (await music.albums())[name]
        told = {
            row.id: {"title": f"{row.title}!"}
            for row in await music.rows(tracks, tracks.c.album_id == album.id)
        }
        fields = {**RELEASE, "release_mbid": mbid(number), "album": f"{name}!", "album_artists": [ARTIST]}
        candidate = laying.candidate(album.id, told, fields=fields)
        await laying.keep(candidate)
        with counted(database) as seen_:
            await laying.lay(candidate, kept=True)
        numbers.append(len(seen_))
    assert numbers[1] <= numbers[0], numbers


async def test_who_is_on_few_albums_is_found_behind_who_is_on_many(
    world: Music, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, "AT_ONCE", 1)
    for title in ("Later", "Both"):
        world.album(title, f"{title}1", artist="Band", album=title, albumartist="Band")
    await world.scan()
    laying, found = Laying(database), await world.albums()
    guest = {"name": "Guest", "mbid": mbid(8)}
    band, both = {mbid(7): {"disambiguation": "Canadian"}}, {mbid(8): {"disambiguation": "Invited"}}

    async def lay(title: str, people: list[Any], artists: dict[str, Any]) -> tuple[KeptCandidate, Laid]:
        rows = await world.rows(tracks, tracks.c.album_id == found[title].id)
        told = {row.id: {"artists": people} for row in rows}
        candidate = laying.candidate(found[title].id, told, artists=artists)
        return candidate, await laying.lay(candidate)

    await lay("Record", [ARTIST, guest], band | both)
    await lay("Later", [ARTIST], band)
    last, laid = await lay("Both", [ARTIST, guest], band | {mbid(8): {"disambiguation": "Another"}})
    await laying.lift(last, laid.before)
    assert (await world.artists())["Guest"].disambiguation == "Invited"


async def test_artists_by_the_way(world: Music, database: Database) -> None:
    laying = Laying(database)
    said = {
        mbid(7): {"name": "The Band", "sort_name": "Band, The", "disambiguation": "Canadian", "type": "group"}
    }
    candidate = await answer(world, laying, artists=said)
    laid = await laying.lay(candidate)
    band = (await world.artists())["The Band"]
    assert band.details["disambiguation"] == "Canadian"
    own = laying.candidate(
        band.id, kind=ItemKind.ARTIST, fields={"disambiguation": "Robbie's", "area": "Canada"}
    )
    [changed, _] = sorted((await laying.lay(own)).changes, key=lambda one: one.field, reverse=True)
    assert (changed.field, changed.before, changed.after) == ("disambiguation", "Canadian", "Robbie's")
    await laying.lift(candidate, laid.before)
    [row] = await world.rows(artists, artists.c.id == band.id)
    assert row.details["disambiguation"] == "Robbie's"
    assert "type" not in row.details
