"""mcma labels"""

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, say, table
from mcma.cli.values import Json

app = App(
    name="labels", help="Record labels, and those that are one: said by hand, kept by every scan, undone."
)


@app.command(name="list")
def list_(*, json: Json = False) -> None:
    """List the labels of all albums, and what they are called besides."""
    found = execute("label.list")
    if json:
        as_json(found)
        return
    rows = [(one["name"], one["albums"], ", ".join(one["aliases"]), one["id"]) for one in found]
    table(("Name", "Albums", "Other names", "Id"), rows, "No album has a label.")


@app.command
def merge(label: str, into: str, /, *, json: Json = False) -> None:
    """Say that a label is another one: whatever tags call it is the other from now on.

    Parameters
    ----------
    label
        Its id, or its name.
    into
        The label that it is.
    """
    found = execute("label.merge", {"label": label, "into": into})
    if json:
        as_json(found)
        return
    say(f"{found['loser']} is {found['winner']} now. To undo it: mcma labels undo {found['id']}")


@app.command
def undo(merge: str, /, *, json: Json = False) -> None:
    """Take a merge back.

    Parameters
    ----------
    merge
        Its id, as the command that made it printed it.
    """
    found = execute("label.undo", {"merge": merge})
    if json:
        as_json(found)
        return
    say(f"{found['loser']} is a label again.")
