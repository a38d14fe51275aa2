"""What people and programs see: results on stdout, everything else on stderr."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mcma.terminal import no_colour, printable

if TYPE_CHECKING:
    from mcma.domain.errors import McmaError

Row = Mapping[str, Any]


class CannotPrint(Exception):
    """The result has nowhere to go: a full disk behind stdout."""


@contextmanager
def _printing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotPrint(f"The result cannot be written: {error.strerror}") from None


def say(text: str = "") -> None:
    with _printing():
        print(printable(text))  # noqa: T201 - this is the command line


def finish() -> None:
    """What is still held back goes out, while it can still be said that it does not."""
    with _printing():
        if sys.stdout is not None:
            sys.stdout.flush()


def give_up() -> None:
    """What is still held back goes nowhere, so that the end of the process does not fail on it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def note(text: str) -> None:
    """Beside the result."""
    print(printable(text), file=sys.stderr)  # noqa: T201


def as_json(value: Any) -> None:
    with _printing():
        print(json.dumps(value, ensure_ascii=False, indent=2))  # noqa: T201


def fail(error: "McmaError") -> None:
    note(_painted(f"mcma: {error.message}", "31"))
    if error.hint:
        note(_painted(f"      {error.hint}", "2"))


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], empty: str) -> None:
    """A table on a terminal; elsewhere one line for each row, its cells separated by tabs."""
    if not rows:
        note(empty)
    elif sys.stdout is not None and sys.stdout.isatty():
        _drawn(columns, rows)
    else:
        for row in rows:
            say("\t".join(shown(cell) for cell in row))


def _drawn(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, column in enumerate(columns):
        whole = _is_copied([shown(row[place]) for row in rows])
        drawn.add_column(column, overflow="fold", no_wrap=whole)
    for row in rows:
        drawn.add_row(*(Text(shown(cell)) for cell in row))
    Console(no_color=no_colour() or None, highlight=False).print(drawn)


def _is_copied(cells: Sequence[str]) -> bool:
    """Ids and names of settings: a line break in them would be copied with them."""
    return all(len(one.split()) == 1 and len(one) <= 36 for one in cells) and max(map(len, cells)) > 30


def shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(str(value)).replace("\t", " ").replace("\n", " ")


def when(value: str | None) -> str | None:
    """A time of the JSON, in this machine's zone."""
    if value is None:
        return None
    return datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M")


def _painted(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stderr.isatty() and not no_colour() else text
