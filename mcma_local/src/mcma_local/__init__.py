"""Music folders for mcma, indexed in place: nothing below a library folder is ever written to."""

from mcma_local.folders import LocalFolders
from mcma_local.plugin import LocalPlugin
from mcma_local.settings import LocalSettings

__all__ = ["LocalFolders", "LocalPlugin", "LocalSettings"]
