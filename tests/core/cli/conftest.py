"""The command in this process: `mcma(...)` gives its exit status and what it printed."""

import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog

from mcma.cli import app as cli
from mcma.cli.context import given
from mcma.wiring import Core, opened
from tests.support.plain_logs import draw_plainly
from tests.support.server import settings_for


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Mcma = Callable[..., Ran]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Neither this machine's settings, data nor `.env`; logging and options as they were afterwards."""
    for name in [one for one in os.environ if one.startswith(("MCMA_", "NO_COLOR"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(given, "data_dir", None)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    draw_plainly()


@pytest.fixture
def mcma(capsys: pytest.CaptureFixture[str]) -> Mcma:
    def run(*arguments: str) -> Ran:
        code = cli.run(arguments)
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return run


@pytest.fixture
async def core(database_url: str, tmp_path: Path) -> AsyncIterator[Core]:
    """With jobs running."""
    async with opened(settings_for(tmp_path, database_url)) as opened_core:
        yield opened_core
