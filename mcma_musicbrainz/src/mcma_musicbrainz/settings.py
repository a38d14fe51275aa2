"""What a person can set: `MCMA_PLUGIN_MUSICBRAINZ_<FIELD>`."""

import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from mcma_plugins import PluginSettings
from mcma_plugins.setting_checks import hosts, service_address, words

PUBLIC: Final = "musicbrainz.org"
MOST_OF_THE_PUBLIC: Final = 1.0
"""Questions per second that everybody may ask there: its rule for every address."""
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_LOCALE: Final = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,8})?")
_CONTACT: Final = re.compile(r"[!-'*-~]([ -'*-~]{0,198}[!-'*-~])?|")


class MusicBrainzSettings(PluginSettings):
    lookups: bool = Field(
        default=False,
        description="Ask MusicBrainz what your music is, and the Cover Art Archive for its covers. Nobody is "
        "asked until this is on; fingerprints are made all the same.",
    )
    contact: str = Field(
        default="",
        max_length=200,
        description="Your e-mail or web address, sent with every question: MusicBrainz wants to be able "
        "to reach whoever asks too much.",
    )
    base_url: str = Field(
        default="https://musicbrainz.org",
        description="MusicBrainz, or a mirror that answers like it.",
    )
    per_second: float = Field(
        default=1.0,
        gt=0,
        le=1000,
        description="Questions per second, of all processes together. More than 1 is for mirrors alone.",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="host:port of servers in your own network that may be asked all the same, such as a "
        "mirror at home; commas between them.",
    )
    acoustid_key: SecretStr = Field(
        default=SecretStr(""),
        description="Key of an application at acoustid.org, free for private use. With it, music without "
        "usable tags is known by its sound.",
    )
    acoustid_url: str = Field(
        default="https://api.acoustid.org", description="AcoustID, or what answers like it."
    )
    coverart_url: str = Field(
        default="https://coverartarchive.org", description="The Cover Art Archive, or what answers like it."
    )
    commons_url: str = Field(
        default="https://commons.wikimedia.org",
        description="Wikimedia Commons, where pictures of artists are.",
    )
    countries: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Countries whose editions to prefer when several fit equally well, two capital letters "
        "each, the most wanted first, commas between them. XW is worldwide, XE Europe.",
    )
    locales: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Languages for the names of artists (aliases), the most wanted first, commas between "
        "them: en, ja_Latn. None: as they are credited.",
    )
    fpcalc: Path | None = Field(
        default=None, description="The program that makes fingerprints. Found by itself when it is on PATH."
    )
    ffmpeg: Path | None = Field(
        default=None,
        description="ffmpeg, which makes fingerprints where there is no fpcalc. Found by itself: on PATH, "
        "else the one that comes along.",
    )
    cache_days: float = Field(
        default=30.0, gt=0, le=365, description="Days for which an answer of MusicBrainz is kept."
    )

    @field_validator("allowed_hosts", "countries", "locales", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return words(value)

    @field_validator("fpcalc", "ffmpeg", mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("base_url", "acoustid_url", "coverart_url", "commons_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return service_address(value, "https://musicbrainz.org")

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return hosts(value, "nas.home:5000")

    @field_validator("countries")
    @classmethod
    def _countries(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _each(tuple(one.upper() for one in value), _COUNTRY, "no country, like DE")

    @field_validator("locales")
    @classmethod
    def _locales(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _each(value, _LOCALE, "no language, like en or ja_Latn")

    @field_validator("acoustid_key")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        return SecretStr(value.get_secret_value().strip())

    @field_validator("contact")
    @classmethod
    def _contact(cls, value: str) -> str:
        if not _CONTACT.fullmatch(value.strip()):
            raise ValueError("must be plain letters without brackets: it stands between brackets")
        return value.strip()

    @model_validator(mode="after")
    def _not_too_often(self) -> "MusicBrainzSettings":
        if self.is_public and self.per_second > MOST_OF_THE_PUBLIC:
            raise ValueError(
                f"per_second: {PUBLIC} may be asked once a second; more is for a mirror (base_url)"
            )
        return self

    @property
    def is_public(self) -> bool:
        host = (urlsplit(self.base_url).hostname or "").lower().rstrip(".")
        return host == PUBLIC or host.endswith(f".{PUBLIC}")


def _each(values: tuple[str, ...], form: re.Pattern[str], otherwise: str) -> tuple[str, ...]:
    for one in values:
        if not form.fullmatch(one):
            raise ValueError(f"{one!r} is {otherwise}")
    return tuple(dict.fromkeys(values))
