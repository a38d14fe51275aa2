"""mcma import"""

from typing import Any

from mcma.cli.commands.library import whole
from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json, failed_with

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
    if result["state"] == "queued":
        say(f"{result['folder']}: queued as job {result['job']}")
    elif report is not None:
        counts = ("imported", "replaced", "unchanged", "duplicates", "problems")
        words = ", ".join(f"{report[what]} {what}" for what in counts)
        say(f"{result['folder']}: {report['files']} files, {words} in {report['seconds']:.1f} s")
    problems = [one for one in result.get("left_out") or [] if one["result"] == "problem"]
    for problem in problems[:_MOST]:
        note(f"  {problem['path']}: {problem['reason']}: {problem['message']}")
    if len(problems) > _MOST:
        note("  ... mcma import --wait --json lists them all")


def _check(result: dict[str, Any]) -> None:
    from mcma.domain.errors import McmaError

    if result["state"] not in ("queued", "succeeded"):
        words = f"The import {result['state']}: {failed_with(result)}"
        raise McmaError(words, code="import_failed", hint=f"mcma job show {result['job']}")
