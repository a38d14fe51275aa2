"""The source: folders of a person's own, read and never written."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path

from mcma_local.names import printable
from mcma_local.root import probe
from mcma_local.settings import LocalSettings
from mcma_local.walk import WalkRules
from mcma_local.walk import walk as folders_below
from mcma_local.watch import RootWatch
from mcma_plugins import Changed, FoundFolder, ImportFolder, SourceHealth, Watching

Details = dict[str, str | int | bool | None]
_HOW = {"events": "by events", "polling": "by polling"}
_MISCONFIGURED = ("not_absolute", "not_a_folder")


class LocalFolders:
    """Indexed, watched, and imported from: an `IndexableSource`, a `WatchableSource`, an `ImportSource`."""

    def __init__(self, settings: LocalSettings) -> None:
        self._import_path, self._import_links = settings.import_path, settings.import_links
        self._watched: dict[bytes, Watching] = {}
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

    async def watch(self, root: bytes, poll_seconds: float) -> AsyncGenerator[Watching | Changed, None]:
        watched = RootWatch(root, self.walk, poll_seconds, ignore_hidden=self._rules.ignore_hidden)
        try:
            async with aclosing(watched.news()) as news:
                async for one in news:
                    if isinstance(one, Watching):
                        self._watched[root] = one
                    yield one
        finally:
            self._watched.pop(root, None)

    async def health(self) -> SourceHealth:
        if self._import_path is None:
            details: Details = {"import_path": None, "import_path_state": "not_set"}
            return SourceHealth(True, "ready", None, details | self._watch_details())
        found = await asyncio.to_thread(_import_health, self._import_path)
        return found._replace(details={**found.details, **self._watch_details()})

    def _watch_details(self) -> Details:
        """How many folders are watched how, and why not all of them by events."""
        if not self._watched:
            return {}
        count = Counter(_HOW.get(one.how, one.how) for one in self._watched.values())
        reasons = [f"{printable(root)}: {one.reason}" for root, one in self._watched.items() if one.reason]
        how = ", ".join(f"{number} {words}" for words, number in sorted(count.items()))
        return {"watched": how, "watch_reasons": "; ".join(sorted(reasons)) or None}


def _import_health(path: Path) -> SourceHealth:
    """An import folder may be empty: that is how it looks when all was imported."""
    folder = os.fsencode(path)
    found = probe(folder)
    details = {"import_path": printable(folder), "import_path_state": found.state}
    if found.state in ("ready", "empty"):
        return SourceHealth(True, "ready", None, details)
    state = "misconfigured" if found.state in _MISCONFIGURED else "degraded"
    return SourceHealth(False, state, found.message, details)
