"""Settings of the plugin: `MCMA_PLUGIN_SUBSONIC_*`."""

from pydantic import Field

from mcma_plugins import PluginSettings

MAX_BODY = 10 * 1024 * 1024
"""Bytes of a form: hundreds of ids arrive by POST. Navidrome allows as much."""


class SubsonicSettings(PluginSettings):
    """How the Subsonic API behaves. Every field has a default that suits a household."""

    ignored_articles: str = Field(
        default="The An A Die Das Ein Eine Les Le La Los Las El",
        description="Words, separated by spaces, that are skipped when artists are put under a letter.",
    )
    require_tls_for_public: bool = Field(
        default=True,
        description="Refuse plain http from public addresses. Private and loopback addresses may use it.",
    )
    help_url: str | None = Field(
        default=None,
        description="Another page that says how to get an app password than the server's own, which is sent "
        "along when a login fails.",
    )
    cors_origins: str = Field(
        default="*",
        description="Origins, separated by spaces, whose web players may call the API; * allows every one.",
    )
