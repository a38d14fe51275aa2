"""Little trees to walk, and short words for what a walk found."""

import errno
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from mcma_local.walk import WalkRules, walk
from mcma_plugins import FoundFolder


def make(root: Path, *paths: str) -> Path:
    """Files of one byte; a path that ends in a slash is a folder."""
    for path in paths:
        target = root / path
        if path.endswith("/"):
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"x")
    return root


def found(root: Path, rules: WalkRules | None = None) -> list[FoundFolder]:
    return list(walk(bytes(root), rules))


def files(folders: Iterable[FoundFolder]) -> list[str]:
    """Paths below the root, in the order of the walk."""
    return [
        os.fsdecode(os.path.join(folder.path, file.name))  # noqa: PTH118 - bytes
        for folder in folders
        for file in folder.files
    ]


def problems(folders: Iterable[FoundFolder]) -> dict[str, str]:
    return {os.fsdecode(one.path): one.reason for folder in folders for one in folder.problems}


def unknown(folders: Iterable[FoundFolder]) -> list[str]:
    return [os.fsdecode(folder.path) for folder in folders if folder.unknown]


def break_listing(patch: pytest.MonkeyPatch, folder: Path, number: int) -> None:
    """Make listing one folder fail with that errno. chmod would do, were tests not often run as root."""
    true_scandir: Callable[[bytes], object] = os.scandir

    def scandir(path: bytes) -> object:
        if path.rstrip(b"/") == bytes(folder):
            raise OSError(number, os.strerror(number))
        return true_scandir(path)

    patch.setattr(os, "scandir", scandir)


LISTING_ERRORS = {name: getattr(errno, name) for name in ("EACCES", "EIO", "ESTALE", "ENOENT", "ENOTDIR")}
