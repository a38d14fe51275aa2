"""Settings that many plugins have, checked in one way: for their `field_validator`s.

Each raises `ValueError` with words for people, as pydantic wants it.
"""

import json
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

_HOST: Final = re.compile(r"([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\]):[0-9]{1,5}")


def words(value: object) -> object:
    """A list as people write it: commas between the words, or JSON. For `mode="before"`."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return tuple(one for part in value.split(",") if (one := part.strip()))


def service_address(value: str, like: str) -> str:
    """Of a service, http or https, without a login, query or last slash. `like`: an example for people."""
    parts = urlsplit(value.strip())
    fine = parts.scheme in ("http", "https") and parts.hostname and not parts.username and _has_port(parts)
    if not fine or parts.query or parts.fragment:
        raise ValueError(f"must be an address like {like}")
    return value.strip().rstrip("/")


def _has_port(parts: SplitResult) -> bool:
    """Or none, which is its usual one."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def hosts(value: tuple[str, ...], like: str = "nas.home:8080") -> tuple[str, ...]:
    """`host:port` of each, as `mcma_plugins.fetching.Web` takes them in `allowed`."""
    found = tuple(dict.fromkeys(one.strip().lower() for one in value))
    for one in found:
        if not _HOST.fullmatch(one):
            raise ValueError(f"{one!r} is no host with a port, like {like}")
    return found
