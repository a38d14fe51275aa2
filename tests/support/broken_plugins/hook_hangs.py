"""Never finishes hearing."""

import asyncio

from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.events import LikeRecorded


class ThePlugin(Plugin[PluginSettings]):
    name = "hook_hangs"

    async def like_recorded(self, event: LikeRecorded) -> None:
        await asyncio.sleep(3600)
