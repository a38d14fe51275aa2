"""Files of cookies in Netscape format, as browsers' extensions write them. Nothing of one is ever shown."""

import re
from typing import Final, NamedTuple

from mcma_plugins.errors import InvalidInput

LARGEST: Final = 512 * 1024
_HEADS: Final = ("# Netscape HTTP Cookie File", "# HTTP Cookie File")
_OURS: Final = re.compile(r"\.?(?:[a-z0-9-]+\.)*(?:youtube|google)\.com", re.IGNORECASE)
_YOUTUBE: Final = re.compile(r"\.?(?:[a-z0-9-]+\.)*youtube\.com", re.IGNORECASE)
_LOGIN: Final = re.compile(r"LOGIN_INFO|SAPISID|__Secure-[13]PAPISID")


class Kept(NamedTuple):
    content: bytes
    logged_in: bool
    """It has the cookies of an account."""


def kept(content: bytes) -> Kept:
    """What of it is for YouTube. Raises `InvalidInput`, which says which line is wrong, not what it is."""
    lines = _text(content).splitlines()
    if not lines or not lines[0].lstrip("\ufeff").startswith(_HEADS):
        raise _wrong("it does not begin with the line '# Netscape HTTP Cookie File'")
    cookies = [fields for number, line in enumerate(lines, 1) if (fields := _fields(line, number))]
    ours = [fields for fields in cookies if _OURS.fullmatch(_domain(fields))]
    if not any(_YOUTUBE.fullmatch(_domain(fields)) for fields in ours):
        raise _wrong("there is no cookie of youtube.com in it")
    text = "\n".join([_HEADS[0], *("\t".join(fields) for fields in ours), ""])
    return Kept(text.encode(), any(_LOGIN.fullmatch(fields[5]) for fields in ours))


def _text(content: bytes) -> str:
    if len(content) > LARGEST:
        raise _wrong(f"it is larger than {LARGEST} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise _wrong("it is no text in UTF-8") from None
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text.replace("\r\n", "\n")):
        raise _wrong("there are control characters in it")
    return text


def _fields(line: str, number: int) -> list[str] | None:
    """None for a comment or an empty line."""
    if not line.strip() or (line.startswith("#") and not line.startswith("#HttpOnly_")):
        return None
    fields = line.split("\t")
    flags = len(fields) == 7 and {fields[1], fields[3]} <= {"TRUE", "FALSE"}
    if (
        not flags
        or not fields[2].startswith("/")
        or not re.fullmatch(r"-?[0-9]{0,15}(?:\.[0-9]*)?", fields[4])
    ):
        raise _wrong(f"line {number} is no cookie")
    return fields


def _domain(fields: list[str]) -> str:
    return fields[0].removeprefix("#HttpOnly_")


def _wrong(reason: str) -> InvalidInput:
    return InvalidInput(f"This is no file of cookies in Netscape format: {reason}.", code="bad_credential")
