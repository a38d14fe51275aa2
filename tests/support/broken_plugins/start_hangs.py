"""Never finishes its start."""

import asyncio

from mcma_plugins import Plugin, PluginContext, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "start_hangs"

    async def start(self, context: PluginContext) -> None:
        await asyncio.sleep(3600)
