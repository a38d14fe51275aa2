"""An artist as credits, enrichers and people describe it, laid over each other."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.artistfacts import Said, counting
from mcma.services.entities.telling import tell_artists
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import artists, field_values
from mcma.store.tables.machinery import changes, search_artists
from mcma.store.tables.naming import artist_aliases
from tests.support.scanning import Music

pytestmark = pytest.mark.anyio

X = "aaaaaaaa-1111-4222-8333-444444444444"


async def say(music: Music, artist: UUID, origin: str, **values: Any) -> list[UUID]:
    """None takes it back."""
    async with music.database.write() as transaction:
        run = transaction.connection.execute
        for name, value in values.items():
            mine = field_values.c.item_id == artist, field_values.c.field == name
            await run(sa.delete(field_values).where(*mine, field_values.c.origin == origin))
            if value is not None:
                row = {"item_id": artist, "item_kind": "artist", "field": name, "origin": origin}
                await run(sa.insert(field_values).values(**row, value=value, at=utcnow()))
        return await tell_artists(transaction.connection, [artist])


async def the(music: Music, id_: UUID) -> Any:
    [row] = await music.rows(artists, artists.c.id == id_)
    return row


@pytest.fixture
async def bjork(music: Music) -> UUID:
    music.put("a/1.mp3", title="one", artist="Bjork", artistsort="Bjork, G")
    await music.scan()
    found: UUID = (await music.artists())["Bjork"].id
    return found


async def test_a_person_before_an_enricher_before_the_credits(music: Music, bjork: UUID) -> None:
    before = await the(music, bjork)
    assert await say(music, bjork, "plugin:brainz", name="Björk", disambiguation="singer") == [bjork]
    row = await the(music, bjork)
    assert (row.name, row.sort_name, row.name_key) == ("Björk", "Bjork, G", "bjork")
    assert row.provenance == {"disambiguation": "plugin:brainz", "name": "plugin:brainz"}
    await say(music, bjork, "person", name="Björk Guðmundsdóttir")
    row = await the(music, bjork)
    assert (row.name, row.provenance["name"]) == ("Björk Guðmundsdóttir", "person")
    await say(music, bjork, "person", name=None)
    await say(music, bjork, "plugin:brainz", name=None, disambiguation=None)
    after = await the(music, bjork)
    told = [column.name for column in artists.c if column.name not in ("rev", "updated_at")]
    assert [getattr(after, name) for name in told] == [getattr(before, name) for name in told]


async def test_what_is_said_survives_a_scan(music: Music, bjork: UUID) -> None:
    await say(music, bjork, "plugin:brainz", name="Björk", sort_name="Björk", mbid=X)
    music.put("a/2.mp3", title="two", artist="Bjork")
    await music.scan(full=True)
    row = await the(music, bjork)
    assert (row.name, row.sort_name, str(row.mbid), row.name_key) == ("Björk", "Björk", X, "bjork")
    await say(music, bjork, "plugin:brainz", name=None, sort_name=None, mbid=None)
    row = await the(music, bjork)
    assert (row.name, row.sort_name, row.mbid, row.details) == ("Bjork", "Bjork, G", None, None)


async def test_other_names_find_the_artist_and_go_with_who_said_them(music: Music, bjork: UUID) -> None:
    said = [{"name": "Gling-Gló", "locale": "is", "primary": True}, {"name": "Gling-Gló", "locale": "en"}]
    await say(music, bjork, "plugin:brainz", aliases=said)
    await say(music, bjork, "person", aliases=["Sykurmolarnir"])
    rows = await music.rows(artist_aliases)
    assert sorted((row.name, row.origin, row.locale, row.is_primary) for row in rows) == [
        ("Gling-Gló", "plugin:brainz", "is", True), ("Sykurmolarnir", "person", None, False)]  # fmt: skip
    [found] = await music.rows(search_artists)
    assert "gling" in found.words and "sykurmolarnir" in found.words
    assert await say(music, bjork, "person", aliases=["Sykurmolarnir"]) == []
    await say(music, bjork, "plugin:brainz", aliases=None)
    [found] = await music.rows(search_artists)
    assert "gling" not in found.words and "sykurmolarnir" in found.words


async def test_an_id_is_one_artists(music: Music, bjork: UUID) -> None:
    music.put("b/1.mp3", title="two", artist="Anna", musicbrainz_artistid=X)
    await music.scan()
    await say(music, bjork, "plugin:brainz", mbid=X, area="Iceland")
    row = await the(music, bjork)
    assert (row.mbid, row.details, row.provenance) == (
        None, {"area": "Iceland"}, {"area": "plugin:brainz"})  # fmt: skip


async def test_an_artist_that_is_manual_hears_no_enricher(music: Music, bjork: UUID) -> None:
    async with music.database.write() as transaction:
        here = sa.update(artists).where(artists.c.id == bjork)
        await transaction.connection.execute(here.values(metadata_status="manual"))
    await say(music, bjork, "plugin:brainz", name="Björk", aliases=["B"])
    assert ((await the(music, bjork)).name, await music.rows(artist_aliases)) == ("Bjork", [])
    music.retag("a/1.mp3", title="one", artist="bjork")
    await music.scan()
    assert (await the(music, bjork)).name == "Bjork", "taken as a whole: credits do not rename it"


async def test_the_feed_tells_what_changes_and_nothing_else(music: Music, bjork: UUID) -> None:
    async def seq() -> int:
        [row] = await music.rows(changes, changes.c.kind == "artist", changes.c.item_id == bjork)
        return int(row.seq)

    began = await seq()
    await say(music, bjork, "plugin:brainz", disambiguation="singer")
    told = await seq()
    assert told > began
    assert await say(music, bjork, "plugin:brainz", disambiguation="singer") == []
    assert await seq() == told


def test_whose_word_counts() -> None:
    said = [Said("name", f"plugin:{who}", who) for who in ("a", "b", "c")]
    assert counting(said)["name"].value == "a"
    assert counting(said, ["c", "b"])["name"].value == "c"
    assert counting([*said, Said("name", "person", "me")], ["c"])["name"].value == "me"
