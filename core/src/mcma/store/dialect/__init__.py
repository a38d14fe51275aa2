"""Everything that SQLite and PostgreSQL say differently. No other module asks which one it is."""

from mcma.store.dialect.about import database_size, engine_version, last_seq, triggers
from mcma.store.dialect.functions import (
    gathered,
    json_has,
    json_object_of,
    json_size,
    unsought,
    utc_date,
)
from mcma.store.dialect.locks import (
    hold_catalogue,
    lock_asking,
    lock_catalogue,
    lock_feed,
    lock_schema,
    schema_locked,
    tell_now,
)
from mcma.store.dialect.running import (
    fetched,
    limited,
    prefer_indexes,
    ready_made,
    refresh_statistics,
    says_aborted,
)
from mcma.store.dialect.search import items_with, search_any, search_candidates, search_ddl, search_query
from mcma.store.dialect.writing import (
    database_now,
    for_update_skip_locked,
    insert_ignoring,
    shifted,
    upsert,
    upsert_into,
)

__all__ = [
    "database_now",
    "database_size",
    "engine_version",
    "fetched",
    "for_update_skip_locked",
    "gathered",
    "hold_catalogue",
    "insert_ignoring",
    "items_with",
    "json_has",
    "json_object_of",
    "json_size",
    "last_seq",
    "limited",
    "lock_asking",
    "lock_catalogue",
    "lock_feed",
    "lock_schema",
    "prefer_indexes",
    "ready_made",
    "refresh_statistics",
    "says_aborted",
    "schema_locked",
    "search_any",
    "search_candidates",
    "search_ddl",
    "search_query",
    "shifted",
    "tell_now",
    "triggers",
    "unsought",
    "upsert",
    "upsert_into",
    "utc_date",
]
