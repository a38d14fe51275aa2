"""Never finishes its start and does not listen when it is told to."""

import asyncio

from mcma_plugins import Plugin, PluginContext, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "start_deaf"

    async def start(self, context: PluginContext) -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(0.5)
            except asyncio.CancelledError:
                continue
