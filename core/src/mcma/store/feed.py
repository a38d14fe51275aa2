"""The change feed: triggers that write one row per (scope, kind, item), made from one description.

ORM events never see bulk and Core writes, so the database does it. On PostgreSQL a deferred constraint
trigger takes a lock at commit and only then draws `seq`: drawn earlier, a reader that has seen 7 could miss
6, which commits later. SQLite has one writer, so there a counter row will do.

Triggers are derived: they are dropped and made again after every migration.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from mcma.store.tables import catalogue as c
from mcma.store.tables import listening as heard
from mcma.store.tables import people as p
from mcma.store.tables import push as pushed
from mcma.store.tables import shares as given
from mcma.store.tables.machinery import jobs
from mcma.store.tables.matching import reviews
from mcma.store.tables.radio import stations
from mcma.store.tables.wanted import download_requests

INTO = "INSERT INTO changes (scope, scope_id, kind, item_id, seq, rev, op, reason, replaced_by)"
ON_CONFLICT = (
    "ON CONFLICT (scope, scope_id, kind, item_id) DO UPDATE SET seq = excluded.seq, "
    "rev = CASE WHEN excluded.rev > changes.rev THEN excluded.rev ELSE changes.rev + 1 END, "
    "op = excluded.op, reason = excluded.reason, replaced_by = excluded.replaced_by;"
)
NOBODY = "00000000000000000000000000000000"
"""Scope id of `shared`, which everybody reads."""

_UNSEEN = {
    "rev", "updated_at", "rnd", "song_count", "album_count", "artist_count", "duration_ms", "size",
    "sort_key", "name_key", "artist_key", "album_key", "tags", "provenance", "last_seen_at", "acked_n",
    "last_scan_at", "scan_state", "scan_error", "changed_at", "root_marker", "inode", "mtime_ns",
    "sidecar_mtime_ns", "album_sort", "album_place", "folder", "name_bytes", "norm_key", "measured_at",
    "measure_error", "watch_state", "watch_reason", "visits", "last_visited_at", "token", "token_hash",
    "key_id", "event_id", "stamps", "moved_at", "moved_by", "job_id",
    "download_id", "looks", "look_at", "priority", "approved_by",
}  # fmt: skip
"""Columns whose change is no news for clients: bookkeeping and counters, which are no part of synced data."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a row's changes go. `rows` is a query of scope ids, with {row} for the changed row."""

    name: str
    rows: str
    column: str | None = None
    """The scope id is this column of the row: always one scope, never none."""


@dataclass(frozen=True, slots=True)
class Synced:
    """One table of the feed."""

    table: sa.Table
    kind: str
    scopes: tuple[Scope, ...]
    item: str = "{row}.id"
    columns: Sequence[str] | None = None
    """Columns whose change is news; None for all but the unseen ones."""
    also: Sequence[str] = ()
    """Unseen columns that are news in this table after all."""
    alive: str | None = None
    """An SQL condition on {row}; where it is false the row is gone for clients. None: deleted_at, if any."""
    reason: str = "deleted"
    has_rev: bool = True
    membership: bool = False
    """Its coming and going puts or removes another item: no updates, and removal says `access`."""
    redirects: str | None = None
    """The table of the item that a membership is of: one that was merged into another is not just away."""
    moved: str | None = None
    """An SQL condition on OLD and NEW; where it is true the row is gone from where it was."""


def _one(name: str, column: str) -> tuple[Scope, ...]:
    return (Scope(name, f"SELECT {{row}}.{column} AS sid", column),)


def _everywhere(table: str, column: str) -> tuple[Scope, ...]:
    return (Scope("catalog", f"SELECT library_id AS sid FROM {table} WHERE {column} = {{row}}.id"),)


_PLAYLIST_SCOPES = (
    Scope("me", "SELECT owner_id AS sid FROM playlists WHERE id = {row}.playlist_id AND deleted_at IS NULL"),
    Scope(
        "shared",
        "SELECT {nobody} AS sid FROM playlists "
        "WHERE id = {row}.playlist_id AND visibility = 'public' AND deleted_at IS NULL",
    ),
)

SYNCED: tuple[Synced, ...] = (
    Synced(c.libraries, "library", _one("catalog", "id")),
    Synced(c.albums, "album", _one("catalog", "library_id")),
    Synced(c.tracks, "track", _one("catalog", "library_id"), also=("duration_ms",)),
    Synced(c.track_files, "track_file", _one("catalog", "library_id"), also=("size", "duration_ms")),
    Synced(c.artists, "artist", _everywhere("artist_libraries", "artist_id")),
    Synced(c.genres, "genre", _everywhere("genre_libraries", "genre_id")),
    Synced(c.labels, "label", _everywhere("label_libraries", "label_id")),
    Synced(c.artist_libraries, "artist", _one("catalog", "library_id"), item="{row}.artist_id",
           reason="access", has_rev=False, membership=True, redirects="artists"),
    Synced(c.genre_libraries, "genre", _one("catalog", "library_id"), item="{row}.genre_id",
           reason="access", has_rev=False, membership=True),
    Synced(c.label_libraries, "label", _one("catalog", "library_id"), item="{row}.label_id",
           reason="access", has_rev=False, membership=True),
    Synced(p.library_access, "library_access", _one("me", "user_id"), item="{row}.library_id",
           reason="access", has_rev=False, membership=True),
    Synced(p.devices, "device", _one("me", "user_id")),
    Synced(heard.user_items, "user_item", _one("me", "user_id"), item="{row}.item_id"),
    Synced(heard.playlists, "playlist", (
        *_one("me", "owner_id"),
        Scope("shared", "SELECT {nobody} AS sid WHERE {row}.visibility = 'public'"),
    ), also=("changed_at",)),
    Synced(heard.playlist_items, "playlist_item", _PLAYLIST_SCOPES),
    Synced(heard.bookmarks, "bookmark", _one("me", "user_id"), item="{row}.track_id", also=("changed_at",)),
    Synced(heard.play_queues, "play_queue", _one("me", "user_id"), also=("changed_at",)),
    Synced(pushed.user_settings, "user_setting", _one("me", "user_id"), also=("changed_at",)),
    Synced(given.shares, "share", _one("me", "owner_id")),
    Synced(download_requests, "download", _one("me", "user_id")),
    Synced(reviews, "review", _one("me", "user_id"), item="{row}.claim_id"),
    Synced(stations, "station", (Scope("shared", "SELECT {nobody} AS sid"),)),
    Synced(jobs, "job", (Scope("me", "SELECT {row}.created_by AS sid WHERE {row}.created_by IS NOT NULL"),),
           columns=("state",), has_rev=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Writer:
    """The words of one dialect for one table."""

    spec: Synced
    dialect: str
    names: list[str] = field(default_factory=list)

    @property
    def watched(self) -> list[str]:
        if self.spec.columns is not None:
            return list(self.spec.columns)
        unseen = _UNSEEN - set(self.spec.also)
        keys = {column.name for column in self.spec.table.primary_key}
        return [x.name for x in self.spec.table.columns if x.name not in unseen and x.name not in keys]

    @property
    def changed(self) -> str:
        word = "IS NOT" if self.dialect == "sqlite" else "IS DISTINCT FROM"
        return " OR ".join(f"OLD.{name} {word} NEW.{name}" for name in self.watched)

    @property
    def scope_moves(self) -> bool:
        return "library_id" in self.spec.table.columns and not self.spec.membership

    def op(self, row: str) -> tuple[str, str, str]:
        """SQL for op, reason and replaced_by of a row that exists."""
        columns = self.spec.table.columns
        if "deleted_at" not in columns:
            return "'put'", "NULL", "NULL"
        gone = f"{row}.deleted_at IS NOT NULL"
        winner = f"{row}.replaced_by" if "replaced_by" in columns else "NULL"
        why = f"CASE WHEN {winner} IS NOT NULL THEN 'merged' ELSE 'deleted' END"
        return f"CASE WHEN {gone} THEN 'del' ELSE 'put' END", f"CASE WHEN {gone} THEN {why} END", winner

    def put(self, row: str, rev: str) -> str:
        op, reason, winner = self.op(row)
        return "\n".join(self.write(scope, row, rev, op, reason, winner) for scope in self.spec.scopes)

    def remove(self, row: str, reason: str) -> str:
        rev = f"{row}.rev + 1" if self.spec.has_rev else "1"
        why, winner = f"'{reason}'", "NULL"
        if self.spec.redirects is not None:
            item = self.spec.item.format(row=row)
            winner = f"(SELECT replaced_by FROM {self.spec.redirects} WHERE id = {item})"
            why = f"CASE WHEN {winner} IS NULL THEN '{reason}' ELSE 'merged' END"
        return "\n".join(self.write(scope, row, rev, "'del'", why, winner) for scope in self.spec.scopes)

    def write(self, scope: Scope, row: str, rev: str, op: str, reason: str, winner: str) -> str:
        item = self.spec.item.format(row=row)
        rows = scope.rows.format(row=row, nobody=nobody(self.dialect))
        if self.dialect == "sqlite" and scope.column is not None:
            return (
                "UPDATE change_clock SET seq = seq + 1;\n"
                f"{INTO} VALUES ('{scope.name}', {row}.{scope.column}, '{self.spec.kind}', {item}, "
                f"(SELECT seq FROM change_clock), {rev}, {op}, {reason}, {winner}) {ON_CONFLICT}"
            )
        if self.dialect == "sqlite":
            return (
                f"UPDATE change_clock SET seq = seq + (SELECT count(*) FROM ({rows}));\n"
                f"{INTO} SELECT '{scope.name}', sid, '{self.spec.kind}', {item}, "
                f"(SELECT seq FROM change_clock) + 1 - row_number() OVER (), {rev}, {op}, {reason}, {winner} "
                f"FROM ({rows}) WHERE true {ON_CONFLICT}"
            )
        return (
            f"{INTO} SELECT '{scope.name}', sid, '{self.spec.kind}', {item}, nextval('change_seq'), "
            f"{rev}, {op}, {reason}, {winner} FROM ({rows}) AS scopes {ON_CONFLICT}"
        )


def nobody(dialect: str) -> str:
    return f"x'{NOBODY}'" if dialect == "sqlite" else f"'{NOBODY}'::uuid"


def drop_statements(dialect: str, existing: Sequence[tuple[str, str]]) -> list[str]:
    """`existing` are (trigger, table) pairs; only core's go, which begin with feed_ or log_. Those of plugins
    are their own (`plugin_feed.py`)."""
    core = [one for one in existing if not one[0].startswith("feed_plugin_")]
    ours = [(name, table) for name, table in core if name.startswith(("feed_", "log_"))]
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {name}" for name, _ in ours]
    return [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name, table in ours]


def trigger_statements(dialect: str, synced: Sequence[Synced] = SYNCED) -> list[str]:
    """Everything that makes the feed work for these tables."""
    make = _sqlite_triggers if dialect == "sqlite" else _postgres_triggers
    return [statement for spec in synced for statement in make(_Writer(spec, dialect))]


def _sqlite_triggers(writer: _Writer) -> list[str]:
    spec, name = writer.spec, f"feed_{writer.spec.table.name}"
    table, rev = spec.table.name, "NEW.rev" if spec.has_rev else "1"
    made = [
        f"CREATE TRIGGER {name}_i AFTER INSERT ON {table} BEGIN {writer.put('NEW', rev)} END",
        f"CREATE TRIGGER {name}_d AFTER DELETE ON {table} BEGIN {writer.remove('OLD', spec.reason)} END",
    ]
    if spec.membership:
        return made
    keys = " AND ".join(f"{column.name} = NEW.{column.name}" for column in spec.table.primary_key)
    bump = f"UPDATE {table} SET rev = OLD.rev + 1 WHERE {keys};" if spec.has_rev else ""
    after = "OLD.rev + 1" if spec.has_rev else "1"
    made.append(
        f"CREATE TRIGGER {name}_u AFTER UPDATE OF {', '.join(writer.watched)} ON {table} "
        f"WHEN {writer.changed} BEGIN {bump} {_left_scope(writer)} {writer.put('NEW', after)} "
        f"{_rows_shared(writer)} END"
    )
    return made


def _left_scope(writer: _Writer) -> str:
    """A row that moves to another library, or is shared no more, is gone where it was."""
    hidden = {"me"}  # an owner never loses sight of what is shared no more
    if writer.spec.moved is not None:
        moved, hidden = writer.spec.moved, set()
    elif writer.scope_moves:
        moved = "OLD.library_id <> NEW.library_id"
    elif writer.spec.table.name == "playlists":
        moved = "OLD.visibility = 'public' AND NEW.visibility <> 'public'"
    else:
        return ""
    gone = []
    for scope in writer.spec.scopes:
        if scope.name not in hidden:
            limited = Scope(scope.name, f"SELECT sid FROM ({scope.rows}) AS was WHERE {moved}")
            rev = "OLD.rev + 1" if writer.spec.has_rev else "1"
            gone.append(writer.write(limited, "OLD", rev, "'del'", "'access'", "NULL"))
    return "\n".join(gone)


def _rows_shared(writer: _Writer) -> str:
    """The rows of a playlist come and go with it: what was shared once must not be read on."""
    if writer.spec.table.name != "playlists":
        return ""
    rows = _Writer(Synced(heard.playlist_items, "playlist_item", (), item="row_id"), writer.dialect)
    made = []
    for scope, whose, seen, reason in (
        ("me", "{row}.owner_id", "{row}.deleted_at IS NULL", "deleted"),
        ("shared", "{nobody}", "({row}.visibility = 'public' AND {row}.deleted_at IS NULL)", "access"),
    ):
        before, now = seen.replace("{row}", "OLD"), seen.replace("{row}", "NEW")
        found = (
            f"SELECT {whose} AS sid, id AS row_id, rev AS row_rev FROM playlist_items "
            "WHERE playlist_id = {row}.id AND deleted_at IS NULL AND "
        )
        gone, come = (
            Scope(scope, f"{found}{before} AND NOT ({now})"),
            Scope(scope, f"{found}{now} AND NOT ({before})"),
        )
        made.append(rows.write(gone, "NEW", "row_rev + 1", "'del'", f"'{reason}'", "NULL"))
        made.append(rows.write(come, "NEW", "row_rev", "'put'", "NULL", "NULL"))
    return "\n".join(made)


def _postgres_triggers(writer: _Writer) -> list[str]:
    spec, table = writer.spec, writer.spec.table.name
    name = f"feed_{table}"
    rev = "NEW.rev" if spec.has_rev else "1"
    update = (
        "" if spec.membership else f"{_left_scope(writer)} {writer.put('NEW', rev)} {_rows_shared(writer)}"
    )
    body = (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
        "PERFORM pg_advisory_xact_lock(727266);\n"
        f"IF TG_OP = 'DELETE' THEN {writer.remove('OLD', spec.reason)}\n"
        f"ELSIF TG_OP = 'INSERT' THEN {writer.put('NEW', rev)}\n"
        f"ELSE {update or 'NULL;'}\nEND IF; RETURN NULL; END $$"
    )
    deferred = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    made = [
        body,
        f"CREATE CONSTRAINT TRIGGER {name}_id AFTER INSERT OR DELETE ON {table} {deferred} "
        f"EXECUTE FUNCTION {name}()",
    ]
    if not spec.membership:
        made.append(
            f"CREATE CONSTRAINT TRIGGER {name}_u AFTER UPDATE ON {table} {deferred} "
            f"WHEN ({writer.changed}) EXECUTE FUNCTION {name}()"
        )
    if spec.has_rev and not spec.membership:
        made += [
            f"CREATE OR REPLACE FUNCTION {name}_rev() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.rev := OLD.rev + 1; RETURN NEW; END $$",
            f"CREATE TRIGGER {name}_r BEFORE UPDATE ON {table} FOR EACH ROW "
            f"WHEN ({writer.changed}) EXECUTE FUNCTION {name}_rev()",
        ]
    return made


LOGS = (heard.like_events, heard.rating_events, heard.listens)


def log_guard_statements(dialect: str) -> list[str]:
    """Triggers that refuse to change or delete a row of the logs."""
    made = []
    for log in (table.name for table in LOGS):
        allowed = "EXISTS (SELECT 1 FROM log_removals WHERE user_id = OLD.user_id)"
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{log} is append-only'); END"
            made += [
                f"CREATE TRIGGER log_{log}_u BEFORE UPDATE ON {log} {refuse}",
                f"CREATE TRIGGER log_{log}_d BEFORE DELETE ON {log} WHEN NOT {allowed} {refuse}",
            ]
        else:
            made += [
                f"CREATE OR REPLACE FUNCTION log_{log}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF TG_OP = 'DELETE' AND {allowed} THEN RETURN OLD; END IF; "
                f"RAISE EXCEPTION '{log} is append-only'; END $$",
                f"CREATE TRIGGER log_{log}_ud BEFORE UPDATE OR DELETE ON {log} FOR EACH ROW "
                f"EXECUTE FUNCTION log_{log}()",
            ]
    return made


def feed_ddl(dialect: str) -> list[str]:
    """What the feed needs once, beside its tables."""
    if dialect == "sqlite":
        return ["INSERT INTO change_clock (id, seq) VALUES (1, 0)"]
    return ["CREATE SEQUENCE change_seq"]
