"""mcma serve, and what keeps a server in order."""

from pathlib import Path

from cyclopts import App

from mcma.cli import context
from mcma.cli.execute import execute, manner
from mcma.cli.output import as_json, say, table
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json

config = App(name="config", help="The settings.")


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    library: tuple[str, ...] = (),
    lan: Flag = False,
    welcome: Flag = False,
    demo: Flag = False,
) -> None:
    """Start the server.

    Parameters
    ----------
    host
        Address to listen on. [default: 127.0.0.1]
    port
        Port to listen on; 0 takes a free one. [default: 6262]
    library
        A folder to add as a library and scan; may be given several times.
    lan
        Listen on all addresses, for the other devices of the household.
    welcome
        On the first start make an administrator and print how to log in.
    demo
        Make a small library of synthesised music in the data folder, and serve it.
    """
    from mcma import logs  # noqa: F401 - first, see `mcma._structlog`
    from mcma.serving.server import Wishes
    from mcma.serving.server import serve as run

    settings = context.settings(host=host, port=port, lan=lan or None)
    run(settings, Wishes(libraries=tuple(library), welcome=welcome, demo=demo))


def migrate() -> None:
    """Bring the database to this version's schema, after a backup copy. `mcma serve` does it by itself."""
    for part in execute("migrate"):
        say(f"{part['part']}: {part['schema']}")


def rebuild() -> None:
    """Make everything anew that is derived: counters, likes, ratings and plays as lists show them."""
    with progress() as on_event:
        done = execute("rebuild", {}, on_event)
    say(f"Rebuilt {done['libraries']} libraries and {done['users']} users.")


@config.command
def show(*, json: Json = False) -> None:
    """Print every setting, its value (secrets masked) and where it came from."""
    from mcma import logs
    from mcma.cli.settings_rows import settings_rows

    settings = context.settings()
    logs.configure(*manner(settings))
    rows = settings_rows(settings)
    if json:
        as_json(rows)
        return
    cells = [
        (row["env"], row["value"] if row["value"] not in ("", None) else "-", row["origin"]) for row in rows
    ]
    table(("Variable", "Value", "Origin"), cells, "")


def openapi() -> None:
    """Print the description of the native API (OpenAPI, JSON)."""
    from mcma.cli.openapi import document

    as_json(document(context.settings()))


def demo(folder: Path, /) -> None:
    """Make a small library of synthesised music, tagged and with covers (CC0).

    Parameters
    ----------
    folder
        Where to make it; nothing there is overwritten.
    """
    from mcma.demo import make_demo

    made = make_demo(folder.absolute())
    say(f"{made} pieces in {folder}" if made else f"{folder} has the demo library already.")


def worker() -> None:
    """Run jobs in a process of its own, beside the server. Needs PostgreSQL."""
    from mcma.domain.errors import InvalidInput

    if context.settings().database.startswith("sqlite"):
        raise InvalidInput(
            "The server itself runs all jobs: with SQLite only one process may write.",
            hint="Give MCMA_DATABASE_URL=postgresql+asyncpg://... to have workers.",
            code="usage",
        )
    raise InvalidInput("This version has no separate workers yet: mcma serve runs all jobs.", code="usage")
