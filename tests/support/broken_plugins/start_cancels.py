"""Raises a cancellation nobody asked for."""

import asyncio

from mcma_plugins import Plugin, PluginContext, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "start_cancels"

    async def start(self, context: PluginContext) -> None:
        raise asyncio.CancelledError
