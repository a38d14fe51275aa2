"""mcma downloads"""

from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from mcma.cli.execute import execute
from mcma.cli.output import as_json, say, table, when
from mcma.cli.values import Flag, Json

app = App(name="downloads", help="What people ask to have, and what is got from outside because of it.")
Download = Annotated[str, Parameter(help="The id of the request: mcma downloads list.")]
State = Literal[
    "requested", "queued", "running", "importing", "review", "have", "failed", "rejected", "cancelled"
]
_MIB = 1024 * 1024


@app.command(name="list")
def list_(*, state: State | None = None, limit: int = 50, json: Json = False) -> None:
    """List what was asked for, the latest first.

    Parameters
    ----------
    state
        Only these.
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
    empty = f"Nothing is {state}." if state else "Nobody has asked for anything."
    table(("Id", "User", "What", "State", "Done", "Asked", "Says"), rows, empty)


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
        request = f", request {made['id']}" if made["id"] else ""
        say(f"{source} {source_id}: {_state(made | asked)}{request}")


@app.command
def show(download: Download, /, *, json: Json = False) -> None:
    """Show all of one request."""
    found = execute("downloads.show", {"download": download})
    if json:
        as_json(found)
        return
    for name, value in found.items():
        if value not in (None, {}, "", []) and name != "claim":
            say(f"{name:<12} {', '.join(value) if isinstance(value, list) else value}")


@app.command
def cancel(download: Download, /, *, json: Json = False) -> None:
    """Ask for it no more. The last one who wants it stops it."""
    _told(execute("downloads.cancel", {"download": download}), json)


@app.command
def retry(download: Download, /, *, json: Json = False) -> None:
    """Begin again what failed or was cancelled."""
    _told(execute("downloads.retry", {"download": download}), json)


@app.command
def approve(download: Download, /, *, json: Json = False) -> None:
    """Allow what waits for an administrator, or was refused."""
    _told(execute("downloads.approve", {"download": download}), json)


@app.command
def reject(download: Download, /, *, reason: str | None = None, json: Json = False) -> None:
    """Refuse what waits for an administrator.

    Parameters
    ----------
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
    kind = "" if one["kind"] == "track" else f"{one['kind']} "
    where = f"{one['source_id']} of {one['source']}"
    if not one["title"]:
        return kind + where
    name = " - ".join(part for part in (", ".join(one["artists"]), one["title"]) if part)
    return f"{kind}{name}" + (f" ({where})" if one["source"] else "")


def _state(one: dict[str, Any]) -> str:
    waits: str | None = one["waiting_for"]
    words = f"{one['state']}, waits for {waits}" if waits else str(one["state"])
    return ": ".join(word for word in (words, one.get("error") or _absent(one)) if word)


def _absent(one: dict[str, Any]) -> str | None:
    """What waits for a source without being in line for it."""
    if (one["state"], one["waiting_for"]) != ("requested", "source"):
        return None
    return f"no {one['source']} here can get it" if one["source"] else "not found yet"


def _amount(one: dict[str, Any]) -> str | None:
    if one["total"] is None:
        return None
    if one["kind"] != "track":
        return f"{one['done']} of {one['total']}"
    return f"{(one['done'] or 0) / _MIB:.1f} of {one['total'] / _MIB:.1f} MiB"


def _said(one: dict[str, Any]) -> str | None:
    why = one["error"] or one["note"] or _absent(one)
    words = [one["waiting_for"] and f"waits for {one['waiting_for']}", why]
    return ": ".join(word for word in words if word) or None
