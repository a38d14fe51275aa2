"""Wants to end the process when it hears something."""

import sys

from mcma_plugins import Plugin, PluginSettings
from mcma_plugins.events import LikeRecorded


class ThePlugin(Plugin[PluginSettings]):
    name = "hook_exits"

    async def like_recorded(self, event: LikeRecorded) -> None:
        sys.exit("enough")
