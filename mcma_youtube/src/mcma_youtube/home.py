"""The plugin's own folder, which it is told of at its start: later than it is made."""

from pathlib import Path


class Home:
    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        if self._path is None:
            raise RuntimeError("the plugin has not been started")
        return self._path

    def settle(self, path: Path) -> None:
        self._path = path
