"""What is wrong with a thing of a source, in words; and texts that nobody means well with."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from mcma_plugins.sources import OutsideAudio, SourceItem, SourceKind

_ID: Final = re.compile(r"[!-~]{1,500}")
_NOT_AN_ID: Final = re.compile(r"(?i)(https?|ftps?|file|data|javascript|blob|mailto|rtmp|rtsp|smb):|.*://")
_CLIMBS: Final = re.compile(r"(.*[/\\])?\.\.([/\\].*)?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_WEB: Final = re.compile(r"https?://[!-~]+")
_LONGEST: Final = 500
_NUMBERS: Final = ("track_number", "disc_number", "year", "duration_ms", "track_count")
_TEXTS: Final = ("title", "album", "isrc", "recording_mbid")

HOSTILE_IDS: Final = (
    "", " ", "--exec", "-x", "-", "a b", "a\nb", "a\n", "a\x00b", "a\tb", "..", "../x", "x/../y", "..\\x",
    "http://127.0.0.1/", "https://example.org/a", "file:///etc/passwd", "javascript:alert(1)", "é", "a" * 501,
    "a\u202eb", "a\u200bb", "\uff0d\uff0dexec",
)  # fmt: skip
"""No source may take one of these for an id."""

HOSTILE_TEXTS: Final = (
    "", " ", "\x00", "a\x00b", '"', "'", "\\", "(", ")", "a AND", "OR NOT", "a:b", "title:*", "[* TO *]", "*",
    "?", "~", "^", "/", "&a=b", "%", "%00", "#", "a\r\nX: y", "\u202e", "\U0001f3b5", "x" * 500, "a " * 250,
    "{{7*7}}", "${x}", "--exec", "'; DROP TABLE a; --",
)  # fmt: skip
"""A search for one of these finds something, or nothing; it is no error."""

HOSTILE_LINKS: Final = (
    *HOSTILE_IDS, "hello", "example.org", "//", "http://", "https://", "http:///a", "ftp://example.org/a",
    "https://user:secret@example.org/", "https://127.0.0.1/a", "https://[::1]/a", "https://localhost/",
    "http://169.254.169.254/latest/meta-data", "data:text/html,a", "https://exam\nple.org/", "x" * 10_000,
)  # fmt: skip


def links_like(link: str) -> Iterator[str]:
    """Addresses that look like a good one, and are somebody else's or nobody's."""
    scheme, _, rest = link.partition("://")
    host, _, path = rest.partition("/")
    yield f"{scheme}://{host}.example.org/{path}"
    yield f"{scheme}://{host}@example.org/{path}"
    yield f"{scheme}://user@{host}/{path}"
    yield f"{scheme}://example.org/{host}/{path}"
    yield f"{scheme}://example.org/?u={link}"
    yield f"{scheme}://example.org#{link}"
    yield f"ftp://{rest}"
    yield f"file://{rest}"
    yield f"javascript:{link}"
    yield f"{scheme}://{host}:22/{path}"
    yield f"{link}\n"
    yield f"{link}\x00"
    yield f"{link} {link}"
    yield f"see {link}"
    yield f"-{link}"
    yield f"{scheme}://{host}\\@example.org/{path}"


def item_problems(item: object, kinds: Sequence[SourceKind]) -> list[str]:
    """Why core would leave something of it out."""
    if not isinstance(item, SourceItem):
        return [f"{item!r} is no SourceItem"]
    return [*_shape(item, kinds), *_texts(item), *_numbers(item), *_more(item)]


def id_problems(source_id: object) -> list[str]:
    text = source_id if isinstance(source_id, str) else ""
    fine = _ID.fullmatch(text) and not _NOT_AN_ID.match(text) and not _CLIMBS.fullmatch(text)
    return (
        []
        if fine
        else [f"{source_id!r} is no id: up to 500 printable ASCII characters, no spaces, no address"]
    )


def _shape(item: SourceItem, kinds: Sequence[SourceKind]) -> Iterator[str]:
    if item.kind not in kinds:
        yield f"{item.source_id} is of kind {item.kind!r}, not of {[one.value for one in kinds]}"
    yield from id_problems(item.source_id)
    if item.album_id is not None:
        yield from (f"album_id: {one}" for one in id_problems(item.album_id))
    if not item.title or not item.title.strip():
        yield f"{item.source_id} has no title"


def _texts(item: SourceItem) -> Iterator[str]:
    named = [(name, getattr(item, name)) for name in _TEXTS]
    named += [("artists", one) for one in item.artists]
    named += [(f"extra {name}", text) for name, text in item.extra.items()]
    for name, text in named:
        if text is None:
            continue
        if not isinstance(text, str) or not text or len(text) > _LONGEST or _CONTROL.search(text):
            yield f"{name} of {item.source_id} is no line of up to {_LONGEST} characters: {text!r:.100}"


def _numbers(item: SourceItem) -> Iterator[str]:
    for name in _NUMBERS:
        number = getattr(item, name)
        if number is not None and (type(number) is not int or number < (0 if name == "track_count" else 1)):
            yield f"{name} of {item.source_id} must be a positive number or None, it is {number!r}"


def _more(item: SourceItem) -> Iterator[str]:
    for name in ("artwork_url", "url"):
        address = getattr(item, name)
        if address is not None and not (isinstance(address, str) and _WEB.fullmatch(address)):
            yield f"{name} of {item.source_id} is no web address: {address!r:.100}"
    if isinstance(item.artists, str) or len(item.artists) > 50:
        yield f"artists of {item.source_id} must be a list of up to 50 names"
    given: Any = item
    if given.audio is not None and not isinstance(given.audio, OutsideAudio):
        yield f"audio of {item.source_id} is no OutsideAudio"
    if not isinstance(given.fetchable, bool):
        yield f"fetchable of {item.source_id} must be True or False"
