"""mcma job"""

from typing import Any

from cyclopts import App

from mcma.cli import context
from mcma.cli.execute import execute
from mcma.cli.output import as_json, say, table, when
from mcma.cli.values import Flag, Json

app = App(name="job", help="What the server works at.")


@app.command(name="list")
def list_(
    *,
    state: str | None = None,
    kind: str | None = None,
    all: Flag = False,
    limit: int = 50,
    json: Json = False,
) -> None:
    """List jobs, the newest first.

    Parameters
    ----------
    state
        Only these: queued, running, succeeded, failed, cancelled or no_handler.
    kind
        Only this kind, such as scan.
    all
        Also those that come again and again, where they went well and had nothing to do.
    limit
        How many at most.
    """
    routine = all or kind is not None
    jobs = execute("job.list", {"state": state, "kind": kind, "routine": routine, "limit": limit})
    if json:
        as_json(jobs)
        return
    rows = [
        (one["id"], one["kind"], one["state"], _amount(one), when(one["created_at"]), _said(one))
        for one in jobs
    ]
    table(("Id", "Kind", "State", "Done", "Made", "Says"), rows, _none(routine))


@app.command
def show(job: str, /, *, json: Json = False) -> None:
    """Show all of one job, with the end of its log."""
    found = execute("job.show", {"job": job})
    if json:
        as_json(found)
        return
    for name, value in found.items():
        if name != "log_tail" and value not in (None, {}, ""):
            say(f"{name:<12} {value}")
    for line in found["log_tail"].splitlines():
        say(f"  {line}")


@app.command
def cancel(job: str, /, *, json: Json = False) -> None:
    """Stop a job, and those it has begun."""
    _told(execute("job.cancel", {"job": job}), json)


@app.command
def retry(job: str, /, *, json: Json = False) -> None:
    """Try a failed or cancelled job again."""
    _told(execute("job.retry", {"job": job}), json)


@app.command
def workers(*, json: Json = False) -> None:
    """List the processes that run jobs: servers and workers."""
    found = execute("job.workers")
    if json:
        as_json(found)
        return
    rows = [
        (one["role"], one["host"], one["pid"], "alive" if one["alive"] else "silent",
         when(one["heartbeat_at"]), f"{one['running']}/{one['slots']}", ", ".join(one["kinds"]))
        for one in found
    ]  # fmt: skip
    table(("Role", "Host", "Process", "State", "Heard of", "Jobs", "Takes"), rows, _nobody())


def _none(routine: bool) -> str:
    return "No jobs." if routine else "No jobs but those that had nothing to do: mcma job list --all"


def _nobody() -> str:
    """SQLite has one writing process, which is the server."""
    alone = context.settings().database.startswith("sqlite")
    return "None. Start: mcma serve" if alone else "None. Start: mcma serve, or mcma worker"


def _told(job: dict[str, Any], json: bool) -> None:
    if json:
        as_json(job)
    else:
        say(f"{job['kind']} {job['id']}: {job['state']}")


def _amount(job: dict[str, Any]) -> str:
    return f"{job['done']}/{job['total']}" if job["total"] is not None else str(job["done"])


def _said(job: dict[str, Any]) -> str | None:
    said: str | None = job["error"] or job["note"]
    return said
