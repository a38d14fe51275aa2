"""A program of this machine that plays a file, and ends with it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

PLAYERS = (
    ("mpv", "--no-video", "--really-quiet", "--"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error", "-i"),
    ("cvlc", "--play-and-exit", "--quiet", "--"),
    ("afplay",),
)
"""With what stands before the file; the first one that is there."""


def player() -> Callable[[Path], None] | None:
    for name, *options in PLAYERS:
        if program := shutil.which(name):
            command = [program, *options]
            return lambda path: _run([*command, str(path.resolve())])
    return None


def _run(command: list[str]) -> None:
    """Without a shell; its end, however it comes, is no error of ours."""
    subprocess.run(command, check=False)  # noqa: S603 (a player of the machine, and a path that we made)
