"""mcma search"""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from mcma.cli.execute import execute
from mcma.cli.output import as_json, note, say, table
from mcma.cli.values import Flag, Json

Names = Annotated[list[str] | None, Parameter(negative="")]
_RELATIONS = {
    "owned": "✓ here",
    "owned_better": "✓ better here",
    "partly": "◐ partly here",
    "other_version": "≈ other version",
    "downloading": "↓ on its way",
    "new": "",
}
_LIBRARY, _ABSENT = "library", "absent"


def search(
    *words: str,
    source: Names = None,
    kind: Names = None,
    user: str | None = None,
    here: Flag = False,
    limit: int = 10,
    json: Json = False,
) -> None:
    """Search the library and the sources outside. Each answers as soon as it can.

    Parameters
    ----------
    words
        What to look for.
    source
        Of the sources only these, beside the library; may be given several times.
    kind
        Only these: track, album, artist, playlist.
    user
        As this user sees it.
    here
        Only the library.
    limit
        How many of each kind.
    """
    asked: dict[str, Any] = {"text": " ".join(words), "user": user, "outside": not here, "limit": limit}
    asked |= {"kinds": kind} if kind else {}
    asked |= {"sources": source} if source else {}
    on_event = None if json else _show
    answers = execute("search", asked, on_event)
    if json:
        as_json(answers)
    elif not any(one["items"] for one in answers):
        note("Nothing found.")
    _check_sources([one["source"] for one in answers if one["state"] == _ABSENT])


def _check_sources(absent: list[str]) -> None:
    if absent:
        from mcma.domain.errors import NotFound

        names = ", ".join(repr(name) for name in absent)
        raise NotFound(f"There is no source {names} here that searches.", hint="mcma plugin list")


def _show(answer: Mapping[str, Any]) -> None:
    name = answer["source"]
    if not answer["ok"] and answer["state"] != _ABSENT:
        note(f"{name} ({answer['state']}): {answer['reason']}")
    if answer["items"] and sys.stdout is not None and sys.stdout.isatty():
        say(f"\n{'Library' if name == _LIBRARY else name}")
        _table(answer)
    else:
        for one in answer["items"]:
            cells = (name, one["kind"], one["relation"], *_row(one), one["id"])
            table(_COLUMNS, [cells], "")


_COLUMNS = ("Source", "Kind", "Relation", "Title", "Artist", "Album", "Length", "Quality", "Id")


def _table(answer: Mapping[str, Any]) -> None:
    outside = answer["source"] != _LIBRARY
    columns = ("", *_COLUMNS[3:]) if outside else ("Kind", *_COLUMNS[3:])
    rows = [
        (_mark(one) if outside else one["kind"], *_row(one), one["id"]) for one in answer["items"]
    ]  # fmt: skip
    table(columns, rows, "")


def _mark(one: Mapping[str, Any]) -> str:
    mark = _RELATIONS.get(one["relation"], one["relation"])
    return mark if one["kind"] == "track" else f"{mark} {one['kind']}".strip()


def _row(one: Mapping[str, Any]) -> tuple[str | None, ...]:
    return one["title"], one["artists"], one["album"], _length(one["duration_ms"]), one["quality"]


def _length(milliseconds: int | None) -> str | None:
    if not milliseconds:
        return None
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
