"""Serving processes that end are started again, however they end."""

import os
import socket
import threading
import time
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import cast

import pytest

from mcma.serving.processes import Child, Supervisor
from mcma.serving.server import Wishes
from mcma.settings import Settings


class Dying:
    """The kernel closes the files of a killed process before it tells the parent: its sentinel is ready, and
    for two more looks it seems to live."""

    exitcode = -9

    def __init__(self) -> None:
        self.sentinel, theirs = os.pipe()
        os.close(theirs)
        self._looks = 2

    def is_alive(self) -> bool:
        self._looks -= 1
        return self._looks >= 0

    def close(self) -> None:
        os.close(self.sentinel)


def test_one_that_dies_while_it_is_looked_at_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcma.serving.processes.FIRST_PAUSE", 0.01)
    with socket.socket() as listener:
        supervisor = Supervisor(Settings(data_dir=tmp_path), Wishes(), listener)
        dying = cast(SpawnProcess, Dying())
        supervisor._children = [Child(1, dying, time.monotonic())]
        again = threading.Event()

        def started(number: int) -> Child:
            supervisor._stopping = True
            again.set()
            return Child(number, dying, time.monotonic())

        monkeypatch.setattr(supervisor, "_started", started)
        looking = threading.Thread(target=supervisor._look_after, daemon=True)
        looking.start()
        assert again.wait(10)
        looking.join(10)
