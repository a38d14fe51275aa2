"""Copies of the database: made, listed, put back; and what clients that synchronise see of it."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mcma.control.operations import perform
from mcma.domain.errors import Conflict
from mcma.services.callers import SYSTEM
from mcma.services.sync.feed import SyncFeed
from mcma.services.sync.heads import Heads
from mcma.store import backups
from mcma.store.clock import new_id
from mcma.store.engine import Database, sqlite_url
from mcma.store.lock import FolderLock
from mcma_plugins.values import Caller
from tests.core.cli.conftest import Mcma
from tests.support.catalogue import Seeded, seed
from tests.support.replica import Replica


@pytest.fixture
def data(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "mcma.db")
    monkeypatch.setenv("MCMA_DATA_DIR", str(folder))
    return folder


def users(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM users ORDER BY name")]


def add_user(data: Path, name: str) -> None:
    row = (new_id().bytes, name, name, "2026-01-01 00:00:00", "2026-01-01 00:00:00")
    with closing(sqlite3.connect(data / "mcma.db")) as connection, connection:
        connection.execute(
            "INSERT INTO users (id, name, name_key, is_admin, token_version, created_at, updated_at) "
            "VALUES (?, ?, ?, 0, 0, ?, ?)", row
        )  # fmt: skip


def made(mcma: Mcma) -> Path:
    ran = mcma("backup", "create", "--json")
    assert ran.code == 0, ran.err
    return Path(json.loads(ran.out)["path"])


def test_a_copy_is_made_listed_and_put_back(mcma: Mcma, data: Path) -> None:
    add_user(data, "ada")
    copy = made(mcma)
    assert copy.stat().st_mode & 0o777 == 0o600
    add_user(data, "bob")
    [listed] = json.loads(mcma("backup", "list", "--json").out)
    assert (listed["name"], listed["size"] > 0, listed["schema"] is not None) == (copy.name, True, True)
    (data / "mcma.db-wal").touch()
    ran = mcma("backup", "restore", copy.name)
    assert ran.code == 0, ran.err
    assert users(data / "mcma.db") == ["ada"]
    assert mcma("user", "list").code == 0, "and it works"
    kept = list((data / "backups").glob("before_restore_*.db"))
    assert [users(path) for path in kept] == [["ada", "bob"]]
    assert mcma("backup", "restore", str(kept[0])).code == 0
    assert users(data / "mcma.db") == ["ada", "bob"]
    assert not list(data.glob("*.restoring*")), "nothing is left lying about"


def test_not_while_the_server_runs(mcma: Mcma, data: Path) -> None:
    copy, lock = made(mcma), FolderLock(data)
    lock.acquire()
    try:
        ran = mcma("backup", "restore", copy.name)
    finally:
        lock.release()
    assert (ran.code, "Another mcma is using" in ran.err) == (1, True)
    assert not list((data / "backups").glob("before_restore_*"))


@pytest.mark.parametrize("kind", ["none", "text", "empty", "torn", "other", "newer"])
def test_what_cannot_be_put_back_changes_nothing(mcma: Mcma, data: Path, kind: str) -> None:
    bad, before = made(mcma), (data / "mcma.db").read_bytes()
    if kind in ("none", "text", "empty"):
        bad.write_bytes({"text": b"hello", "empty": b"", "none": b""}[kind])
    elif kind == "torn":
        whole = bad.read_bytes()
        bad.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    else:
        with closing(sqlite3.connect(bad)) as connection, connection:
            change = (
                "DROP TABLE alembic_version"
                if kind == "other"
                else "UPDATE alembic_version SET version_num='9999'"
            )
            connection.execute(change)
    ran = mcma("backup", "restore", "nothing" if kind == "none" else bad.name)
    assert ran.code == 1
    said = {"none": "no backup", "other": "no database of mcma's", "newer": "does not know"}
    assert said.get(kind, bad.name) in ran.err
    assert (data / "mcma.db").read_bytes() == before
    assert not list(data.glob("*.restoring*"))


def test_a_damaged_database_is_kept_as_it_is(mcma: Mcma, data: Path) -> None:
    copy = made(mcma)
    (data / "mcma.db").write_bytes(b"not a database any more")
    assert mcma("backup", "restore", copy.name).code == 0
    [kept] = (data / "backups").glob("damaged_*.db")
    assert kept.read_bytes() == b"not a database any more"
    assert mcma("user", "list").code == 0


def test_killed_before_the_swap_it_was_never_asked_for(
    mcma: Mcma, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = made(mcma)
    add_user(data, "late")

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die)
        with pytest.raises(SystemExit):
            mcma("backup", "restore", copy.name)
    assert users(data / "mcma.db") == ["late"]
    assert mcma("user", "list").code == 0


def test_clients_that_synchronise_begin_anew(mcma: Mcma, data: Path) -> None:
    """Also one whose cursor the database put back would know, as it has been written to since."""
    database = data / "mcma.db"

    async def follow(replica: Replica | None) -> tuple[Replica, Seeded | None]:
        opened = Database(sqlite_url(database))
        heads = Heads(opened)
        try:
            if replica is not None:
                replica.feed = SyncFeed(opened, heads, 180)
                with pytest.raises(Conflict) as refused:
                    await replica.follow()
                assert refused.value.stable_code == "epoch_changed"
                await replica.begin()
                await replica.agrees()
                return replica, None
            lib = await seed(opened, tracks=4)
            begun = Replica(SyncFeed(opened, heads, 180), lib.user)
            await begun.begin()
            return begun, lib
        finally:
            await heads.close()
            await opened.close()

    replica, _ = asyncio.run(follow(None))
    copy = made(mcma)
    known = replica.known
    assert mcma("backup", "restore", copy.name).code == 0
    asyncio.run(follow(replica))
    assert replica.known.epoch != known.epoch
    assert mcma("backup", "epoch").code == 0, "what an administrator says after pg_restore"
    asyncio.run(follow(replica))


@pytest.mark.anyio
async def test_a_new_epoch_on_either_engine(core: Any) -> None:
    async def tell(_: object) -> None:
        return None

    before = await perform(core, "backup.epoch", {}, tell)
    after = await perform(core, "backup.epoch", {}, tell)
    assert before["epoch"] != after["epoch"]
    admin = await core.services.users.create(SYSTEM, "boss", None, is_admin=True)
    found = await core.services.sync.capabilities(Caller(admin.id, "boss", True))
    assert found.epoch == after["epoch"]


def test_postgresql_has_programs_of_its_own(mcma: Mcma, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCMA_DATABASE_URL", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    for command in (("list",), ("restore", "x")):
        ran = mcma("backup", *command)
        assert (ran.code, "pg_restore" in ran.err) == (2, True)


def test_a_backup_that_failed_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.Error):
        (tmp_path / "bad.db").write_text("no database")
        backups.created(tmp_path / "bad.db", tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
