"""A hook with a parameter that does not exist."""

from mcma_plugins import Plugin, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "wrong_signature"

    async def like_recorded(self, liked: bool) -> None:  # type: ignore[override]
        """Nobody can call this."""
