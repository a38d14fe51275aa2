"""May a folder be trusted to be what it was? An unmounted volume looks like an empty or a missing one."""

import os
import stat
from typing import Literal, NamedTuple

from mcma_local.names import SKIP_MARKER, is_junk, printable, reason_of
from mcma_plugins import RootUnusable

FolderState = Literal["ready", "not_absolute", "missing", "not_a_folder", "unreadable", "empty", "nomedia"]

_WORDS: dict[FolderState, str] = {
    "ready": "{folder} can be read.",
    "not_absolute": "'{folder}' is not an absolute path: write it in full, beginning with a slash.",
    "missing": "The folder '{folder}' does not exist: connect or mount its volume, or correct the path.",
    "not_a_folder": "'{folder}' is not a folder: correct the path.",
    "unreadable": "The folder '{folder}' cannot be read ({error}): let the user that mcma runs as read "
    "and enter it, and check its volume.",
    "empty": "The folder '{folder}' has nothing in it (hidden and system files aside): "
    "is its volume mounted?",
    "nomedia": "The folder '{folder}' holds a .nomedia file, which hides all of it: remove that file.",
}


class Probe(NamedTuple):
    state: FolderState
    message: str


def trusted(root: bytes) -> bytes:
    """`root` without slashes at its end; raises `RootUnusable` with words for people."""
    found = probe(root)
    if found.state != "ready":
        raise RootUnusable(found.message, found.state)
    return root.rstrip(b"/") or b"/"


def probe(folder: bytes) -> Probe:
    """Looks at a folder, and at its first visible entry."""
    if not folder.startswith(b"/") or b"\0" in folder:
        return _say("not_absolute", folder)
    try:
        return _say(_state(folder), folder)
    except (FileNotFoundError, NotADirectoryError):
        return _say("missing", folder)
    except OSError as error:
        return _say("unreadable", folder, reason_of(error))


def _state(folder: bytes) -> FolderState:
    if not stat.S_ISDIR(os.stat(folder).st_mode):  # noqa: PTH116 - bytes
        return "not_a_folder"
    if os.path.lexists(folder + b"/" + SKIP_MARKER):
        return "nomedia"
    with os.scandir(folder) as entries:
        return "ready" if any(_counts(entry.name) for entry in entries) else "empty"


def _counts(name: bytes) -> bool:
    return not name.startswith(b".") and not is_junk(name)


def _say(state: FolderState, folder: bytes, error: str = "") -> Probe:
    return Probe(state, _WORDS[state].format(folder=printable(folder), error=error))
