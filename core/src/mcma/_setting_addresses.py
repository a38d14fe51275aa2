"""Addresses in settings."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr


def _http(value: str | None) -> str | None:
    parts = urlsplit(value or "")
    if value is not None and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("must be an address that begins with http:// or https://")
    return value.rstrip("/") if value else None


def _driver(value: SecretStr | None) -> SecretStr | None:
    known = ("postgresql+asyncpg://", "sqlite+aiosqlite:///")
    if value is not None and not value.get_secret_value().startswith(known):
        raise ValueError("must begin with postgresql+asyncpg:// or sqlite+aiosqlite:///")
    return value


def _redis(value: SecretStr | None) -> SecretStr | None:
    known = ("redis://", "rediss://", "unix://")
    if value is not None and not value.get_secret_value().startswith(known):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return value


Address = Annotated[str | None, AfterValidator(_http)]
DatabaseUrl = Annotated[SecretStr | None, AfterValidator(_driver)]
RedisUrl = Annotated[SecretStr | None, AfterValidator(_redis)]
