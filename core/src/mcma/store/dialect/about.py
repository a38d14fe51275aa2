"""What a database says about itself."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


async def database_size(connection: AsyncConnection) -> int:
    """Bytes."""
    if connection.dialect.name == "sqlite":
        query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        query = "SELECT pg_database_size(current_database())"
    return int(await connection.scalar(sa.text(query)) or 0)


async def engine_version(connection: AsyncConnection) -> str:
    query = "sqlite_version()" if connection.dialect.name == "sqlite" else "current_setting('server_version')"
    return str(await connection.scalar(sa.text(f"SELECT {query}")))


async def last_seq(connection: AsyncConnection) -> int:
    """Of the change feed, ever given out: to changes that are gone, or not committed, as well."""
    sqlite = connection.dialect.name == "sqlite"
    query = "SELECT seq FROM change_clock" if sqlite else "SELECT last_value FROM change_seq"
    return int(await connection.scalar(sa.text(query)) or 0)


def triggers(connection: sa.Connection) -> Sequence[tuple[str, str]]:
    """(trigger, table) of all that somebody made."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
        )
    return [(name, table) for name, table in connection.exec_driver_sql(query)]
