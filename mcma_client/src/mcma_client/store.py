"""The local database: one SQLite file, written in short transactions by any number of processes."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self, cast

from mcma_client.errors import ClientError, Damaged, DiskFull, FolderInUse

Connection = sqlite3.Connection
_FIRST = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE scopes (
    scope TEXT PRIMARY KEY,
    cursor TEXT,              -- of the changes; none before its first snapshot is whole
    page TEXT,                -- where its snapshot was interrupted
    round INTEGER NOT NULL    -- of its snapshot; items of an earlier one are not there any more
);
CREATE TABLE items (
    type TEXT NOT NULL, id TEXT NOT NULL, scope TEXT NOT NULL,
    rev INTEGER NOT NULL, round INTEGER NOT NULL,
    parent TEXT, place TEXT,  -- album of a track, track of a file, playlist of a row, and the order in it
    words TEXT,               -- what is searched
    data TEXT NOT NULL,
    PRIMARY KEY (type, id, scope)
) WITHOUT ROWID;
CREATE INDEX items_parent ON items (parent, type, place) WHERE parent IS NOT NULL;
CREATE INDEX items_words ON items (type, words) WHERE words IS NOT NULL;
CREATE TABLE gone (
    type TEXT NOT NULL, id TEXT NOT NULL, scope TEXT NOT NULL, reason TEXT NOT NULL, replaced_by TEXT,
    PRIMARY KEY (type, id, scope)
) WITHOUT ROWID;
CREATE TABLE outbox (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, at TEXT NOT NULL, data TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',  -- waiting, answered (not followed yet), early, settled
    status TEXT, code TEXT, message TEXT, answered_at TEXT
);
CREATE INDEX outbox_state ON outbox (state, n);
CREATE TABLE pins (kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
CREATE TABLE files (
    track_id TEXT PRIMARY KEY, file_id TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL
) WITHOUT ROWID;
"""
_PLANS = """
-- The first pin matters most. Of a file: what came, the format that was asked for, and the pins that want it.
ALTER TABLE pins ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN etag TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN form TEXT NOT NULL DEFAULT 'original';
ALTER TABLE files ADD COLUMN suffix TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN pins TEXT NOT NULL DEFAULT '';
UPDATE files SET etag = file_id;
CREATE INDEX files_file ON files (file_id);
CREATE INDEX files_name ON files (name);
"""
_ACCEPTED = """
-- Whether the server has had it once: put back from a backup, it may not take it again at once.
ALTER TABLE outbox ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET accepted = 1 WHERE state <> 'waiting' AND code IS NULL;
"""
_STEPS = (_FIRST, _PLANS, _ACCEPTED)
VERSION = len(_STEPS)


class Store:
    """One connection, for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._explained():
            self.connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self.connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def _prepare(self) -> None:
        """A commit is on the disk when it returns: what a person did offline exists nowhere else."""
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        with self.write() as connection:
            [version] = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise ClientError(f"{self.path} was made by a newer mcma-client.")
            for number, step in enumerate(_STEPS[version:], version + 1):
                for statement in step.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: all of it or nothing, whatever ends the process."""
        with self._explained():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self.connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._explained():
            return self.connection.execute(query, values).fetchall()

    def each(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """For more rows than memory should hold."""
        with self._explained():
            yield from self.connection.execute(query, values)

    def fact(self, name: str) -> str | None:
        found = self.rows("SELECT value FROM facts WHERE name = ?", name)
        return None if not found else str(found[0][0])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _meaning(error, self.path) from error


def put_fact(connection: Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Nobody else talks to the server for this folder meanwhile. SQLite's own lock: it ends with the process,
    however that ends, and works wherever SQLite does."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    holder = sqlite3.connect(folder / "lock", timeout=0, isolation_level=None, check_same_thread=False)
    try:
        try:
            holder.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise FolderInUse(f"Another mcma-client is at work on {folder}.") from None
        yield
    finally:
        holder.close()


def document(kept: str) -> dict[str, Any]:
    """What a column has as JSON. `Damaged`."""
    try:
        found = json.loads(kept)
    except ValueError as error:
        raise damaged("The copy of this folder, replica.db,", error) from None
    return cast("dict[str, Any]", found)


def damaged(what: object, why: object) -> Damaged:
    return Damaged(
        f"{what} is damaged ({why}). Move it away and synchronise again: the server has everything but "
        "what was not sent yet."
    )


def _meaning(error: sqlite3.DatabaseError, path: Path) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if "Could not decode to UTF-8" in str(error):
        return damaged(path, "text that is none")
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(f"The disk is full: {path} could not be written. Nothing was half-written.")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(path, error)
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR):
        return ClientError(f"{path} cannot be used: {error}")
    if code == sqlite3.SQLITE_BUSY:
        return FolderInUse(f"Another program has kept {path} busy for too long.")
    return error
