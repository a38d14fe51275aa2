"""Music on this machine: what is pinned and how, and the files that are here, found by their tracks."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from mcma_client import items
from mcma_client.errors import ClientError
from mcma_client.plans import HELD, KINDS, Entry, Pin, Plan, Wish
from mcma_client.store import Connection, Store, put_fact


class Kept(NamedTuple):
    """A file that is here. `form` is the format that was asked for; `pins` are those that want it."""

    track_id: str
    file_id: str
    name: str
    size: int
    etag: str
    form: str
    suffix: str
    pins: str


_COLUMNS = ", ".join(Kept._fields)
_MARKS = ", ".join("?" * len(Kept._fields))


@dataclass
class Files:
    store: Store
    folder: Path

    def pin(self, kind: str, id_: str = "") -> None:
        """After those that are there: what was pinned first matters most where there is not room for all."""
        if kind not in KINDS or bool(id_) is (kind == "likes"):
            others = ", ".join(f"{one}:ID" for one in KINDS if one != "likes")
            raise ClientError(f"There are pins of likes, and of {others}.")
        if id_ and not _is_id(id_):  # the server would refuse the whole plan
            raise ClientError(f"'{id_}' is no id: mcma-client find TEXT shows them.")
        with self.store.write() as connection:
            added = "INSERT OR IGNORE INTO pins SELECT ?, ?, coalesce(max(place), 0) + 1 FROM pins"
            connection.execute(added, (kind, id_))

    def unpin(self, kind: str, id_: str = "") -> int:
        """Deletes the files that no other pin wants, with or without a connection. Returns how many."""
        gone = str(Pin(kind, id_))
        with self.store.write() as connection:
            connection.execute("DELETE FROM pins WHERE kind = ? AND id = ?", (kind, id_))
        wanted = [row for row in self._rows() if gone in row.pins.split()]
        with self.store.write() as connection:
            for row in wanted:
                _put(connection, row._replace(pins=" ".join(one for one in row.pins.split() if one != gone)))
        return self._forget(row for row in wanted if row.pins == gone)

    def pins(self) -> list[Pin]:
        return [Pin(*row) for row in self.store.rows("SELECT kind, id FROM pins ORDER BY place, kind, id")]

    def want(self, wish: Wish) -> None:
        """Of all that is pinned. What is here in another format stays until it is here in this one."""
        with self.store.write() as connection:
            put_fact(connection, "format", wish.format)
            put_fact(connection, "budget", "" if wish.budget is None else str(wish.budget))

    def wish(self) -> Wish:
        budget = self.store.fact("budget")
        return Wish(self.store.fact("format") or Wish().format, int(budget) if budget else None)

    def path(self, track_id: str) -> Path | None:
        """Of the file that is here, if one is."""
        found = self.kept(track_id)
        return self._path(found) if found is not None and self._path(found).is_file() else None

    def kept(self, track_id: str) -> Kept | None:
        meant = items.resolved(self.store, "track@1", track_id)
        rows = self._rows(" WHERE track_id = ?", meant)
        old = (row for id_, row in self._merged() if id_ == meant)
        return rows[0] if rows else next(old, None)

    def here(self) -> list[str]:
        """Tracks, by the ids that they have now."""
        now = {row.track_id: id_ for id_, row in self._merged()}
        return sorted({now.get(row.track_id, row.track_id) for row in self._rows()})

    def _merged(self) -> list[tuple[str, Kept]]:
        """What is here of tracks that were merged since, by what they are now."""
        merged = "(SELECT id FROM gone WHERE type = 'track@1' AND replaced_by IS NOT NULL)"
        rows = self._rows(f" WHERE track_id IN {merged}")
        return [(items.resolved(self.store, "track@1", row.track_id), row) for row in rows]

    def size(self) -> int:
        return sum(row.size for row in self._rows())

    def have(self, wish: Wish) -> list[str]:
        """Ids of files that are here as they are wished for."""
        return [row.file_id for row in self._rows() if row.form == wish.format and self._path(row).is_file()]

    def adopted(self, plan: Plan) -> set[str]:
        """Tracks of the plan that are here in the planned form; what the plan says of them is kept."""
        by_file = {row.file_id: row for row in self._rows() if self._path(row).is_file()}
        wish, found = self.wish(), set[str]()
        with self.store.write() as connection:
            for entry in plan.entries:
                row = by_file.get(entry.file_id)
                if row is None or (entry.state != HELD and entry.etag != row.etag):
                    continue
                found.add(entry.track_id)
                now = row._replace(track_id=entry.track_id, form=wish.format, pins=" ".join(entry.pins))
                if now != row:
                    _put(connection, now)
        return found

    def note(self, entry: Entry, path: Path) -> None:
        """A file that came; it takes the place of the one that the track had."""
        name, form = path.relative_to(self.folder).as_posix(), self.wish().format
        before = self._rows(" WHERE track_id = ?", entry.track_id)
        row = Kept(entry.track_id, entry.file_id, name, path.stat().st_size, entry.etag or "", form,
                   entry.suffix, " ".join(entry.pins))  # fmt: skip
        with self.store.write() as connection:
            _put(connection, row)
        self._unlink(before)

    def keep(self, plan: Plan) -> int:
        """Delete what the plan does not name, and parts of what will not be gone on with. What cannot be
        reached on the server now stays. Returns how many files went."""
        named = {one.track_id for one in plan.entries} | {one.named for one in plan.missing if one.here}
        files = {one.file_id for one in plan.entries}
        parts = {f"{one.etag}.{one.suffix}.part" for one in plan.entries}
        for part in self.folder.rglob("*.part"):
            if part.name not in parts:
                part.unlink(missing_ok=True)
        return self._forget(
            row for row in self._rows() if row.track_id not in named and row.file_id not in files
        )

    def _forget(self, rows: Iterable[Kept]) -> int:
        """The rows go first: one without a file would promise music."""
        gone = list(rows)
        with self.store.write() as connection:
            for row in gone:
                connection.execute("DELETE FROM files WHERE track_id = ?", (row.track_id,))
        self._unlink(gone)
        return len(gone)

    def _unlink(self, rows: Iterable[Kept]) -> None:
        """A file that another row names stays: two tracks may have become one."""
        for row in rows:
            if not self._rows(" WHERE name = ?", row.name):
                self._path(row).unlink(missing_ok=True)

    def _rows(self, which: str = "", *values: object) -> list[Kept]:
        return [Kept(*row) for row in self.store.rows(f"SELECT {_COLUMNS} FROM files{which}", *values)]  # noqa: S608

    def _path(self, row: Kept) -> Path:
        return self.folder / row.name


def _put(connection: Connection, row: Kept) -> None:
    """A file has one row, whatever its track is called now."""
    connection.execute("DELETE FROM files WHERE file_id = ? AND track_id <> ?", (row.file_id, row.track_id))
    connection.execute(f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES ({_MARKS})", row)  # noqa: S608


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
