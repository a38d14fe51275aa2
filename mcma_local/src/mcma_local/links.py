"""Symbolic links: followed inside the root, never out of it, never round in circles."""

import errno
import os
import stat


class LinkRefused(Exception):
    """A link that is not followed. `reason` is one of the scan report's."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason


def follow(link: bytes, real_root: bytes) -> os.stat_result:
    """What lies at the end of the link. Raises `LinkRefused`, or OSError when there is nothing to be had."""
    target = os.path.realpath(link)
    if not inside(target, real_root):
        raise LinkRefused("outside_root", "leads out of the library folder and is not followed")
    try:
        found = os.stat(link)  # noqa: PTH116 - bytes
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise LinkRefused("symlink_loop", "leads to itself") from None
        raise
    if stat.S_ISDIR(found.st_mode) and inside(_home(link), target):
        raise LinkRefused("symlink_loop", "leads to a folder that it lies in")
    return found


def inside(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _home(link: bytes) -> bytes:
    return os.path.realpath(os.path.dirname(link))  # noqa: PTH120 - bytes
