"""mcma lyrics"""

from pathlib import Path

from cyclopts import App

from mcma.cli.execute import execute
from mcma.cli.output import as_json, say
from mcma.cli.values import Json
from mcma.domain.words import counted

app = App(name="lyrics", help="Lyrics of the library.")


@app.command
def export(library: str, folder: Path, /, *, json: Json = False) -> None:
    """Write lyrics as files into a folder, laid out as the library is: .lrc with times, else .txt.

    Parameters
    ----------
    library
        Its name, number, id or path.
    folder
        Outside of all libraries; it is made when it is not there.
    """
    found = execute("lyrics.export", {"library": library, "folder": str(folder.expanduser().absolute())})
    if json:
        as_json(found)
    else:
        say(f"{counted(found['written'], 'file')} written, {found['unchanged']} unchanged")
