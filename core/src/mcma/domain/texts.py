"""Text that both databases keep, and that a line of a screen can show."""

import re

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_BREAKS = re.compile(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+")


def storable(text: str) -> str:
    """Neither keeps NUL; surrogates that stand alone are no Unicode at all. Raises `ValueError`."""
    if "\0" in text:
        raise ValueError("must not contain the character NUL")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid Unicode") from None
    return text


def one_line(text: str, most: int) -> str:
    """Without control characters and lone surrogates, trimmed, at most so many characters."""
    if not text.isprintable():
        text = fit(_BREAKS.sub(" ", text))
    return text[:most].strip()


def fit(text: str) -> str:
    """Without what no database, JSON document or screen takes. Tabs and line ends stay."""
    return _UNFIT.sub("", text)
