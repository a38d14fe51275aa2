"""mcma import"""

from typing import Any

from mcma.cli.commands.library import whole
from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json, failed_with
from mcma.domain.words import counted

_MOST = 10


def import_(
    path: str,
    /,
    *,
    link: Flag = False,
    library: str | None = None,
    wait: Flag = False,
    json: Json = False,
) -> None:
    """Copy music into the folder that mcma manages. What is there already is not copied again.

    Parameters
    ----------
    path
        A folder, or one file. It is only read.
    link
        Hard links instead of copies where the file system can: no second copy, but whoever edits the one
        edits the other.
    library
        The managed library it goes to, made when there is none of that name; Imported by default.
    wait
        Come back when it is done.
    """
    asked = {"path": whole(path), "library": library, "link": link, "wait": wait}
    try:
        with progress(quiet=not wait) as on_event:
            result = execute("import", asked, on_event, running_jobs=wait)
    except KeyboardInterrupt:
        note("An import goes on where a server runs: mcma job list, mcma job cancel ID.")
        raise
    if json:
        as_json(result)
    else:
        _report(result)
    _check(result)


def _report(result: dict[str, Any]) -> None:
    report = result.get("report")
    place = result.get("file") or result["folder"]
    if result["state"] == "queued":
        say(f"{place}: queued as job {result['job']}")
    elif report is not None:
        say(f"{place}: {_counts(report)} in {report['seconds']:.1f} s")
    problems = [] if result.get("file") else _problems(result)
    for problem in problems[:_MOST]:
        note(f"  {problem}")
    if len(problems) > _MOST:
        note("  ... mcma import --wait --json lists them all")


def _counts(report: dict[str, Any]) -> str:
    taken = ", ".join(f"{report[what]} {what}" for what in ("imported", "replaced", "unchanged"))
    left = f"{counted(report['duplicates'], 'duplicate')}, {counted(report['problems'], 'problem')}"
    return f"{counted(report['files'], 'file')}, {taken}, {left}"


def _problems(result: dict[str, Any]) -> list[str]:
    return [
        f"{one['path']}: {one['reason']}: {one['message']}"
        for one in result.get("left_out") or []
        if one["result"] == "problem"
    ]


def _check(result: dict[str, Any]) -> None:
    """A folder may have files that are no music; one file that was named is either imported or a failure."""
    from mcma.domain.errors import McmaError

    if result["state"] not in ("queued", "succeeded"):
        words = f"The import {result['state']}: {failed_with(result)}"
        raise McmaError(words, code="import_failed", hint=f"mcma job show {result['job']}")
    report, file = result.get("report"), result.get("file")
    refused = [one for one in result.get("left_out") or [] if one["result"] == "problem"]
    if file and refused:
        words = f"{refused[0]['reason']}: {refused[0]['message']}"
        raise McmaError(f"{file} was not imported: {words}", code="import_failed")
    if file and report is not None and not report["files"]:
        words = "its name is of no kind of file that is imported"
        raise McmaError(f"{file} was not imported: {words}", code="import_failed")
