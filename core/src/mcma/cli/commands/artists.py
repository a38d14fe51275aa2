"""mcma artists"""

from typing import Any

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, say, table
from mcma.cli.values import Json

app = App(name="artists", help="Artists that are one, or several: said by hand, kept by every scan, undone.")


@app.command
def merge(artist: str, into: str, /, *, json: Json = False) -> None:
    """Say that an artist is another one: whatever tags say of it is the other's from now on.

    Parameters
    ----------
    artist
        Its id, or its name.
    into
        The artist that it is.
    """
    _answered(execute("artist.merge", {"artist": artist, "into": into}), json=json)


@app.command(usage="Usage: mcma artists split [OPTIONS] ARTIST NAME NAME...")
def split(artist: str, /, *names: str, json: Json = False) -> None:
    """Say that an artist is several: whatever credits it credits these names from now on.

    Parameters
    ----------
    artist
        Its id, or its name.
    names
        Two or more.
    """
    _answered(execute("artist.split", {"artist": artist, "names": list(names)}), json=json)


@app.command
def undo(merge: str, /, *, json: Json = False) -> None:
    """Take a merge or a split back.

    Parameters
    ----------
    merge
        Its id, as the command that made it printed it.
    """
    _answered(execute("artist.undo", {"merge": merge}), json=json)


@app.command
def aliases(artist: str, /, *, json: Json = False) -> None:
    """List the other names of an artist, and who says them.

    Parameters
    ----------
    artist
        Its id, or its name.
    """
    found = execute("artist.aliases", {"artist": artist})
    if json:
        as_json(found)
        return
    rows = [(one["name"], one["locale"] or "", one["origin"]) for one in found]
    table(("Name", "Locale", "Origin"), rows, "It has no other names.")


def _answered(found: dict[str, Any], *, json: bool) -> None:
    if json:
        as_json(found)
    elif found["undone"]:
        say(f"{found['loser']} is an artist again.")
    else:
        meant = " and ".join(found.get("names") or [found["winner"]])
        say(f"{found['loser']} is {meant} now. To undo it: mcma artists undo {found['id']}")
