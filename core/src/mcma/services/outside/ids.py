"""Ids of sources, judged by their form before any source is asked."""

import re

from mcma.domain.errors import InvalidInput

_FORM = re.compile(r"[!-~]{1,500}")
_ADDRESS = re.compile(r"(?i)(https?|ftps?|file|data|javascript|blob|mailto|rtmp|rtsp|smb):|.*://")
_CLIMBS = re.compile(r"(.*[/\\])?\.\.?([/\\].*)?")


def is_id(text: object) -> bool:
    """Up to 500 printable ASCII characters without spaces; no address, no way out of a folder."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        return False
    return not _ADDRESS.match(text) and not _CLIMBS.fullmatch(text)


def is_option(text: str) -> bool:
    """What a program could take for one of its options."""
    return text.startswith("-")


def checked_id(text: str) -> str:
    """Raises `InvalidInput`, which never repeats what was sent."""
    if not is_id(text):
        raise InvalidInput(
            "This is no id of a source: up to 500 printable ASCII characters, no spaces, no address.",
            code="bad_source_id",
        )
    return text
