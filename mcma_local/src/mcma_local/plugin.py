"""The plugin: one source of folders."""

from collections.abc import Sequence

from mcma_local.folders import LocalFolders
from mcma_local.settings import LocalSettings
from mcma_plugins import Plugin, Source


class LocalPlugin(Plugin[LocalSettings]):
    name = "local"
    summary = "Music folders, indexed in place."
    settings_model = LocalSettings

    def __init__(self, settings: LocalSettings) -> None:
        super().__init__(settings)
        self._folders = LocalFolders(settings)

    def sources(self) -> Sequence[Source]:
        return (self._folders,)
