"""Forgot an async."""

from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.events import LikeRecorded


class ThePlugin(Plugin[PluginSettings]):
    name = "sync_hook"

    def like_recorded(self, event: LikeRecorded) -> None:  # type: ignore[override]
        """Not awaitable."""
