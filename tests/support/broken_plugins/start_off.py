"""Nobody has turned it on."""

from mcma_plugins import Plugin, PluginContext, PluginSettings, TurnedOff


class ThePlugin(Plugin[PluginSettings]):
    name = "start_off"

    async def start(self, context: PluginContext) -> None:
        raise TurnedOff("it is off until it is turned on", hint="MCMA_PLUGIN_START_OFF_ENABLED=true")
