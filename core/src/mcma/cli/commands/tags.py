"""mcma tags"""

from typing import Any

from cyclopts import App

from mcma.cli.changes import value_words
from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say, table
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json, failed_with
from mcma.domain.words import counted

app = App(name="tags", help="Tags of files: written where an administrator says so, and taken back.")


@app.command
def write(
    *,
    track: list[str] | None = None,
    album: list[str] | None = None,
    artist: list[str] | None = None,
    library: list[str] | None = None,
    field: list[str] | None = None,
    dry_run: Flag = False,
    wait: Flag = False,
    json: Json = False,
) -> None:
    """Write what the library says into the files of managed libraries. MCMA_WRITE_TAGS says which fields.

    Parameters
    ----------
    track
        The id of a track; may be given several times, as all of these.
    album
        The id of an album: all of its tracks.
    artist
        The id of an artist: all tracks with a credit.
    library
        The name of a managed library: all of it.
    field
        Only this field.
    dry_run
        Show what would be written, and write nothing.
    wait
        Come back when it is done.
    """
    named = {"track": track, "album": album, "artist": artist, "library": library}
    items = [[kind, one] for kind, given in named.items() for one in given or ()]
    if not items:
        from mcma.domain.errors import InvalidInput

        raise InvalidInput("Say --track, --album, --artist or --library.", code="usage")
    asked = {"items": items, "fields": field, "dry_run": dry_run, "wait": wait}
    with progress(quiet=not wait) as on_event:
        found = execute("tags.write", asked, on_event, running_jobs=wait)
    if json:
        as_json(found)
    elif dry_run:
        _previewed(found["files"])
    else:
        _reported(found)
    _check(found)


@app.command(name="list")
def list_(*, track: str | None = None, run: str | None = None, limit: int = 50, json: Json = False) -> None:
    """List what was written into files, the latest first.

    Parameters
    ----------
    track
        Only into files of this one.
    run
        Only by this job.
    limit
        How many.
    """
    found = execute("tags.list", {"track": track, "run": run, "limit": max(1, min(limit, 500))})
    if json:
        as_json(found)
        return
    rows = [(one["id"], one["path"], _state(one), ", ".join(change["field"] for change in one["changes"]))
            for one in found]  # fmt: skip
    table(("Id", "File", "State", "Fields"), rows, "Nothing was written into any file.")


@app.command
def undo(id: str, /, *, wait: Flag = False, json: Json = False) -> None:
    """Make a file what it was before, byte for byte; with the id of a job, all files it has written to.

    Parameters
    ----------
    id
        As `mcma tags list` shows it, or of the job.
    wait
        Come back when it is done.
    """
    with progress(quiet=not wait) as on_event:
        found = execute("tags.undo", {"id": id, "wait": wait}, on_event, running_jobs=wait)
    if json:
        as_json(found)
    else:
        _reported(found)
    _check(found)


def _previewed(files: list[dict[str, Any]]) -> None:
    for one in files:
        say(one["path"] + (f": cannot be written to ({one['refused']})" if one["refused"] else ""))
        for change in one["changes"]:
            before, after = value_words(change["before"]), value_words(change["after"])
            say(f"  {change['field']}: {before} -> {after}")
    if not files:
        note("Files of managed libraries say what the library says; others are never written to.")


def _state(one: dict[str, Any]) -> str:
    if one["undone_at"]:
        return "undone"
    if one["undoes"]:
        return "takes back" if one["state"] == "written" else f"not undone: {one['error']}"
    return f"failed: {one['error']}" if one["error"] else str(one["state"])


def _reported(found: dict[str, Any]) -> None:
    report = found["report"]
    if report is None:
        say(f"queued as job {found['job']}" if found["state"] == "queued" else str(found["state"]))
        return
    refused = ", ".join(f"{count} {reason}" for reason, count in report["refused"].items())
    say(f"{counted(report['written'], 'file')} written" + (f", not: {refused}" if refused else ""))


def _check(found: dict[str, Any]) -> None:
    from mcma.domain.errors import McmaError

    if found.get("state", "queued") not in ("queued", "succeeded"):
        raise McmaError(f"Writing tags {found['state']}: {failed_with(found)}", code="tags_failed",
                        hint=f"mcma job show {found['job']}")  # fmt: skip
