"""Programs for node, with what npm installs for them."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_IMPATIENT = ("--fetch-retries=0", "--fetch-timeout=15000")


def installed(source: Path, folder: Path) -> Path:
    """A copy of the package in `source` with its dependencies; skips the test where that cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("there is no node with npm here")
    copy = Path(shutil.copytree(source, folder / source.name))
    command = [npm, "ci", "--prefer-offline", "--loglevel=error", *_IMPATIENT]
    try:
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm reaches no registry from here")
    if done.returncode:
        pytest.skip(f"npm cannot install the client library here: {done.stderr.strip()[-200:]}")
    return copy


def run(program: Path, *arguments: str) -> Any:
    """What it prints, from JSON."""
    command = ["node", program.name, *arguments]
    done = subprocess.run(
        command, cwd=program.parent, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
