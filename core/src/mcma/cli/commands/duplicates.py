"""mcma duplicates"""

from typing import Any, Literal

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say
from mcma.cli.progress import progress
from mcma.cli.values import Flag, Json, failed_with
from mcma.domain.words import counted

app = App(name="duplicates", help="Music that is there twice: what it is, and what becomes of it.")

_KINDS = {"exact": "the same sound", "recording": "the same recording"}
_REASONS = {"no_fingerprinter": "No plugin makes fingerprints: mcma plugin list says why."}


@app.command(name="list")
def list_(
    *,
    kind: Literal["exact", "recording"] | None = None,
    dismissed: Flag = False,
    limit: int = 50,
    json: Json = False,
) -> None:
    """List what is there twice.

    Parameters
    ----------
    kind
        exact (the same sound to the sample) or recording (it sounds the same).
    dismissed
        Those that were said to be none.
    limit
        How many groups, the first found first.
    """
    asked = {"kind": kind, "dismissed": dismissed, "limit": max(1, min(limit, 100))}
    found = execute("duplicate.list", asked)
    if json:
        as_json(found)
        return
    for one in found:
        _shown(one)
    if not found:
        note("Nothing is there twice, as far as is known.")
        _unknown(execute("duplicate.status", {}))


@app.command
def show(group: str, /, *, json: Json = False) -> None:
    """Show one group, also what has become one track.

    Parameters
    ----------
    group
        The id of the group.
    """
    _decided(execute("duplicate.show", {"group": group}), json=json)


@app.command
def status(*, json: Json = False) -> None:
    """Say how many files have fingerprints, and why others have none."""
    found = execute("duplicate.status", {})
    if json:
        as_json(found)
        return
    why = " (too short, or not to be decoded)" if found["refused"] else ""
    say(f"{found['fingerprints']} files have fingerprints, {found['refused']} can have none{why}.")
    _unknown(found)


@app.command
def merge(group: str, /, *, into: str | None = None, json: Json = False) -> None:
    """Make one track of them. All files stay.

    Parameters
    ----------
    group
        The id of the group, as `mcma duplicates list` shows it.
    into
        The id of the track that stays; else the oldest.
    """
    found = execute("duplicate.merge", {"group": group, "into": into})
    if json:
        as_json(found)
        return
    for one in found["merges"]:
        say(f"{one['loser_id']} is {found['into']} now. To undo it: mcma duplicates undo {one['id']}")
    for left in found["left"]:
        note(f"{left} stays: it is of another library, or was said to be no duplicate.")
    if found["more"]:
        note(f"{counted(found['more'], 'more track')}: merge the group once more.")


@app.command
def dismiss(group: str, /, *, json: Json = False) -> None:
    """Say that these are no duplicates.

    Parameters
    ----------
    group
        The id of the group.
    """
    _decided(execute("duplicate.dismiss", {"group": group}), json=json)


@app.command
def undo(id: str, /, *, json: Json = False) -> None:
    """Take a merge back, or that these are no duplicates.

    Parameters
    ----------
    id
        Of the merge, as the command that made it printed it; or of the group.
    """
    found = execute("duplicate.undo", {"id": id})
    if json:
        as_json(found)
    elif "loser_id" in found:
        say(f"{found['loser_id']} is a track of its own again.")
    else:
        _shown(found)


@app.command
def find(*, again: Flag = False, wait: Flag = False, json: Json = False) -> None:
    """Look through everything now; it is done every day by itself.

    Parameters
    ----------
    again
        Compare also what was compared before.
    wait
        Come back when it is done.
    """
    with progress(quiet=not wait) as on_event:
        found = execute("duplicate.find", {"again": again, "wait": wait}, on_event, running_jobs=wait)
    if json:
        as_json(found)
    elif found["report"] is not None:
        compared = counted(found["report"]["compared"], "fingerprint")
        say(f"{compared} compared. What is there twice: mcma duplicates list")
    elif found["state"] == "queued":
        say(f"queued as job {found['job_id']}")
    _check(found)


def _check(found: dict[str, Any]) -> None:
    from mcma.domain.errors import McmaError

    if found["state"] not in ("queued", "succeeded"):
        words = f"Looking for duplicates {found['state']}: {failed_with(found)}"
        raise McmaError(words, code="duplicates_failed", hint=f"mcma job show {found['job_id']}")


def _decided(found: dict[str, Any], *, json: bool) -> None:
    if json:
        as_json(found)
    else:
        _shown(found)


def _shown(found: dict[str, Any]) -> None:
    said = ", said to be none" if found["dismissed_at"] else ""
    say(f"{found['id']} {_KINDS[found['kind']]} ({found['similarity']:.3f}){said}")
    for track in found["tracks"]:
        album = f", {track['album']}" if track["album"] else ""
        say(f"  {track['track_id']} {track['artist'] or '?'} - {track['title']}{album} ({track['library']})")
        for file in track["files"]:
            say(f"    {_quality(file)} {file['path']}")
        if track["more"]:
            say(f"    and {counted(track['more'], 'more file')}")
    if found["more"]:
        say(f"  and {counted(found['more'], 'more track')}")


def _quality(file: dict[str, Any]) -> str:
    gone = ", missing" if file["missing"] else ""
    return f"{file['codec']} {file['bit_rate_kbps']} kbit/s, {file['size'] / 1e6:.1f} MB{gone}"


def _unknown(found: dict[str, Any]) -> None:
    if found["waiting"]:
        note(f"{found['waiting']} files have no fingerprint yet. {_REASONS.get(found['reason'], '')}".strip())
