"""A disk of its own, small enough to be filled."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mounted at `folder`; skips the test where that is not possible."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no program mount here")
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, name: str, *, but: int = 0) -> Path:
    """To the last byte, or `but` so many."""
    with (disk / name).open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
        file.truncate(file.tell() - but)
    assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize <= but + 4096
    return disk / name
