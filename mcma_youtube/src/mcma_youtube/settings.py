"""The plugin's settings."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, HttpUrl, SecretStr, StringConstraints, field_validator

from mcma_plugins import PluginSettings

_RUNTIME = r"^(deno|node|bun|quickjs)(:/[!-~]+)?$"


class YouTubeSettings(PluginSettings):
    enabled: bool = Field(
        default=False,
        description="Use it. Whoever turns it on answers for what is downloaded: see the plugin's README.",
    )
    cookies_file: Path | None = Field(
        default=None,
        description="Absolute path of a file of cookies in Netscape format that only the server's user can "
        "read (mode 0600). It is only read. Default: those that an administrator uploaded, if any.",
    )
    proxy: SecretStr | None = Field(
        default=None,
        description="Proxy for questions and downloads: http://, https:// or socks5h://. Variables like "
        "HTTPS_PROXY are not looked at.",
    )
    country: Annotated[str, StringConstraints(pattern=r"^([A-Z]{2})?$")] = Field(
        default="", description="Country to search in, two capital letters. Default: where the server is."
    )
    search_seconds: float = Field(
        default=6, ge=1, le=120, description="Longest time for one question to YouTube Music, in seconds."
    )
    questions_per_minute: int = Field(
        default=60, ge=1, le=1000, description="Questions to YouTube Music per minute, at most."
    )
    downloads_at_once: int = Field(default=2, ge=1, le=20, description="Downloads at the same time, at most.")
    seconds_between: float = Field(
        default=5, ge=0, le=3600, description="Least time between the starts of two downloads, in seconds."
    )
    js_runtime: Annotated[str, StringConstraints(pattern=_RUNTIME)] = Field(
        default="deno",
        description="What runs YouTube's scripts for yt-dlp: deno, node, bun or quickjs, with its path "
        "behind a colon where it is not found by itself.",
    )
    yt_dlp: Path | None = Field(
        default=None,
        description="Absolute path of another yt-dlp program. Default: the newest of what was installed with "
        "the plugin and what `mcma youtube update` fetched.",
    )
    update_days: int = Field(
        default=0,
        ge=0,
        le=90,
        description="Look for a newer yt-dlp every so many days; 0: only when asked to.",
    )
    update_index: HttpUrl = Field(
        default=HttpUrl("https://pypi.org"),
        description="Package index that updates come from: it must have PyPI's JSON API.",
    )
    outdated_days: int = Field(
        default=120, ge=7, le=3650, description="Age in days at which a yt-dlp is called outdated."
    )

    @field_validator("cookies_file", "yt_dlp", mode="before")
    @classmethod
    def _absolute(cls, value: object) -> object:
        if value is None or not str(value).strip():
            return None
        if not Path(str(value)).is_absolute():
            raise ValueError("must be an absolute path")
        return value

    @field_validator("proxy")
    @classmethod
    def _a_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
            raise ValueError("must be the address of a proxy, like http://proxy.example:3128")
        return value
