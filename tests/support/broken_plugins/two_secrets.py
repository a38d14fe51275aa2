"""Gets its secret twice."""

from pydantic import Field, SecretStr

from mcma_plugins import Plugin, PluginSettings


class Settings(PluginSettings):
    token: SecretStr = Field(description="A key.")


class ThePlugin(Plugin[Settings]):
    name = "two_secrets"
    settings_model = Settings
