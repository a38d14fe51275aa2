"""How many statements something takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from mcma.store.engine import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """All that are run meanwhile, by whomever."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    engines = [database._writer.sync_engine]
    if database.is_sqlite:  # on PostgreSQL the reader is the same engine under other options
        engines.append(database._reader.sync_engine)
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)
