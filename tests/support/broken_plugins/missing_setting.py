"""A required setting that nobody set."""

from pydantic import Field

from mcma_plugins import Plugin, PluginSettings


class Settings(PluginSettings):
    folder: str = Field(description="Where.")


class ThePlugin(Plugin[Settings]):
    name = "missing_setting"
    settings_model = Settings
