"""A process that dies: from the given step on, nothing it does to the disk or the database happens any more.

Other than an exception, this leaves no cleaning up: what `finally` and `except` would do fails as well.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.store.engine import Database

_CALLS = (
    (os, "link"), (os, "unlink"), (os, "rename"), (os, "fsync"), (os, "mkdir"), (os, "utime"), (os, "rmdir"),
    (os, "copy_file_range"), (shutil, "rmtree"),
)  # fmt: skip


class Died(BaseException):
    pass


class Life:
    """Counts steps: changes of the disk, statements and commits of the database."""

    def __init__(self, dies_at: int | None) -> None:
        self._dies_at = dies_at
        self.steps = 0

    def step(self, *_: object) -> None:
        self.steps += 1
        if self._dies_at is not None and self.steps >= self._dies_at:
            raise Died


@contextmanager
def living(database: Database, dies_at: int | None = None) -> Iterator[Life]:
    life = Life(dies_at)
    engine = database._writer.sync_engine
    events = ("before_cursor_execute", "commit")
    with pytest.MonkeyPatch.context() as patch:
        for module, name in _CALLS:
            patch.setattr(module, name, _mortal(life, getattr(module, name)))
        for event in events:
            sa.event.listen(engine, event, life.step)
        try:
            yield life
        finally:
            for event in events:
                sa.event.remove(engine, event, life.step)


def _mortal(life: Life, call: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **named: Any) -> Any:
        life.step()
        return call(*arguments, **named)

    return wrapped
