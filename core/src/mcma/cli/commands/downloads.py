"""mcma downloads"""

from typing import Any, Literal

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, say, table, when
from mcma.cli.values import Flag, Json

app = App(name="downloads", help="What people ask to have, and what is got from outside because of it.")


@app.command(name="list")
def list_(*, state: str | None = None, limit: int = 50, json: Json = False) -> None:
    """List what was asked for, the latest first.

    Parameters
    ----------
    state
        Only these: requested, queued, running, importing, review, have, failed, rejected or cancelled.
    limit
        How many at most.
    """
    found = execute("downloads.list", {"state": state, "limit": limit})
    if json:
        as_json(found)
        return
    rows = [
        (one["id"], one["user"], _thing(one), one["state"], _amount(one), when(one["created_at"]), _said(one))
        for one in found
    ]
    table(("Id", "User", "What", "State", "Done", "Asked", "Says"), rows, "Nobody has asked for anything.")


@app.command
def add(
    source: str,
    source_id: str,
    /,
    *,
    user: str,
    kind: Literal["track", "album", "playlist"] = "track",
    later: Flag = False,
    json: Json = False,
) -> None:
    """Ask for a thing of a source, as a user.

    Parameters
    ----------
    source
        The source's name: mcma plugin list.
    source_id
        Its id there.
    user
        Whose wish it is: name or id.
    kind
        What the id names.
    later
        After all that somebody waits for.
    """
    asked = {"source": source, "source_id": source_id, "user": user, "kind": kind, "later": later}
    made = execute("downloads.add", asked)
    if json:
        as_json(made)
    else:
        say(f"{source} {source_id}: {_state(made)}" + (f", request {made['id']}" if made["id"] else ""))


@app.command
def show(download: str, /, *, json: Json = False) -> None:
    """Show all of one request."""
    found = execute("downloads.show", {"download": download})
    if json:
        as_json(found)
        return
    for name, value in found.items():
        if value not in (None, {}, ""):
            say(f"{name:<12} {value}")


@app.command
def cancel(download: str, /, *, json: Json = False) -> None:
    """Ask for it no more. The last one who wants it stops it."""
    _told(execute("downloads.cancel", {"download": download}), json)


@app.command
def retry(download: str, /, *, json: Json = False) -> None:
    """Begin again what failed or was cancelled."""
    _told(execute("downloads.retry", {"download": download}), json)


@app.command
def approve(download: str, /, *, json: Json = False) -> None:
    """Allow what waits for an administrator."""
    _told(execute("downloads.approve", {"download": download}), json)


@app.command
def reject(download: str, /, *, reason: str | None = None, json: Json = False) -> None:
    """Refuse what waits for an administrator.

    Parameters
    ----------
    download
        The id of the request.
    reason
        For whoever asked.
    """
    _told(execute("downloads.reject", {"download": download, "reason": reason}), json)


def _told(found: dict[str, Any], json: bool) -> None:
    if json:
        as_json(found)
    else:
        say(f"{_thing(found)}: {_state(found)}")


def _thing(one: dict[str, Any]) -> str:
    claim = one["claim"]
    if one["source"] is None and claim is not None:
        return " - ".join(part for part in (", ".join(claim["artists"]), claim["title"]) if part)
    kind = "" if one["kind"] == "track" else f"{one['kind']} "
    return f"{kind}{one['source_id']} of {one['source']}"


def _state(one: dict[str, Any]) -> str:
    waits: str | None = one["waiting_for"]
    return f"{one['state']}, waits for {waits}" if waits else str(one["state"])


def _amount(one: dict[str, Any]) -> str | None:
    return None if one["total"] is None else f"{one['done']}/{one['total']}"


def _said(one: dict[str, Any]) -> str | None:
    words = [one["waiting_for"] and f"waits for {one['waiting_for']}", one["error"] or one["note"]]
    return ": ".join(word for word in words if word) or None
