"""Progress of jobs: bars on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mcma.cli.output import note, shown
from mcma.cli.values import OnEvent, failed_with
from mcma.domain.words import counted
from mcma.terminal import no_colour

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_EVERY = 5.0
"""Seconds between plain lines of one job."""
_OVER = ("succeeded", "failed", "cancelled", "no_handler")


@contextmanager
def progress(quiet: bool = False) -> Iterator[OnEvent]:
    """What to give events to. On stderr, so that stdout is the result alone."""
    if quiet:
        yield lambda event: None
    elif sys.stderr.isatty():
        with _bars() as bars:
            yield _Bars(bars)
    else:
        yield _Lines()


def words(event: Mapping[str, Any]) -> str:
    """Without the error of a job that is over: whoever asked for it reports that."""
    done = counted(event["done"], event.get("unit", "file")) if event.get("done") else ""
    error = failed_with(event) if event.get("error") and event["state"] not in _OVER else ""
    return ", ".join(part for part in (done, event.get("note") or "", error) if part)


class _Lines:
    def __init__(self) -> None:
        self._said: dict[str, float] = {}
        self._states: dict[str, str] = {}

    def __call__(self, event: Mapping[str, Any]) -> None:
        label, state = str(event["label"]), str(event["state"])
        changed = self._states.get(label) != state
        if changed or time.monotonic() - self._said.get(label, 0.0) > _EVERY:
            self._states[label], self._said[label] = state, time.monotonic()
            note(": ".join(part for part in (shown(label), state, words(event)) if part))


class _Bars:
    def __init__(self, bars: "Progress") -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: Mapping[str, Any]) -> None:
        label = str(event["label"])
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(shown(label), total=None, words="")
        done, total = event.get("done") or 0, event.get("total")
        if event["state"] in _OVER:
            total = done = done or 1
        state = "" if event["state"] == "running" else event["state"]
        said = " ".join(part for part in (state, words(event)) if part)
        self._bars.update(self._tasks[label], completed=done, total=total, words=said)


def _bars() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[words]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True, no_color=no_colour() or None),
    )
