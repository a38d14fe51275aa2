"""What a tag reader does in its process. Small to import: each of them starts with it, and the server that
starts them reads no file itself."""

import os
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import parent_process
from threading import Thread
from typing import NamedTuple

from mcma.domain.facts import FileFacts, FileProblem

Read = FileFacts | FileProblem


class ToRead(NamedTuple):
    path: bytes
    sidecars: tuple[bytes, ...]
    root: bytes


def read_many(files: Sequence[ToRead]) -> list[Read]:
    return [read_one(file) for file in files]


def read_one(file: ToRead) -> Read:
    """Blocking. A name may say what a title is; what an album is, only tags say."""
    from mcma.media.tags import read_file

    read = read_file(file.path, sidecars=file.sidecars, root=file.root)
    if isinstance(read, FileProblem) or "album" not in read.tags.from_name:
        return read
    named = tuple(name for name in read.tags.from_name if name != "album")
    return replace(read, tags=replace(read.tags, album=None, from_name=named))


def nothing() -> None:
    """By which a reader shows that it has started; what it reads with is loaded by then."""
    import mcma.media.tags  # noqa: F401


def leave_with_parent() -> None:
    """A reader whose server was killed would wait for files for ever."""

    def leave() -> None:
        server = parent_process()
        if server is not None:
            server.join()
            os._exit(1)

    Thread(target=leave, daemon=True).start()
