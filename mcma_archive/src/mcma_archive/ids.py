"""Ids and addresses: an item is its identifier, a track is `identifier/file`, percent-encoded in one way."""

import re
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from mcma_archive.formats import extension
from mcma_plugins import SourceKind, SourceLink

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""Of archive.org: up to 100 letters, digits, dots, dashes and underscores, a letter or digit first."""
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\\]")
_LINK: Final = re.compile(
    r"https?://(?P<host>[A-Za-z0-9.:-]+|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?)"
    r"/(?:details|download|embed|metadata)/(?P<identifier>[A-Za-z0-9][A-Za-z0-9._-]{0,99})"
    r"(?P<file>/[!-~]*?)?(?:[?#][!-~]*)?"
)
_LONGEST_ID: Final = 500
_LONGEST_LINK: Final = 2000


class TrackId(NamedTuple):
    identifier: str
    file: str
    """As it is called, with its folders within the item."""


def is_identifier(text: str) -> bool:
    return _IDENTIFIER.fullmatch(text) is not None


def track_id(identifier: str, file: str) -> str | None:
    """None for a file that cannot have one: its name is too long, or leads somewhere else."""
    if not is_identifier(identifier) or not _is_file(file):
        return None
    made = f"{identifier}/{quote(file)}"
    return made if len(made) <= _LONGEST_ID else None


def read_track_id(text: str) -> TrackId | None:
    """What `track_id` made, nothing else: each file has one id."""
    identifier, _, encoded = text.partition("/")
    file = _decoded(encoded)
    if file is None or track_id(identifier, file) != text:
        return None
    return TrackId(identifier, file)


def is_track(text: str) -> bool:
    found = read_track_id(text)
    return found is not None and extension(found.file) is not None


def file_address(identifier: str, file: str) -> str:
    """The path below `/download/`."""
    return f"{identifier}/{quote(file)}"


def read_link(text: str, hosts: frozenset[str]) -> SourceLink | None:
    """`hosts`, in lower case, with the port where they have one of their own."""
    found = _LINK.fullmatch(text) if len(text) <= _LONGEST_LINK else None
    if found is None or found["host"].lower() not in hosts:
        return None
    identifier, encoded = found["identifier"], (found["file"] or "")[1:]
    if not encoded:
        return SourceLink(SourceKind.ALBUM, identifier)
    file = _decoded(encoded)
    made = None if file is None else track_id(identifier, file)
    return SourceLink(SourceKind.TRACK, made) if made is not None and is_track(made) else None


def _decoded(encoded: str) -> str | None:
    try:
        return unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return None


def _is_file(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    parts = name.split("/")
    return not _UNFIT.search(name) and all(part and part not in (".", "..") for part in parts)
