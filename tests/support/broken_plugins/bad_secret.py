"""Its validators tell the secret to everyone."""

from pydantic import Field, SecretStr, field_validator

from mcma_plugins import Plugin, PluginSettings


class Settings(PluginSettings):
    token: SecretStr = Field(description="A key.")
    other: SecretStr = Field(default=SecretStr(""), min_length=40, description="Another key.")

    @field_validator("token")
    @classmethod
    def _checked(cls, value: SecretStr) -> SecretStr:
        raise ValueError(f"{value.get_secret_value()} is no key")


class ThePlugin(Plugin[Settings]):
    name = "bad_secret"
    settings_model = Settings
