"""Addresses that people type, for others to open."""

from urllib.parse import urlsplit

from mcma.domain.errors import InvalidInput

LONGEST = 2000
"""Characters."""


def checked_url(text: str, what: str) -> str:
    """An http(s) address with a host, as it was typed. Raises `InvalidInput`."""
    clean = text.strip()
    if len(clean) > LONGEST:
        raise InvalidInput(f"{what} has more than {LONGEST} characters.")
    if any(character.isspace() or not character.isprintable() for character in clean) or "\\" in clean:
        raise InvalidInput(f"{what} has characters that no address has.")
    if not _is_web(clean):
        raise InvalidInput(f"{what} must be an address that begins with http:// or https://.")
    return clean


def _is_web(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
