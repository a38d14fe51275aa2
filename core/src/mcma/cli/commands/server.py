"""mcma serve, and what keeps a server in order."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from mcma.cli import context
from mcma.cli.execute import execute, manner
from mcma.cli.output import as_json, say, table
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json
from mcma.domain.words import counted

if TYPE_CHECKING:
    from mcma.settings import Settings

config = App(name="config", help="The settings.")
Names = Annotated[tuple[str, ...], Parameter(consume_multiple=True)]


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    library: tuple[str, ...] = (),
    lan: Flag = False,
    welcome: Flag = False,
    demo: Flag = False,
    processes: int | None = None,
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
    processes
        Processes that serve requests; more than one needs PostgreSQL. [default: 1]
    """
    from mcma import logs  # noqa: F401 - first, see `mcma._structlog`
    from mcma.serving.server import Wishes
    from mcma.serving.server import serve as run

    settings = context.settings(host=host, port=port, lan=lan or None, processes=processes)
    if settings.processes > 1:
        _needs_postgresql(settings, "With SQLite one process does everything.")
    run(settings, Wishes(libraries=tuple(library), welcome=welcome, demo=demo))


def migrate() -> None:
    """Bring the database to this version's schema, after a backup copy. `mcma serve` does it by itself."""
    for part in execute("migrate"):
        say(f"{part['part']}: {part['schema']}")


def rebuild() -> None:
    """Make everything anew that is derived: counters, likes, ratings and plays as lists show them."""
    with progress() as on_event:
        done = execute("rebuild", {}, on_event)
    libraries = counted(done["libraries"], "library", "libraries")
    say(f"Rebuilt {libraries} and {counted(done['users'], 'user')}.")


def doctor(*, json: Json = False) -> None:
    """Say how the server is, and what to look at. Ends with 1 when something does not work."""
    from mcma.domain.errors import McmaError

    report = execute("doctor")
    if json:
        as_json(report)
    else:
        table(("", ""), _facts(report), "")
        for one in report["warnings"]:
            say(f"{one['level']}: {one['message']} ({one['code']})")
            if one["hint"]:
                say(f"    {one['hint']}")
    errors = sum(one["level"] == "error" for one in report["warnings"])
    if errors:
        raise McmaError(f"{counted(errors, 'thing does', 'things do')} not work.", code="unwell")


def _facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    database, disk = report["database"], report["disk"]
    mebi = 1024**2
    return [
        ("version", report["version"]),
        ("database", f"{database['kind']} {database['version']}, {database['size'] // mebi} MiB, "
                     f"schema {database['schema']}"),
        ("disk", f"{disk['free'] // mebi} of {disk['total'] // mebi} MiB free"),
        ("libraries", ", ".join(f"{one['name']} ({one['song_count']})" for one in report["libraries"])),
        ("jobs", ", ".join(f"{count} {state}" for state, count in sorted(report["jobs"].items()))),
        ("plugins", ", ".join(f"{one['name']} {one['state']}" for one in report["plugins"])),
        ("tools", ", ".join(f"{name}: {path or 'missing'}" for name, path in report["tools"].items())),
        ("doorbell", report["doorbell"]),
    ]  # fmt: skip


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
    say(f"{counted(made, 'piece')} in {folder}" if made else f"{folder} has the demo library already.")


def worker(*, kinds: Names = (), plugins: Names = (), slots: int | None = None) -> None:
    """Run jobs in a process of its own, beside the server. Needs PostgreSQL.

    Parameters
    ----------
    kinds
        Only these kinds of jobs, such as scan. [default: all]
    plugins
        Load only these plugins and run only their jobs; `core` stands for mcma's own jobs, which may need a
        plugin too (a scan needs the one that lists the library). [default: all]
    slots
        Jobs that run at the same time. [default: MCMA_JOB_SLOTS]
    """
    from mcma import logs  # noqa: F401 - first, see `mcma._structlog`
    from mcma.part import Part
    from mcma.serving.worker import work

    settings = context.settings(job_slots=slots)
    _needs_postgresql(settings, "The server itself runs all jobs: with SQLite only one process may write.")
    work(settings, Part("worker", kinds=tuple(kinds), plugins=tuple(plugins)))


def _needs_postgresql(settings: "Settings", why: str) -> None:
    from mcma.domain.errors import InvalidInput

    if settings.database.startswith("sqlite"):
        raise InvalidInput(
            why, hint="Give MCMA_DATABASE_URL=postgresql+asyncpg://... to have more.", code="usage"
        )
