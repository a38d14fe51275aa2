"""The server's settings: `MCMA_*` variables, `.env` in development, `*_FILE` for secrets."""

import ipaddress
import os
import re
import sys
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from mcma._setting_addresses import Address, DatabaseUrl, RedisUrl
from mcma._setting_files import SecretFiles
from mcma._setting_words import Names, SecretWords, Signs, Words
from mcma.domain.layerrules import layering
from mcma.domain.quality import checked_rule
from mcma.domain.tagfields import ALL, KEYS
from mcma.secrets import ConfigError

PREFIX = "MCMA_"
DATABASE_FILE = "mcma.db"
"""In the data folder."""


def default_data_dir() -> Path:
    """Where the platform keeps a program's data (XDG Base Directory specification on Linux)."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "mcma"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "mcma"
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    base = given if given.is_absolute() else Path.home() / ".local" / "share"
    return base / "mcma"


class Settings(BaseSettings):
    """Every field is set by the variable `MCMA_` + its name; an empty variable counts as not set.

    Made by `load_settings`, whose errors name variables and never show a value.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Folder for the database, generated secrets, managed music and caches.",
    )
    database_url: DatabaseUrl = Field(
        default=None,
        description="postgresql+asyncpg://user:password@host/name. Default: SQLite in the data folder.",
    )
    redis_url: RedisUrl = Field(
        default=None,
        description="redis://:password@host:6379/0, to tell workers of new jobs. Default: none is needed.",
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=6262, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    lan: bool = Field(
        default=False, description="Listen on all addresses, for the other devices of the household."
    )
    public_url: Address = Field(
        default=None, description="How clients reach the server from outside: https://music.example.org"
    )
    base_path: str = Field(
        default="", description="Path the server lives under when a reverse proxy gives it one: /music"
    )
    trusted_proxies: Words = Field(
        default=(),
        description="Addresses or networks of reverse proxies whose X-Forwarded-* headers are believed.",
    )
    cors_origins: Words = Field(
        default=(), description="Origins of web players elsewhere that may use the native API; * allows all."
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1024, description="Largest request body that is not an upload, in bytes."
    )
    max_upload_bytes: int = Field(default=2_147_483_648, ge=1024, description="Largest upload, in bytes.")
    uploads: Literal["everyone", "admins", "nobody"] = Field(
        default="everyone", description="Who may upload music: everyone, admins or nobody."
    )
    match_automatic: float = Field(
        default=0.90,
        ge=0.5,
        le=1,
        description="From which score on (0 to 1) what is found is taken for what was meant, without asking.",
    )
    match_review: float = Field(
        default=0.70,
        ge=0.3,
        le=1,
        description="From which score on a person is asked; what is below is passed over.",
    )
    enrich: Literal["automatic", "review", "on_request"] = Field(
        default="automatic",
        description="Plugins that know more about music are asked by themselves, and what is sure is taken "
        "(automatic) or a person decides (review), or they are asked when somebody wants it (on_request).",
    )
    enrich_order: Words = Field(
        default=(), description="Names of enrichers, the one that counts most first; others follow by name."
    )
    enrich_rules: Words = Field(
        default=(),
        description="What plugins say of single fields: prefer it to what tags say, fill it in where they "
        "say nothing, add it to a list, off: genres=add, title=fill. What a person has said always stays.",
    )
    enrich_automatic: float = Field(
        default=0.90,
        ge=0.5,
        le=1,
        description="From which score on (0 to 1) an answer is taken without asking.",
    )
    enrich_review: float = Field(
        default=0.50,
        ge=0.1,
        le=1,
        description="From which score on a person is asked; what is below is passed over.",
    )
    enrich_days: int = Field(
        default=180, ge=1, le=3650, description="Days after which what was found is asked for again."
    )
    enrich_nothing_days: int = Field(
        default=30, ge=1, le=3650, description="Days after which what was not found is asked for again."
    )
    write_tags: Words = Field(
        default=(),
        description="Fields that may be written into the files of managed libraries when an administrator "
        "asks for it (title, artists, ...), or all. Default: none, files are never changed.",
    )
    artist_separators: Signs = Field(
        default=(),
        description="What divides one artist of a tag into several, signs separated by spaces: ; / &. Names "
        "that an id, a person or a list of artists knows as one stay whole.",
    )
    artist_exceptions: Names = Field(
        default=(),
        description="Names that separators never divide, separated by semicolons: Hall & Oates; AC/DC.",
    )
    downloads: Literal["everyone", "admins", "nobody"] = Field(
        default="everyone",
        description="Whose requests for music from outside are got at once: those of everyone (with the "
        "right), of admins, of nobody. Others wait for an administrator; with nobody, nothing is got.",
    )
    downloads_per_day: int = Field(
        default=500,
        ge=0,
        le=1_000_000,
        description="Tracks from outside that one person may have got in 24 hours, administrators aside; 0 "
        "means no limit. `mcma user quota` sets another number for somebody.",
    )
    downloads_per_source: int = Field(
        default=2, ge=1, le=32, description="Downloads from one source at the same time."
    )
    download_max_bytes: int = Field(
        default=2_147_483_648, ge=1024, description="Largest file that is downloaded, in bytes."
    )
    download_minutes: float = Field(
        default=30, gt=0, le=1440, description="Minutes that one attempt at a download may take."
    )
    download_reserve_gb: float = Field(
        default=1.0,
        ge=0,
        le=100_000,
        description="What downloads leave free on the disk that holds music, in GB; with less they wait.",
    )
    shutdown_seconds: float = Field(
        default=10,
        ge=0,
        le=600,
        description="Seconds that requests and jobs may go on after a stop is asked for.",
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        default="auto", description="console, json, or auto: console on a terminal and json elsewhere."
    )

    jwt_secret: SecretStr | None = Field(
        default=None,
        description="Signs access tokens; 32 bytes or more. Default: made on first start in the data folder.",
    )
    jwt_secret_previous: SecretWords = Field(
        default=(), description="Former signing keys, still accepted: to change the key without logging out."
    )
    subsonic_secret_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("MCMA_SUBSONIC_SECRET_KEY", "SUBSONIC_SECRET_KEY"),
        description="Encrypts app passwords; 32 bytes or more. Default: made on first start, in the data "
        "folder. Whoever loses it has to make all app passwords anew.",
    )
    subsonic_secret_key_previous: SecretWords = Field(
        default=(),
        description="Former keys: app passwords they encrypted are moved to the current one at start.",
    )
    access_token_minutes: int = Field(
        default=15, ge=1, le=1440, description="Lifetime of an access token, in minutes."
    )
    refresh_token_days: int = Field(
        default=30, ge=1, le=3650, description="Days without use after which a login ends."
    )
    sync_retention_days: int = Field(
        default=180,
        ge=7,
        le=3650,
        description="Days for which clients that were away are told what has been deleted.",
    )

    plugins_disabled: Words = Field(default=(), description="Names of installed plugins to leave off.")
    scan_workers: int = Field(
        default=0, ge=0, le=64, description="Processes that read tags during a scan; 0 means one per core."
    )
    preferred_file: Words = Field(
        default=("best",),
        description="Which file of a track is played where it has several, by the first of these words that "
        "tells them apart, commas between them: best (lossless, then by resolution and bit rate), lossless, "
        "lossy, smallest, largest, first and latest (by when they came), or codecs such as flac, opus, mp3. "
        "Quality decides what the words leave open. A change is carried out in the background.",
    )
    fingerprint_workers: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Files that are fingerprinted at the same time, each in a process of its own that lets "
        "others go first; 0 means one per two cores.",
    )
    watch: bool = Field(
        default=True, description="Notice by itself when something changes in library and import folders."
    )
    watch_poll_seconds: float = Field(
        default=300,
        ge=5,
        le=86400,
        description="Seconds between two looks at a folder whose file system does not tell of changes.",
    )
    watch_settle_seconds: float = Field(
        default=10, ge=0, le=3600, description="Seconds without a change before what changed is taken in."
    )
    job_slots: int = Field(
        default=4, ge=1, le=64, description="Jobs that run at the same time: in the server, in each worker."
    )
    serve_jobs: Literal["auto", "yes", "no"] = Field(
        default="auto",
        description="Whether the server itself runs jobs: yes, no (`mcma worker` does), or auto: unless "
        "MCMA_REDIS_URL is set.",
    )
    processes: int = Field(
        default=1, ge=1, le=64, description="Processes that serve requests. More than one needs PostgreSQL."
    )
    transcode_slots: int = Field(
        default=0, ge=0, le=64, description="Transcodes at the same time; 0 means one per core."
    )
    transcodes_per_user: int = Field(
        default=2, ge=1, le=64, description="Transcodes that one person may listen to at the same time."
    )
    transcode_cache_gb: float = Field(
        default=10.0, ge=0, le=100_000, description="What finished transcodes may take of the disk, in GB."
    )
    transcode_cache_days: int = Field(
        default=30, ge=1, le=3650, description="Days after which a transcode goes that nobody used."
    )
    ffmpeg: Path | None = Field(
        default=None, description="The ffmpeg program. Default: the one on PATH, else the packaged one."
    )
    ml_url: Address = Field(
        default=None, description="Address of the optional service that computes audio embeddings."
    )

    @field_validator("log_level", "log_format", "uploads", "downloads", "serve_jobs", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("preferred_file")
    @classmethod
    def _rule(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return checked_rule(value)

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return Path(os.path.abspath(value.expanduser()))  # noqa: PTH100 - resolve() would follow links

    @field_validator("base_path")
    @classmethod
    def _path(cls, value: str) -> str:
        path = value.strip("/")
        if path and not re.fullmatch(r"[A-Za-z0-9._~/-]+", path):
            raise ValueError("must be a plain path such as /music")
        return f"/{path}" if path else ""

    @field_validator("write_tags")
    @classmethod
    def _writable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted({*value} - {*KEYS, ALL})
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no field that can be written: all, {', '.join(KEYS)}")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ipaddress.ip_network(one, strict=False)) for one in value)

    @model_validator(mode="after")
    def _layers(self) -> Self:
        for name in ("rules", "order"):
            try:
                layering(**{name: getattr(self, f"enrich_{name}")})
            except ValueError as error:
                raise ValueError(f"MCMA_ENRICH_{name.upper()}: {error}") from None
        return self

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if one != "*" and not re.fullmatch(r"https?://[^/\s]+", one):
                raise ValueError(f"{one!r} is no origin such as https://player.example.org")
        return value

    @model_validator(mode="after")
    def _one_machine(self) -> Self:
        if self.redis_url is not None and self.database_url is None:
            raise ValueError("MCMA_REDIS_URL needs MCMA_DATABASE_URL: workers cannot share an SQLite file")
        if self.serve_jobs == "no" and self.database.startswith("sqlite"):
            raise ValueError("MCMA_SERVE_JOBS=no needs PostgreSQL: with SQLite only the server can run jobs")
        return self

    @property
    def database(self) -> str:
        """The URL to open; it may hold a password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data_dir / DATABASE_FILE}"

    @property
    def listen_on(self) -> str:
        return "0.0.0.0" if self.lan and self.host == "127.0.0.1" else self.host  # noqa: S104 - asked for

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        assert isinstance(dotenv_settings, DotEnvSettingsSource)
        files = SecretFiles(settings_cls, dotenv_settings.env_vars)
        return (init_settings, files, env_settings, dotenv_settings)


def load_settings(**given: Any) -> Settings:
    """`given` (options of a command) wins over the environment, which wins over `.env`.

    Raises `ConfigError` that names each wrong variable.
    """
    try:
        return Settings(**given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise ConfigError("; ".join(_explained(one["loc"], one["msg"]) for one in found)) from None


def _explained(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not location:
        return message
    name = str(location[0])
    return f"{name if name.isupper() else PREFIX + name.upper()}: {message}"
