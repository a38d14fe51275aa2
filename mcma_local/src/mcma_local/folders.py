"""The source: folders of a person's own, read and never written."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mcma_local.names import printable
from mcma_local.root import probe
from mcma_local.settings import LocalSettings
from mcma_local.walk import WalkRules
from mcma_local.walk import walk as folders_below
from mcma_plugins import FoundFolder, ImportFolder, SourceHealth

_MISCONFIGURED = ("not_absolute", "not_a_folder")


class LocalFolders:
    """An `IndexableSource`, and an `ImportSource` of the folder that is set to import from."""

    def __init__(self, settings: LocalSettings) -> None:
        self._import_path, self._import_links = settings.import_path, settings.import_links
        self._rules = WalkRules(
            extensions=frozenset(one.encode() for one in settings.extensions),
            follow_symlinks=settings.follow_symlinks,
            ignore_hidden=settings.ignore_hidden,
        )

    @property
    def name(self) -> str:
        return "local"

    def walk(self, root: bytes) -> Iterator[FoundFolder]:
        return folders_below(root, self._rules)

    def import_folders(self) -> Sequence[ImportFolder]:
        if self._import_path is None or not self._import_path.is_absolute():
            return ()
        return (ImportFolder(os.fsencode(self._import_path), self._import_links),)

    async def health(self) -> SourceHealth:
        if self._import_path is None:
            return SourceHealth(True, "ready", None, {"import_path": None, "import_path_state": "not_set"})
        return await asyncio.to_thread(_import_health, self._import_path)


def _import_health(path: Path) -> SourceHealth:
    """An import folder may be empty: that is how it looks when all was imported."""
    folder = os.fsencode(path)
    found = probe(folder)
    details = {"import_path": printable(folder), "import_path_state": found.state}
    if found.state in ("ready", "empty"):
        return SourceHealth(True, "ready", None, details)
    state = "misconfigured" if found.state in _MISCONFIGURED else "degraded"
    return SourceHealth(False, state, found.message, details)
