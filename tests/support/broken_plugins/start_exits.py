"""Wants to end the process."""

import sys

from mcma_plugins import Plugin, PluginContext, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "start_exits"

    async def start(self, context: PluginContext) -> None:
        sys.exit(3)
