"""How an engine would read something."""

from typing import Any

import sqlalchemy as sa

from mcma.store.engine import Database


async def plan(database: Database, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> str:
    """PostgreSQL is told not to go through tables, which in a small one is as good."""
    async with database.write() as transaction:
        connection = transaction.connection
        made: Any = query.compile(dialect=connection.dialect)
        state = made.construct_expanded_state()
        convert = {**made._bind_processors, **state.processors}
        bound = tuple(
            convert[name](value) if convert.get(name) else value
            for name, value in zip(state.positiontup, state.positional_parameters, strict=True)
        )
        if database.is_sqlite:
            rows = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {state.statement}", bound)).all()
            return "\n".join(str(row[-1]) for row in rows)
        for way in ("seqscan", "hashjoin", "mergejoin", "bitmapscan"):
            await connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        raw: Any = await connection.get_raw_connection()
        rows = await raw.driver_connection.fetch(f"EXPLAIN {state.statement}", *bound)
        return "\n".join(str(row[0]) for row in rows)
