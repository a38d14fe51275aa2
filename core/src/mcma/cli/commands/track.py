"""mcma track"""

from typing import Any

from cyclopts import App

from mcma.cli.changes import value_words
from mcma.cli.execute import execute
from mcma.cli.output import as_json, table
from mcma.cli.values import Json

app = App(name="track", help="Single tracks.")


@app.command
def fields(track: str, /, *, json: Json = False) -> None:
    """Show who says what of a track: its file, plugins, people; and what counts.

    Parameters
    ----------
    track
        Its id.
    """
    found = execute("track.fields", {"track": track})
    if json:
        as_json(found)
        return
    rows = [
        (one["field"], value_words(each["value"]), each["origin"], _counts(one, each))
        for one in found
        for each in one["values"]
    ]
    table(("Field", "Value", "Who", "Counts"), rows, "Nobody says anything of it.")


def _counts(field: dict[str, Any], said: dict[str, Any]) -> str:
    return "yes" if said["origin"] == field["origin"] else ""
