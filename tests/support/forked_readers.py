"""Tag readers of a test's server are forked from a process that has loaded what they need (`forked`): to
start one anew takes a quarter of a processor's second, and hundreds of servers start some. Tests of real
processes and of the readers themselves start them as they are started everywhere else.
"""

from multiprocessing import get_context
from multiprocessing.context import BaseContext

import pytest

from tests.support.forked import context

_WHERE = "mcma.services.indexing.readers.get_context"


def _forked(_method: str) -> BaseContext:
    return context


def fork_readers() -> None:
    """For this process, from now on."""
    pytest.MonkeyPatch().setattr(_WHERE, _forked)


def start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """For one test."""
    monkeypatch.setattr(_WHERE, get_context)
