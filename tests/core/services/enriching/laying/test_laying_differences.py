"""What a dry run says of lyrics and of artists named by the way; a picture that stays."""

from typing import Any

import pytest
import sqlalchemy as sa

from mcma.services.enriching.picturelaying import lay_picture
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.engine import Database
from mcma.store.tables.catalogue import artists, artworks, lyrics
from mcma_plugins.values import ItemKind
from tests.support.laying import Laying, mbid
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio

WORDS = {"lang": "eng", "plain": "la la\nlo", "synced": [[1000, "la la"], [2000, "lo"]]}
SHORT = {"lang": "eng", "plain": "la la\nlo", "synced": 2}


@pytest.fixture
async def world(music: Music) -> Music:
    music.album("a", "One Two Three", artist="Band", album="Record", albumartist="Band")
    await music.scan()
    return music


async def sing(database: Database, track: Any, origin: str) -> None:
    row = {"id": new_id(), "track_id": track.id, "lang": "eng", "origin": origin, "plain": "ours"}
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(lyrics), [row])


async def test_lyrics_are_told_in_short(world: Music, database: Database) -> None:
    one, two, three = [await world.track(title) for title in ("One", "Two", "Three")]
    await sing(database, two, "person")
    await sing(database, three, "embedded")
    laying = Laying(database)
    told = {row.id: {"lyrics": WORDS} for row in (one, two, three)}
    candidate = laying.candidate(one.album_id, told)
    seen = await laying.preview(candidate)
    found = {change.item.id: change[2:] for change in seen if change.field == "lyrics"}
    ours = {"lang": "eng", "plain": "ours", "synced": 0}
    assert found == {
        one.id: (None, "tag", SHORT, False, None),
        two.id: (ours, "person", SHORT, True, "person"),
        three.id: (ours, "tag", SHORT, True, "rule"),
    }
    assert (await laying.lay(candidate)).changes == seen
    assert await laying.preview(candidate) == [change for change in seen if change.kept]
    fewer = laying.candidate(one.album_id, {row.id: told[row.id] for row in (two, three)})
    [gone] = [change for change in await laying.preview(fewer) if not change.kept]
    assert (gone.item.id, gone.before, gone.before_origin, gone.after) == (
        one.id, SHORT, "plugin:brainz", None,
    )  # fmt: skip


async def test_artists_by_the_way_are_told(world: Music, database: Database) -> None:
    laying = Laying(database)
    rows = await world.tracks()
    people = [{"name": "Band", "mbid": mbid(7)}, {"name": "Nobody yet", "mbid": mbid(8)}]
    said = {mbid(7): {"sort_name": "Band, The", "type": "group"}, mbid(8): {"type": "person"}}
    candidate = laying.candidate(
        rows["One"].album_id, {row.id: {"artists": people} for row in rows.values()}, artists=said
    )
    seen = await laying.preview(candidate)
    band = (await world.artists())["Band"]
    found = {change.field: change for change in seen if change.item.kind is ItemKind.ARTIST}
    assert {change.item.id for change in found.values()} == {band.id}
    assert (found["sort_name"].before, found["sort_name"].after) == ("Band", "Band, The")
    assert (found["type"].before, found["type"].after, found["type"].kept) == (None, "group", False)
    assert (await laying.lay(candidate)).changes == seen
    again = [one for one in await laying.preview(candidate) if one.item.id == band.id]
    assert again == []
    own = laying.candidate(band.id, kind=ItemKind.ARTIST, fields={"type": "person", "sort": "x"})
    wrong = [(one.field, one.kept, one.reason) for one in (await laying.lay(own)).changes if one.kept]
    assert wrong == [("sort", True, "wrong: sort is no field that plugins fill.")]
    [kept] = [one for one in await laying.preview(candidate) if one.item.id == band.id]
    assert (kept.field, kept.before, kept.after, kept.kept, kept.reason) == (
        "type", "person", "group", True, "enricher",
    )  # fmt: skip


async def test_an_artist_keeps_its_picture_while_the_answers_have_the_same(
    world: Music, database: Database
) -> None:
    laying = Laying(database)
    band = (await world.artists())["Band"]
    shown_id = new_id()
    picture = {"id": shown_id, "sha256": b"1" * 32, "mime": "image/png", "origin": "plugin:brainz",
               "width": 1, "height": 1, "size": 1, "created_at": utcnow()}  # fmt: skip
    first = laying.candidate(band.id, kind=ItemKind.ARTIST, fields={"type": "group"}, picture="p")
    began = await laying.lay(first)
    async with database.write() as transaction:
        await transaction.connection.execute(sa.insert(artworks), [picture])
        await lock_catalogue(transaction.connection)
        await lay_picture(transaction.connection, first, shown_id)
    shown = sa.select(artists.c.artwork_id).where(artists.c.id == band.id)
    second = laying.candidate(band.id, kind=ItemKind.ARTIST, fields={"type": "choir"}, picture="p")
    assert "artwork" not in {one.field for one in await laying.preview(second)}
    laid = await laying.lay(second)
    async with database.read() as connection:
        assert await connection.scalar(shown) == shown_id
    other = laying.candidate(band.id, kind=ItemKind.ARTIST, fields={"type": "choir"}, picture="q")
    assert "artwork" in {one.field for one in await laying.preview(other)}
    gone = await laying.lay(other)
    async with database.read() as connection:
        assert await connection.scalar(shown) is None
    await laying.lift(other, gone.before)
    async with database.read() as connection:
        assert await connection.scalar(shown) == shown_id
    await laying.lift(second, laid.before)
    await laying.lift(first, began.before)
    async with database.read() as connection:
        assert await connection.scalar(shown) is None
