"""mcma library, mcma scan"""

import os
import re
from typing import Any

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say, table, when
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json, failed_with
from mcma.domain.words import counted

app = App(name="library", help="Folders of music, indexed in place and never written to.")
_MOST_PROBLEMS = 10
_DUPLICATE = "duplicate"
"""The one reason in a scan's report with which a file is taken in all the same."""


@app.command
def add(path: str, /, *, name: str | None = None, json: Json = False) -> None:
    """Add a folder. The same folder again is the library it already is.

    It is seen by those who see all others. Who sees it can be changed: mcma user libraries.

    Parameters
    ----------
    path
        The folder.
    name
        What it is called; the folder's own name by default.
    """
    library = execute("library.add", {"path": whole(path), "name": name})
    if json:
        as_json(library)
    else:
        say(f"Library {library['number']}, {library['name']}: {library['root']}")
        note(f"mcma scan {library['number']} takes its music in.")


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List the libraries."""
    libraries = execute("library.list")
    if json:
        as_json(libraries)
        return
    rows = [
        (one["number"], one["name"], one["song_count"], one["album_count"], one["scan_state"],
         when(one["last_scan_at"]), one["root"])
        for one in libraries
    ]  # fmt: skip
    columns = ("No", "Name", "Songs", "Albums", "Scan", "Last scan", "Folder")
    table(columns, rows, "No libraries yet. mcma library add PATH")


@app.command
def remove(library: str, /) -> None:
    """Hide a library and all that is in it. No file, like or play is lost: adding the folder again brings
    everything back.

    Parameters
    ----------
    library
        Its name, number, id or folder.
    """
    gone = execute("library.remove", {"library": _said(library)})
    say(f"{gone['name']} is removed; its files in {gone['root']} are untouched.")


def scan(
    library: str | None = None,
    /,
    *,
    full: Flag = False,
    accept_missing: Flag = False,
    wait: Flag = False,
    json: Json = False,
) -> None:
    """Look for new, changed and missing music.

    Parameters
    ----------
    library
        Its name, number, id or folder; all of them by default.
    full
        Read every file again, not only those that changed.
    accept_missing
        The files that are gone are really gone, however many they are.
    wait
        Come back when it is done.
    """
    which = None if library is None else _said(library)
    asked = {"library": which, "full": full, "accept_missing": accept_missing, "wait": wait}
    try:
        with progress(quiet=not wait) as on_event:
            results = execute("scan", asked, on_event, running_jobs=wait)
    except KeyboardInterrupt:
        note("A scan goes on where a server runs: mcma job list, mcma job cancel ID.")
        raise
    if json:
        as_json(results)
    else:
        for one in results:
            _report(one)
    _check(results)


def whole(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - resolve() would follow links


def _said(library: str) -> str:
    """A server that is asked has another working folder."""
    return whole(library) if re.match(r"\.{1,2}(/|$)|~", library) else library


def _report(one: dict[str, Any]) -> None:
    report = one.get("report")
    if one["state"] == "queued":
        say(f"{one['library']}: queued as job {one['job']}")
    elif report is not None:
        counts = ", ".join(f"{report[what]} {what}" for what in ("added", "changed", "moved", "missing"))
        say(f"{one['library']}: {counted(report['files'], 'file')}, {counts} in {report['seconds']:.1f} s")
    problems = one.get("problems") or []
    twice = [problem["path"] for problem in problems if problem["reason"] == _DUPLICATE]
    refused = [
        f"{problem['path']}: {problem['reason']}: {problem['message']}"
        for problem in problems
        if problem["reason"] != _DUPLICATE
    ]
    _files(one["library"], "taken in, with the same sound as another file", twice)
    _files(one["library"], "not taken in", refused)


def _files(library: str, what: str, lines: list[str]) -> None:
    if lines:
        note(f"{library}: {counted(len(lines), 'file was', 'files were')} {what}:")
    for line in lines[:_MOST_PROBLEMS]:
        note(f"  {line}")
    if len(lines) > _MOST_PROBLEMS:
        note("  ... mcma scan --wait --json lists them all")


def _check(results: list[dict[str, Any]]) -> None:
    from mcma.domain.errors import McmaError

    failed = [one for one in results if one["state"] not in ("queued", "succeeded")]
    if failed:
        words = "; ".join(f"{one['library']} ({one['root']}): {failed_with(one)}" for one in failed)
        hint = f"mcma job show {failed[0]['job']}"
        raise McmaError(f"The scan {failed[0]['state']}: {words}", code="scan_failed", hint=hint)
