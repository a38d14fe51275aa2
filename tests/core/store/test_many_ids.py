"""Conditions with more ids than a statement may have parameters."""

import pytest
import sqlalchemy as sa

from mcma.store.bulk import insert_rows
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.manyids import MANY
from mcma.store.tables.catalogue import genres

pytestmark = pytest.mark.anyio
PARAMETERS = 32_767
"""Of one statement on PostgreSQL; SQLite has one less, unless it was built with more."""


async def test_a_list_of_ids_may_be_of_any_length(database: Database) -> None:
    ids, now = [new_id() for _ in range(3)], utcnow()
    kept = genres.c.id.label("id"), genres.c.name
    asked = {*ids[:2], *(new_id() for _ in range(PARAMETERS))}
    assert len(asked) > PARAMETERS > MANY
    async with database.write() as transaction:
        connection = transaction.connection
        await insert_rows(connection, genres, [
            {"id": id_, "name": name, "name_key": name, "created_at": now, "updated_at": now}
            for id_, name in zip(ids, "abc", strict=True)
        ])  # fmt: skip
        found = await connection.execute(sa.select(*kept).where(genres.c.id.in_(asked), genres.c.name > ""))
        assert {row.id: row.name for row in found} == {ids[0]: "a", ids[1]: "b"}
        others = sa.select(genres.c.name).where(genres.c.id.not_in(asked))
        assert set(await connection.scalars(others)) == {"c"}
        told = sa.update(genres).where(genres.c.id.in_(list(asked))).values(name="told")
        assert (await connection.execute(told)).rowcount == 2
        assert (await connection.execute(sa.delete(genres).where(genres.c.id.in_(asked)))).rowcount == 2
        assert list(await connection.scalars(sa.select(genres.c.name))) == ["c"]


async def test_short_lists_stay_lists(database: Database) -> None:
    def sql(count: int) -> str:
        query = sa.select(genres.c.id).where(genres.c.id.in_([new_id() for _ in range(count)]))
        return str(query.compile(dialect=database._writer.dialect))

    assert sql(1) == sql(MANY - 1) != sql(MANY) == sql(MANY + 1)
