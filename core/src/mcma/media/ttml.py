"""TTML 1 (W3C) as lyrics use it: a paragraph is a line, a span with a time is a word. Rewritten as LRC.

What is sung or shown beside the main line (background voices, translations, transliterations) is left out.
Entities and document types are refused.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_ROLE = "{http://www.w3.org/ns/ttml#metadata}role"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_BESIDE = frozenset({"x-bg", "x-translation", "x-roman"})
_CLOCK = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6})(?:\.(\d{1,9}))?(s|ms|m|h)?", re.ASCII)
_UNITS = {"s": 1000.0, "ms": 1.0, "m": 60_000.0, "h": 3_600_000.0}
_LONGEST_MS = 999 * 60_000


class Ttml(NamedTuple):
    text: str
    """LRC, or plain lines where nothing has a time."""
    lang: str


def read_ttml(data: bytes) -> Ttml | None:
    """None for what is no TTML."""
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None
    if _name(root) != "tt":
        return None
    return Ttml("\n".join(map(_line, _paragraphs(root))), root.get(_LANG, ""))


def _paragraphs(root: Element) -> Iterator[Element]:
    """In order. One inside another, which TTML does not have, is part of that one's line: read by themselves
    as well, a file of nested ones would be read as often as it has elements."""
    left = [root]
    while left:
        one = left.pop()
        if _name(one) == "p":
            yield one
        else:
            left.extend(reversed(one))


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _line(paragraph: Element) -> str:
    spans = [one for one in paragraph if _name(one) == "span" and one.get(_ROLE) not in _BESIDE]
    begins = (_stamp(one.get("begin")) for one in (paragraph, *spans))
    start = next((found for found in begins if found), None)
    words = " ".join("".join(_pieces(paragraph)).split())
    return f"[{start}]{words}" if start else words


def _pieces(paragraph: Element) -> Iterator[str]:
    yield paragraph.text or ""
    for one in paragraph:
        if _name(one) == "br":
            yield " "
        elif _name(one) == "span" and one.get(_ROLE) not in _BESIDE:
            yield _word("".join(one.itertext()), _stamp(one.get("begin")), _stamp(one.get("end")))
        yield one.tail or ""


def _word(text: str, begin: str | None, end: str | None) -> str:
    if begin is None:
        return text
    return f"<{begin}>{text}" + (f"<{end}>" if end else "")


def _stamp(text: str | None) -> str | None:
    """As LRC has it; None for frames, ticks, and what is no time."""
    found = _CLOCK.fullmatch(text.strip()) if text else None
    if found is None or (found[5] and found[2]):
        return None
    hours, minutes, whole, part, unit = found.groups()
    number = float(f"{whole}.{part or 0}") * _UNITS[unit or "s"]
    at = round(number) + (int(hours or 0) * 60 + int(minutes or 0)) * 60_000
    return f"{at // 60_000:02}:{at // 1000 % 60:02}.{at % 1000:03}" if at <= _LONGEST_MS else None
