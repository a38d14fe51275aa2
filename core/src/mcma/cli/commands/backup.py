"""mcma backup"""

from typing import TYPE_CHECKING

from cyclopts import App

from mcma.cli import context
from mcma.cli.execute import execute
from mcma.cli.output import as_json, say, table, when
from mcma.cli.values import Json

if TYPE_CHECKING:
    from pathlib import Path

app = App(name="backup", help="Copies of the database.")
_MIB = 1024**2


@app.command
def create(*, json: Json = False) -> None:
    """Copy the database into the folder `backups`; the server may run. SQLite alone."""
    made = execute("backup.create")
    if json:
        as_json(made)
    else:
        say(f"{made['path']} ({made['size'] / _MIB:.1f} MiB)")


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List the copies, those from before upgrades as well."""
    from mcma.store.backups import listed

    _, folder = _places()
    found = [{**one._asdict(), "made_at": one.made_at.isoformat()} for one in listed(folder)]
    if json:
        as_json(found)
        return
    rows = [
        (one["name"], when(one["made_at"]), f"{one['size'] / _MIB:.1f} MiB", one["schema"]) for one in found
    ]
    table(("Name", "Made", "Size", "Schema"), rows, "No backups.")


@app.command
def restore(name: str, /, *, json: Json = False) -> None:
    """Put a copy in the place of the database. The server must be stopped. SQLite alone.

    What was there is kept in `backups` first. Clients that synchronise begin anew, because the server makes a
    new epoch.

    Parameters
    ----------
    name
        One that `mcma backup list` shows, or a path.
    """
    from mcma.store.backups import found
    from mcma.store.backups import restore as put_back
    from mcma.store.lock import FolderLock

    database, folder = _places()
    backup = found(folder, name).absolute()
    lock = FolderLock(folder.parent)
    lock.acquire()
    try:
        kept = put_back(backup, database, folder)
    finally:
        lock.release()
    if json:
        as_json({"restored": str(backup), "kept": None if kept is None else str(kept)})
        return
    say(f"{backup.name} is the database now.")
    if kept is not None:
        say(f"What was there is in {kept}.")


@app.command
def epoch(*, json: Json = False) -> None:
    """Make a new epoch: clients that synchronise begin anew. To be called after the database was put back by
    other means than `mcma backup restore`, such as pg_restore."""
    made = execute("backup.epoch")
    if json:
        as_json(made)
    else:
        say(f"The epoch is {made['epoch']} now.")


def _places() -> "tuple[Path, Path]":
    from mcma import logs
    from mcma.cli.execute import manner
    from mcma.control.backups import FOLDER, sqlite_file

    settings = context.settings()
    logs.configure(*manner(settings))
    return sqlite_file(settings.database), settings.data_dir / FOLDER
