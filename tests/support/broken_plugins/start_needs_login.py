"""Somebody has to log in."""

from mcma_plugins import AuthorisationNeeded, Plugin, PluginContext, PluginSettings


class ThePlugin(Plugin[PluginSettings]):
    name = "start_needs_login"

    async def start(self, context: PluginContext) -> None:
        raise AuthorisationNeeded("the cookie is too old", hint="export a new one")
