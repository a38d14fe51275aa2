"""The same tree as XML (OpenSubsonic: XSD of Subsonic 1.16.1 plus repeated elements for every array).

Numbers, booleans and strings become attributes, objects and arrays child elements. The tables say where that
differs.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

NAMESPACE = "http://subsonic.org/restapi"

TEXT_KEY = "value"
"""This key is the text of its element, not an attribute."""

VALUES = frozenset({"cueLine"})
"""Elements with children, where it is an attribute after all."""

_INFO_TEXTS = frozenset({"musicBrainzId", "lastFmUrl", "smallImageUrl", "mediumImageUrl", "largeImageUrl"})
CHILD_TEXTS = {
    "artistInfo": _INFO_TEXTS | {"biography"},
    "artistInfo2": _INFO_TEXTS | {"biography"},
    "albumInfo": _INFO_TEXTS | {"notes"},
}
"""Element -> strings that are child elements there."""

LEAVES = frozenset({"albumArtists", "artists", "discTitles", "genres", "recordLabels"})
"""Lists of objects without children that come back row after row: written once, then remembered."""

LEFT_OUT_WHEN_EMPTY = frozenset(
    {
        "bitDepth",
        "bpm",
        "comment",
        "displayAlbumArtist",
        "displayArtist",
        "displayComposer",
        "explicitStatus",
        "isCompilation",
        "isVideo",
        "musicBrainzId",
        "originalReleaseDate",
        "playCount",
        "releaseDate",
        "replayGain",
        "sortName",
        "subRole",
        "version",
    }
)
"""Optional keys that JSON carries with "", 0, false or {} and XML does not carry then."""

_SPECIAL = re.compile('[&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]')
_ESCAPES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}
"""Of the rest, lone surrogates become ? as in JSON; what is illegal in XML 1.0 (section 2.2) is dropped."""


def escape(text: str) -> str:
    """Fit for attributes and text."""
    # Four scans in C are several times faster than the expression, which is for the odd ones.
    if text.isprintable() and "&" not in text and "<" not in text and ">" not in text and '"' not in text:
        return text
    return _SPECIAL.sub(_substitute, text)


def _substitute(found: re.Match[str]) -> str:
    lone_surrogate = "\ud800" <= found[0] <= "\udfff"
    return "?" if lone_surrogate else _ESCAPES.get(found[0], "")


_AS_TEXT: dict[type, Callable[[Any], str]] = {
    str: escape,
    int: str,
    float: repr,
    bool: {True: "true", False: "false"}.__getitem__,
    datetime: lambda at: at.isoformat()[:19] + "Z",
}
"""How scalars are written; everything else is children."""


def document(envelope: dict[str, Any]) -> str:
    out: list[str] = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    _element(out.append, "subsonic-response", {"xmlns": NAMESPACE, **envelope})
    return "".join(out)


def _element(append: Callable[[str], None], tag: str, node: dict[str, Any]) -> None:
    """Attributes go out at once; children are remembered until those are complete. Runs ten times per row."""
    text: str | None = None
    if (TEXT_KEY in node and tag not in VALUES) or tag in CHILD_TEXTS:
        node, text = _set_apart(tag, node)
    append("<" + tag)
    children: list[tuple[str, Any]] = []
    for key, value in node.items():
        if not value and key in LEFT_OUT_WHEN_EMPTY:
            continue
        kind = type(value)
        if kind is str:  # most of them: spares the table
            append(f' {key}="{escape(value)}"')
        elif write := _as_text(kind):
            append(f' {key}="{write(value)}"')
        elif value or kind is dict:
            children.append((key, value))
    if not children and text is None:
        append("/>")
        return
    append(">" + (text or ""))
    _children(append, children)
    append(f"</{tag}>")


_as_text = _AS_TEXT.get


def _set_apart(tag: str, node: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The node with its child texts in lists and without its own text, and that text."""
    inner = CHILD_TEXTS.get(tag, frozenset())
    rest = {key: [value] if key in inner else value for key, value in node.items() if key != TEXT_KEY}
    return rest, escape(node[TEXT_KEY]) if TEXT_KEY in node else None


def _children(append: Callable[[str], None], children: list[tuple[str, Any]]) -> None:
    for key, value in children:
        if type(value) is dict:
            _element(append, key, value)
        elif key in LEAVES:
            for item in value:
                append(_leaf(key, *item.items()))
        else:
            for item in value:
                _item(append, key, item)


@lru_cache(maxsize=16384)
def _leaf(tag: str, *attributes: tuple[str, Any]) -> str:
    written = [f' {key}="{_AS_TEXT[type(value)](value)}"' for key, value in attributes]
    return f"<{tag}{''.join(written)}/>"


def _item(append: Callable[[str], None], key: str, value: Any) -> None:
    if type(value) is dict:
        _element(append, key, value)
    else:
        append(f"<{key}>{escape(str(value))}</{key}>")
