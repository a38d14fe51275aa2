"""What plugins say of lyrics lies beside what files and people say, and can be taken away again."""

from typing import Any

import pytest
import sqlalchemy as sa

from mcma.services.enriching.lyriclaying import lay_lyrics, lift_lyrics, standing_lyrics
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.catalogue import lyrics
from tests.support.catalogue import insert, seed

pytestmark = pytest.mark.anyio
ORIGIN = "plugin:words"
VALUE = {"lang": "und", "plain": "la", "synced": [[1000, "la", [[1000, "la", 1500]]]]}


async def kept(database: Database, origin: str = ORIGIN) -> list[Any]:
    async with database.read() as connection:
        rows = await connection.execute(sa.select(lyrics).where(lyrics.c.origin == origin))
        return list(rows)


async def test_laid_replaced_and_lifted(database: Database) -> None:
    lib = await seed(database, tracks=3)
    first, second, third = lib.tracks
    one, other = new_id(), new_id()
    async with database.write() as transaction:
        connection = transaction.connection
        ours = {"id": new_id(), "track_id": first, "lang": "und", "origin": "sidecar", "plain": "mine"}
        await insert(connection, lyrics, [ours])
        nothing = await lay_lyrics(connection, {first: VALUE, second: VALUE}, ORIGIN, one)
        before = await lay_lyrics(
            connection, {first: {"lang": "de", "plain": "neu"}, second: None}, ORIGIN, other
        )
    assert nothing == {str(first): None, str(second): None}
    assert before == {str(first): [VALUE, str(one)], str(second): [VALUE, str(one)]}
    [row] = await kept(database)
    assert (row.track_id, row.lang, row.plain, row.synced, row.candidate_id) == (
        first,
        "de",
        "neu",
        None,
        other,
    )

    async with database.write() as transaction:
        await lift_lyrics(transaction.connection, before, ORIGIN)
        assert await standing_lyrics(transaction.connection, [first, second, third], ORIGIN) == {
            **before, str(third): None,
        }  # fmt: skip
        await lift_lyrics(transaction.connection, nothing, ORIGIN)
    assert await kept(database) == []
    assert [row.plain for row in await kept(database, "sidecar")] == ["mine"]


async def test_known_to_have_none_is_no_row(database: Database) -> None:
    lib = await seed(database, tracks=1)
    async with database.write() as transaction:
        connection = transaction.connection
        await lay_lyrics(connection, {lib.tracks[0]: VALUE}, ORIGIN, None)
        await lay_lyrics(
            connection, {lib.tracks[0]: {"lang": "zxx", "plain": None, "synced": []}}, ORIGIN, None
        )
    assert await kept(database) == []


async def test_what_is_no_value_changes_nothing(database: Database) -> None:
    lib = await seed(database, tracks=2)
    async with database.write() as transaction:
        connection = transaction.connection
        await lay_lyrics(connection, {lib.tracks[0]: VALUE}, ORIGIN, None)
        with pytest.raises(ValueError, match="synced"):
            await lay_lyrics(
                connection, {lib.tracks[0]: None, lib.tracks[1]: {"synced": [["x"]]}}, ORIGIN, None
            )
    assert len(await kept(database)) == 1
