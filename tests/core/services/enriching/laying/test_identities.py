"""Artists that gained an id by an answer are again what they were when nothing says the id any more."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching import identities
from mcma.services.enriching.values import KeptCandidate
from mcma.services.indexing.retelling import tellings
from mcma.store.engine import Database
from mcma.store.tables.catalogue import artists
from mcma.store.tables.enriching import enrichment_runs
from tests.support.laying import Laying, mbid
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio

COLUMNS = ("name", "sort_name", "sort_key", "name_key", "mbid", "details", "provenance")
IDENTITIES = [("Band", 7), ("Les Autres", 8)]


@pytest.fixture
async def world(music: Music) -> Music:
    music.album("a", "One Two", artist="Band", album="Record", albumartist="Band")
    music.album("b", "Three Four", artist="Band", album="Later", albumartist="Band")
    await music.scan()
    return music


async def known(music: Music) -> dict[UUID, Any]:
    return {row.id: tuple(getattr(row, name) for name in COLUMNS)
            for row in await music.rows(artists, artists.c.deleted_at.is_(None))}  # fmt: skip


async def credit(music: Music, laying: Laying, album: str, name: str, number: int) -> KeptCandidate:
    people = [{"name": name, "mbid": mbid(number), "sort_name": f"{name}, The"}]
    rows = [
        row for row in (await music.tracks()).values() if row.album_id == (await music.albums())[album].id
    ]
    told = {row.id: {"artists": people, "album_artists": people} for row in rows}
    return laying.candidate(rows[0].album_id, told)


async def before_of(music: Music, candidate: KeptCandidate) -> Any:
    [run] = await music.rows(enrichment_runs, enrichment_runs.c.id == candidate.run_id)
    return run.before


@pytest.mark.parametrize(("name", "number"), IDENTITIES)
async def test_taken_back_an_artist_is_who_it_was(
    music: Music,
    database: Database,
    name: str,
    number: int,
) -> None:
    music.album("a", "One Two", artist="Band", album="Record", albumartist="Band")
    await music.scan()
    before, laying = await known(music), Laying(database)
    candidate = await credit(music, laying, "Record", name, number)
    laid = await laying.lay(candidate)
    [(id_, row)] = (await known(music)).items()
    assert ({id_}, row[0], str(row[4])) == (set(before), name, mbid(number)), "it is the same artist"
    await laying.lift(candidate, laid.before)
    assert await known(music) == before
    await music.scan(full=True)
    assert await known(music) == before


async def test_the_id_stays_while_another_answer_says_it(
    world: Music, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, laying = await known(world), Laying(database)
    first = await credit(world, laying, "Record", "Band", 7)
    await laying.lay(first)
    second = await credit(world, laying, "Later", "Band", 7)
    await laying.lay(second)
    with_id = await known(world)
    asked: list[int] = []

    async def told(connection: AsyncConnection, files: Mapping[UUID, UUID]) -> Any:
        asked.append(len(files))
        return await tellings(connection, files)

    monkeypatch.setattr(identities, "tellings", told)
    monkeypatch.setattr(identities, "_PORTION", 1)
    await laying.lift(first, await before_of(world, first))
    assert await known(world) == with_id
    assert len(asked) < 4, "not all tracks of the artist, where one says the id"
    await laying.lift(second, await before_of(world, second))
    assert await known(world) == before


async def test_the_id_stays_where_tags_say_it_or_it_is_another_by_now(
    world: Music, database: Database
) -> None:
    laying = Laying(database)
    first = await credit(world, laying, "Record", "Band", 7)
    laid = await laying.lay(first)
    world.retag_all("b", musicbrainz_artistid=mbid(7), musicbrainz_albumartistid=mbid(7))
    await world.scan()
    with_id = await known(world)
    await laying.lift(first, laid.before)
    assert await known(world) == with_id
    other = {id_: {**note, "now": {**note["now"], "mbid": mbid(9)}}
             for id_, note in laid.before["identities"].items()}  # fmt: skip
    world.retag_all("b", musicbrainz_artistid=None, musicbrainz_albumartistid=None)
    await world.scan()
    await laying.lift(first, {"identities": other})
    assert await known(world) == with_id


async def test_another_answer_in_its_place_finds_the_artist_as_it_was(
    music: Music,
    database: Database,
) -> None:
    music.album("a", "One Two", artist="Band", album="Record", albumartist="Band")
    await music.scan()
    before, laying = await known(music), Laying(database)
    first = await credit(music, laying, "Record", "Band", 7)
    await laying.lay(first)
    second = await credit(music, laying, "Record", "Band", 8)
    await laying.lay(second)
    [(id_, row)] = (await known(music)).items()
    assert ({id_}, str(row[4])) == (set(before), mbid(8)), "the same artist has the other id"
    await laying.lift(second, await before_of(music, second))
    [(id_, row)] = (await known(music)).items()
    assert ({id_}, str(row[4])) == (set(before), mbid(7))
    again = await credit(music, laying, "Record", "Band", 7)
    again.tracks[next(iter(again.tracks))]["title"] = "Other"  # type: ignore[index]
    await laying.lay(again)
    await laying.lift(again, await before_of(music, again))
    await laying.lift(first, await before_of(music, first))
    assert await known(music) == before
