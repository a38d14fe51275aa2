"""Versions of yt-dlp that were fetched: which one is used, and the one before it."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from mcma_youtube import private
from mcma_youtube.home import Home

_NOTE: Final = "current.json"


class Stored(NamedTuple):
    version: str
    wheels: tuple[Path, ...]


class Store:
    """Below the plugin's folder: a folder per version with its wheels, and a note of those that count."""

    def __init__(self, home: Home) -> None:
        self._home = home

    @property
    def folder(self) -> Path:
        return self._home.path / "yt-dlp"

    def current(self) -> Stored | None:
        return self._read("current")

    def previous(self) -> Stored | None:
        return self._read("previous")

    def use(self, version: str, wheels: Sequence[Path]) -> None:
        """From now on; what is used now is the one before. All others are removed."""
        before = self.current()
        note = {"current": _written(version, wheels)}
        if before is not None and before.version != version:
            note["previous"] = _written(before.version, before.wheels)
        private.write_json(self.folder, _NOTE, note)
        self._tidy()

    def roll_back(self) -> Stored | None:
        """To the one before; None when there was none, and what was installed is used."""
        before = self.previous()
        note = {} if before is None else {"current": _written(before.version, before.wheels)}
        private.write_json(self.folder, _NOTE, note)
        self._tidy()
        return before

    def _read(self, which: str) -> Stored | None:
        """None also when a file of it is gone or cut short."""
        told = private.read_json(self.folder, _NOTE).get(which)
        if not isinstance(told, Mapping) or not isinstance(told.get("version"), str):
            return None
        wheels = [self._wheel(told["version"], one) for one in told.get("wheels", [])]
        if not wheels or None in wheels:
            return None
        return Stored(told["version"], tuple(one for one in wheels if one is not None))

    def _wheel(self, version: str, told: Any) -> Path | None:
        if not isinstance(told, Mapping) or "/" in version or "/" in str(told.get("name")):
            return None
        path = self.folder / version / str(told.get("name"))
        there = path.is_file() and path.stat().st_size == told.get("size")
        return path if there else None

    def _tidy(self) -> None:
        kept = {one.version for one in (self.current(), self.previous()) if one is not None}
        for one in self.folder.iterdir():
            if one.is_dir() and one.name not in kept:
                shutil.rmtree(one, ignore_errors=True)


def _written(version: str, wheels: Sequence[Path]) -> dict[str, Any]:
    return {
        "version": version, "wheels": [{"name": one.name, "size": one.stat().st_size} for one in wheels],
    }  # fmt: skip
