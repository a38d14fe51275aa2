"""Open collections for mcma: the Internet Archive, and what answers like it, searched and downloaded from."""

from mcma_archive.plugin import ArchivePlugin
from mcma_archive.settings import ArchiveSettings
from mcma_archive.source import OpenCollections

__all__ = ["ArchivePlugin", "ArchiveSettings", "OpenCollections"]
