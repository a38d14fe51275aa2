"""The local database: full disks, damaged files, two programs."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from mcma_client import Client, items
from mcma_client.errors import ClientError, Damaged, DiskFull, FolderInUse
from mcma_client.items import take
from mcma_client.store import Store, only_one, put_fact


def lines(count: int) -> list[dict[str, object]]:
    head = {"scope": "me", "type": "device@1", "op": "put", "rev": 1, "data": {"name": "x" * 500}}
    return [{**head, "id": f"{number:036}"} for number in range(count)]


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path) -> None:
    with Store(tmp_path / "replica.db") as store:
        store.connection.execute("PRAGMA max_page_count = 30")
        with pytest.raises(DiskFull, match="Nothing was half-written"), store.write() as connection:
            put_fact(connection, "epoch", "1")
            take(connection, lines(1000), {})
        assert store.fact("epoch") is None
        with store.write() as connection:
            put_fact(connection, "epoch", "2")
        assert store.fact("epoch") == "2"


@pytest.mark.parametrize(
    "damage", [b"this is no database, this is a text", b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_database_is_said(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "replica.db"
    path.write_bytes(damage)
    with pytest.raises(Damaged, match="Move it away"):
        Store(path)


@pytest.mark.parametrize("kept", ["CAST(X'FF' AS TEXT)", "'{'", "''"])
def test_damaged_rows_are_said(tmp_path: Path, kept: str) -> None:
    """SQLite itself does not look into them."""
    with Client(tmp_path) as client:
        with client.store.write() as connection:
            row = f"INSERT INTO items VALUES ('album@1', 'a', 'me', 1, 1, NULL, NULL, 'x', {kept})"
            connection.execute(row)
        with pytest.raises(Damaged, match="Move it away"):
            items.found(client.store, "album@1", "x")


def test_a_database_of_the_future_is_left_alone(tmp_path: Path) -> None:
    with Store(tmp_path / "replica.db") as store:
        store.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ClientError, match="newer"):
        Store(tmp_path / "replica.db")


def test_two_write_side_by_side(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as one, Store(tmp_path / "a.db") as other:
        with one.write() as connection:
            put_fact(connection, "a", "1")
        with other.write() as connection:
            put_fact(connection, "b", "2")
        assert (other.fact("a"), one.fact("b")) == ("1", "2")
        other.connection.execute("PRAGMA busy_timeout = 1")
        with one.write(), pytest.raises(FolderInUse), other.write():
            pass


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from mcma_client.store import only_one\n"
        f"with only_one(Path({str(tmp_path)!r})):\n    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(FolderInUse), only_one(tmp_path):
        pass
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with only_one(tmp_path):
        pass


def test_an_unwritable_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((ClientError, OSError)):
        Store(tmp_path / "file" / "replica.db")
    with pytest.raises(ClientError, match="cannot be used"):
        Store(tmp_path)


def test_no_error_of_sqlite_is_hidden(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store, pytest.raises(sqlite3.OperationalError, match="syntax"):
        store.rows("SELEC 1")


def test_what_is_called_just_that_is_found_first(tmp_path: Path) -> None:
    titles = ["A long song 1 of 2011", *(f"Song 1{number}" for number in range(60)), "Song 1", "Résumé"]
    lines = [
        {"type": "track@1", "id": str(UUID(int=place)), "scope": "me", "op": "put", "rev": 1,
         "data": {"title": title, "artist": "Ann"}}
        for place, title in enumerate(titles)
    ]  # fmt: skip
    with Client(tmp_path) as client:
        with client.store.write() as connection:
            items.take(connection, lines, {"me": 1})
        found = [one.data["title"] for one in items.found(client.store, "track@1", "song 1")]
        assert (found[0], len(found)) == ("Song 1", 50)
        assert items.found(client.store, "track@1", "resume ann")[0].data["title"] == "Résumé"
