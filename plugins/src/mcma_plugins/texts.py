"""Text from outside made fit for databases, JSON and screens."""

import re

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_BREAKS = re.compile(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+")


def one_line(text: str, most: int) -> str:
    """Without control characters and lone surrogates, trimmed, at most so many characters."""
    if not text.isprintable():
        text = fit(_BREAKS.sub(" ", text))
    return text[:most].strip()


def lines(text: str, most: int) -> str:
    """Several lines, separated by a newline each; otherwise as `one_line`."""
    if not text.isprintable():
        text = fit(text.replace("\r\n", "\n").replace("\r", "\n"))
    return text[:most].strip()


def fit(text: str) -> str:
    """Without what no database, JSON document or screen takes. Tabs and line ends stay."""
    return _UNFIT.sub("", text)
