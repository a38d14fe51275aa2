"""Copies of a SQLite database: made while it is used, checked, put back while nobody uses it.

What is put back gets a new epoch: clients that have seen what came after the copy must not take it for the
past that they know. On PostgreSQL this is pg_dump's work (`docs/running.md`).
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from mcma.domain.errors import InvalidInput, NotFound
from mcma.store.clock import new_id, utcnow
from mcma.store.migrate import VERSION_TABLE, SchemaNewer, core_folder, revisions

_HEADER = b"SQLite format 3\0"


class BadBackup(InvalidInput):
    """No copy of a database of mcma's, or a damaged one."""

    code = "bad_backup"


class Backup(NamedTuple):
    name: str
    made_at: datetime
    size: int
    schema: str | None
    """None for a file that cannot be read."""


def created(database: Path, folder: Path, why: str = "made") -> Path:
    """A copy as the database is now; it may be in use. A copy that was begun and not finished is not left."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{why}_{utcnow():%Y%m%d_%H%M%S_%f}.db"
    part = target.with_suffix(".part")
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        part.chmod(0o600)
        _brought_down(part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def listed(folder: Path) -> list[Backup]:
    """The latest first."""
    found = [_told(path) for path in folder.glob("*.db")]
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def found(folder: Path, name: str) -> Path:
    """By its name in the folder, or by a path. Raises `NotFound`."""
    for path in (folder / name, folder / f"{name}.db", Path(name)):
        if path.is_file():
            return path
    raise NotFound(f"There is no backup {name}.", hint="mcma backup list")


def check(path: Path) -> str:
    """The schema of a copy that can be put back. Raises `BadBackup` and `SchemaNewer`."""
    with _opened(path) as connection:
        [(said,), *_] = connection.execute("PRAGMA integrity_check(1)").fetchall()
        if said != "ok":
            raise BadBackup(f"{path.name} is damaged: {said}")
        try:
            [(schema,)] = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall()
        except (sqlite3.Error, ValueError):
            raise BadBackup(f"{path.name} is no database of mcma's.") from None
    if schema not in revisions(core_folder()).values():
        raise SchemaNewer(f"{path.name} has schema {schema}, which this version does not know.",
                          hint="Install the version that wrote it.")  # fmt: skip
    return str(schema)


def restore(backup: Path, database: Path, folder: Path) -> Path | None:
    """Puts a copy in the place of the database, whose lock the caller holds. Returns where the one that was
    there is kept, None if there was none.

    Killed at any time, what is there is either of the two, whole. Raises as `check` does, before anything is
    changed.
    """
    check(backup)
    fresh = database.with_name(f"{database.name}.restoring")
    _without_log(fresh)
    fresh.unlink(missing_ok=True)
    try:
        with _opened(backup) as connection:
            connection.execute("VACUUM INTO ?", (str(fresh),))
        _renew_epoch(fresh)
        fresh.chmod(0o600)
        _brought_down(fresh)
        kept = _kept(database, folder)
        _without_log(database)
        fresh.replace(database)
    finally:
        fresh.unlink(missing_ok=True)
    _brought_down(database.parent)
    return kept


def _kept(database: Path, folder: Path) -> Path | None:
    if not database.is_file() or not database.stat().st_size:
        return None
    try:
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return created(database, folder, "before_restore")
    except sqlite3.Error:  # damaged: maybe why somebody is here. All of its bytes are kept
        return _moved_aside(database, folder)


def _moved_aside(database: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"damaged_{utcnow():%Y%m%d_%H%M%S_%f}.db"
    for end in ("", "-wal"):
        part = database.with_name(database.name + end)
        if part.is_file():
            shutil.copyfile(part, target.with_name(target.name + end))
            target.with_name(target.name + end).chmod(0o600)
    return target


def _without_log(database: Path) -> None:
    """A log that belongs to another file would be played into this one."""
    for end in ("-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)


def _renew_epoch(database: Path) -> None:
    """In the row that `queries/sync_state.py` reads. There is none before anybody has synced."""
    with closing(sqlite3.connect(database)) as connection, connection:
        where = "namespace = 'core' AND key = 'sync'"
        row = connection.execute(f"SELECT value FROM key_values WHERE {where}").fetchone()
        if row is not None:
            value = {**orjson.loads(row[0]), "epoch": str(new_id())}
            connection.execute(
                f"UPDATE key_values SET value = ? WHERE {where}", (orjson.dumps(value).decode(),)
            )


def _told(path: Path) -> Backup:
    about, schema = path.stat(), None
    with suppress(BadBackup, sqlite3.Error, ValueError), _opened(path) as connection:
        [(schema,)] = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall()
    return Backup(path.name, datetime.fromtimestamp(about.st_mtime, UTC), about.st_size, schema)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """For reading. Raises `BadBackup` for what is no database."""
    with path.open("rb") as file:
        if file.read(len(_HEADER)) != _HEADER:
            raise BadBackup(f"{path.name} is no database.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise BadBackup(f"{path.name} cannot be read: {error}") from error


def _brought_down(path: Path) -> None:
    """To the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
