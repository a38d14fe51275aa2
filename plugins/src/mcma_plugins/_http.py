"""The rules of HTTP for one file: preconditions, ranges and header values. No web framework in here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
_NOT_IN_TAG = re.compile(r"[^\x21\x23-\x7e]")
_UNSAFE_IN_NAME = re.compile(r'["%/\\]')
_SPEC = re.compile(r"([0-9]*)-([0-9]*)", re.ASCII)
_ATTR_CHAR = "!#$&+-.^_`|~"
"""What RFC 8187 section 3.2.1 allows unescaped, beside letters and digits."""
_LONGEST_NAME = 200
_HUGE = 10**18


@dataclass(frozen=True)
class Validators:
    """What identifies the bytes: an entity tag as it goes on the wire, and perhaps a date."""

    etag: str
    last_modified: datetime | None = None

    @property
    def seconds(self) -> int | None:
        """The date as HTTP sees it: whole seconds."""
        return None if self.last_modified is None else int(self.last_modified.timestamp())


@dataclass(frozen=True)
class Answer:
    """The status and which bytes belong to it. `count` is 0 for anything without content."""

    status: int
    start: int = 0
    count: int = 0


def decide(method: str, headers: Mapping[str, str], size: int, validators: Validators) -> Answer:
    """Answers preconditions and ranges in the order of RFC 9110 section 13.2.2.

    `headers` has lower-case names. Range counts for GET only (section 14.2: other methods MUST ignore it).
    """
    status = precondition(headers, validators)
    if status is not None:
        return Answer(status)
    wanted = headers.get("range")
    if wanted is None or method != "GET" or not _range_applies(headers.get("if-range"), validators):
        return Answer(200, 0, size)
    return resolve_range(wanted, size)


def precondition(headers: Mapping[str, str], validators: Validators) -> int | None:
    """412 or 304 when a precondition says so, else None (RFC 9110 section 13.2.2, steps 1 to 4)."""
    since, seconds = _date(headers.get("if-unmodified-since")), validators.seconds
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if match is not None:
        if not _listed(match, validators.etag, weak=False):
            return 412
    elif since is not None and seconds is not None and seconds > since:
        return 412
    if none_match is not None:
        return 304 if _listed(none_match, validators.etag, weak=True) else None
    since = _date(headers.get("if-modified-since"))
    return 304 if since is not None and seconds is not None and seconds <= since else None


def resolve_range(value: str, size: int) -> Answer:
    """The whole file (200), one range (206) or 416, for a Range header of a file of `size` bytes.

    RFC 9110 section 14.2 allows ignoring Range, so what is malformed, of another unit or several ranges gets
    the whole file; only a well-formed single range outside the file is refused.
    """
    unit, _, specs = value.partition("=")
    parts = [part for spec in specs.split(",") if (part := spec.strip(" \t"))]
    found = _SPEC.fullmatch(parts[0]) if len(parts) == 1 and unit.lower() == "bytes" else None
    if found is None or found[0] == "-":
        return Answer(200, 0, size)
    return _suffix(_number(found[2]), size) if not found[1] else _from(found[1], found[2], size)


def _suffix(length: int, size: int) -> Answer:
    if length == 0:
        return Answer(416)
    count = min(length, size)
    # A Content-Range cannot name an empty range, and the last bytes of nothing are nothing: the whole file.
    return Answer(206, size - count, count) if count else Answer(200)


def _from(first: str, last: str, size: int) -> Answer:
    start, end = _number(first), _number(last) if last else _HUGE
    if end < start:
        return Answer(200, 0, size)
    return Answer(206, start, min(end + 1, size) - start) if start < size else Answer(416)


def _number(digits: str) -> int:
    """No file is larger than `_HUGE`, and int() refuses strings of thousands of digits."""
    digits = digits.lstrip("0")
    return int(digits or 0) if len(digits) <= 18 else _HUGE


def _range_applies(if_range: str | None, validators: Validators) -> bool:
    """RFC 9110 section 13.1.5: a strong tag, or exactly the date that was sent."""
    if if_range is None:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == validators.etag and not if_range.startswith("W/")
    return validators.seconds is not None and _date(if_range) == validators.seconds


def _listed(value: str, etag: str, *, weak: bool) -> bool:
    """Whether a list of entity tags, or `*`, names `etag` (comparison: RFC 9110 section 8.8.3.2)."""
    if value.strip() == "*":
        return True
    tags = _TAG.findall(value)
    if weak:
        return etag.removeprefix("W/") in (tag.removeprefix("W/") for tag in tags)
    return etag in tags and not etag.startswith("W/")


def _date(value: str | None) -> int | None:
    """An HTTP-date in seconds; None when it is missing or no date (then the condition is ignored)."""
    try:
        parsed = parsedate_to_datetime(value or "")
        return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def entity_tag(value: str) -> str:
    """`value` as a tag on the wire: quoted unless it already is, and free of what a tag cannot hold."""
    return value if _TAG.fullmatch(value) else f'"{_NOT_IN_TAG.sub("", value)}"'


def safe_header(value: str) -> str:
    """`value` as a header may carry it (RFC 9110 section 5.5): no controls, nothing beyond latin-1."""
    return _CONTROL.sub(" ", value).strip().encode("latin-1", "replace").decode("latin-1")


def attachment(filename: str) -> str:
    """A Content-Disposition that offers `filename`, whatever is in it (RFC 6266 section 4, RFC 8187).

    Old clients read the ASCII form; `filename*` is there when the two differ. Long names keep their ending.
    """
    name = _shortened(_CONTROL.sub(" ", _well_formed(filename)).strip() or "download")
    plain = _UNSAFE_IN_NAME.sub("_", name.encode("ascii", "replace").decode().replace("?", "_"))
    header = f'attachment; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe=_ATTR_CHAR)}"


def _well_formed(text: str) -> str:
    """Lone surrogates, which a name that is not UTF-8 leaves behind, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if len(name) <= _LONGEST_NAME or not stem or len(ending) > 10:
        return name[:_LONGEST_NAME]
    return stem[: _LONGEST_NAME - len(ending) - 1] + dot + ending
