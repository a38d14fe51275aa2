"""Puts its secret into the message of an exception."""

from pydantic import Field, SecretStr

from mcma_plugins import Plugin, PluginContext, PluginSettings


class Settings(PluginSettings):
    token: SecretStr = Field(description="A key.")


class ThePlugin(Plugin[Settings]):
    name = "start_tells_secret"
    settings_model = Settings

    async def start(self, context: PluginContext) -> None:
        raise RuntimeError(f"{self.settings.token.get_secret_value()} was refused")
