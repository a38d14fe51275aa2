"""Folders of files on their way: `.mcma-staging/<owner>` below the root; the owner is a job or an upload."""

import os
import shutil
import time
from uuid import UUID

from mcma.services.indexing.values import STAGING

LEFTOVER_SECONDS = 24 * 3600
"""A staging folder that nobody knows of is removed when nothing in it has changed for so long."""


def staged_folder(owner: UUID) -> bytes:
    return STAGING + b"/" + owner.hex.encode()


def remove(root: bytes, folder: bytes) -> None:
    """Blocking. What cannot be removed is left to the sweep."""
    shutil.rmtree(root + b"/" + folder, ignore_errors=True)


def owners(root: bytes) -> list[UUID]:
    """Blocking."""
    try:
        names = os.listdir(root + b"/" + STAGING)  # noqa: PTH208 - bytes
    except OSError:
        return []
    return [owner for name in sorted(names) if (owner := _owner(name)) is not None]


def is_old(root: bytes, folder: bytes) -> bool:
    """Blocking."""
    newest = 0.0
    for path, _, names in os.walk(root + b"/" + folder):
        for one in (path, *(path + b"/" + name for name in names)):
            try:
                newest = max(newest, os.lstat(one).st_ctime)
            except FileNotFoundError:
                return False
    return newest < time.time() - LEFTOVER_SECONDS


def _owner(name: bytes) -> UUID | None:
    try:
        return UUID(hex=name.decode())
    except ValueError:
        return None
