"""mcma playlist"""

import base64
import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say, table
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json, failed_with
from mcma.domain.words import counted

app = App(name="playlist", help="Playlists from files and as files.")
User = Annotated[str, Parameter(name="--user")]
_MOST = 10


@app.command(name="import")
def import_(
    file: str, /, *, user: User, name: str | None = None, public: Flag = False, follow: Flag = False,
    wait: Flag = False, json: Json = False,
) -> None:  # fmt: skip
    """Make a playlist of a file: M3U, M3U8, XSPF, JSPF, a table (CSV), or the data of a Spotify account.

    Lines that no track is found for wait for theirs. A file with several playlists makes several.

    Parameters
    ----------
    file
        The file; or the address of a playlist or an album, which a source here has to know.
    user
        Whose playlist it will be.
    name
        What it is called; else as the file says, or the file itself.
    public
        Others may see it.
    follow
        Of an address: its rows stay those of the playlist there. Else it is copied once.
    wait
        Of an address: come back when it is read.
    """
    if re.match(r"https?://", file, re.IGNORECASE):
        linked = {"user": user, "url": file, "name": name, "public": public, "follow": follow, "wait": wait}
        _link(linked, json=json)
        return
    path = os.path.abspath(os.path.expanduser(file))  # noqa: PTH100, PTH111 - resolve() would follow links
    asked = {"user": user, "path": path, "name": name, "public": public}
    made = execute("playlist.import", asked)
    if json:
        as_json(made)
        return
    for one in (made, *made["others"]):
        _imported(one)
    if made["unmatched"]:
        note("What becomes of them: mcma playlist report; to have them got: mcma playlist get-missing")


def _link(asked: dict[str, Any], *, json: bool) -> None:
    with progress(quiet=not asked["wait"]) as on_event:
        made = execute("playlist.link", asked, on_event, running_jobs=asked["wait"])
    if json:
        as_json(made)
    elif made["state"] == "succeeded":
        say(f"{made['playlist']['name']}: {made['matched']} found, {made['missing']} missing")
    else:
        say(f"{made['playlist']['name']}: {made['state']} as job {made['job']}")
    if made["state"] not in ("queued", "succeeded"):
        from mcma.domain.errors import McmaError

        words = f"It was not read: {failed_with(made)}"
        raise McmaError(words, code="import_failed", hint=f"mcma job show {made['job']}")


_REASONS = {
    "unknown": "not here",
    "ambiguous": "may be one of several",
    "review": "perhaps here, see mcma reviews list",
}


def _imported(made: dict[str, Any]) -> None:
    say(f"{made['playlist']['name']}: {made['matched']} of {made['entries']} found")
    for one in made["unmatched"][:_MOST]:
        why = _REASONS.get(one["reason"], one["reason"])
        note(f"  line {one['line']}: {one['artist']} - {one['title']}: {why}")
    if len(made["unmatched"]) > _MOST:
        note("  ... --json lists them all")
    if made["skipped"]:
        note(f"  {counted(made['skipped'], 'line')} without a title or anything else to find a song by")


@app.command
def report(
    playlist: str, /, *, user: User, state: str | None = None, most: int = 50, json: Json = False
) -> None:
    """Say what was found for the lines of a playlist that came from elsewhere, how, and what is missing.

    Parameters
    ----------
    playlist
        Its name or id.
    user
        Who sees it.
    state
        Only the rows that are matched, held for review, or missing.
    most
        Rows to show.
    """
    asked = {"user": user, "playlist": playlist, "state": state, "most": most}
    found = execute("playlist.report", asked)
    if json:
        as_json(found)
        return
    review = f"{found['review']} to be looked at, " if found["review"] else ""
    say(f"{found['playlist']}: {found['matched']} found, {review}{found['missing']} missing")
    rows = [
        (one["state"], _said(one), one["method"], one["score"], one["track"], one["claim_id"])
        for one in found["items"]
    ]
    empty = f"No row is {state}." if state else "Nothing in it came from elsewhere."
    table(("State", "Said", "Found by", "Surely", "Track", "Claim"), rows, empty)
    if found["more"]:
        note("... there are more (--most)")


@app.command(name="get-missing")
def get_missing(playlist: str, /, *, user: User, json: Json = False) -> None:
    """Ask for all that a playlist waits for. What is asked for already is not asked for again.

    Parameters
    ----------
    playlist
        Its name or id.
    user
        Who asks.
    """
    told = execute("playlist.get_missing", {"user": user, "playlist": playlist})
    if json:
        as_json(told)
        return
    say(f"{told['playlist']}: {told['asked']} asked for, {told['known']} before, {told['here']} here")
    for name, words in _LEFT.items():
        if told[name]:
            note(f"  {told[name]} {words}")
    if told["asked"] or told["known"]:
        note("  mcma downloads list")


_LEFT = {
    "waiting_for_approval": "wait for an administrator",
    "over_quota": "are more than may be had in a day",
    "over_room": "are more than may wait",
    "unnamed": "are known by nothing but an id of a source that cannot get them here",
}


def _said(one: dict[str, Any]) -> str:
    if one["title"] == "?" and one["source"]:
        return f"{one['source']}:{one['source_id']}"
    return f"{one['artist']} - {one['title']}" if one["artist"] else str(one["title"])


@app.command
def export(
    playlist: str, /, *, user: User, format: str = "m3u8", output: str | None = None, native: Flag = False
) -> None:
    """Write a playlist to a file, or to the standard output.

    Parameters
    ----------
    playlist
        Its name or id.
    user
        Who sees it.
    format
        m3u8, m3u, xspf, jspf or csv.
    output
        The file.
    native
        With absolute paths, not relative to the library's folder.
    """
    asked = {"user": user, "playlist": playlist, "format": format, "native": native}
    data = base64.b64decode(execute("playlist.export", asked)["data"])
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        Path(output).write_bytes(data)
        note(f"{output}: {counted(len(data), 'byte')}")


@app.command(name="list")
def list_(*, user: User, json: Json = False) -> None:
    """List the playlists that a user sees.

    Parameters
    ----------
    user
        The user's name.
    """
    found = execute("playlist.list", {"user": user})
    if json:
        as_json(found)
        return
    rows = [(one["name"], one["song_count"], one["owner"], one["public"], one["id"]) for one in found]
    table(("Name", "Songs", "Owner", "Public", "Id"), rows, "No playlists yet.")
