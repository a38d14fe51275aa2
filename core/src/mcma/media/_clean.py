"""Text from files made fit for databases, JSON and screens."""

import re

MAX_NAME = 1_000
MAX_COMMENT = 4_000
MAX_LYRICS = 100_000
MAX_VALUES = 200

_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_BREAKS = re.compile(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+")


def clean_name(text: str) -> str:
    """One line: no NUL, control characters or lone surrogates, trimmed, at most MAX_NAME long."""
    if not text.isprintable():
        text = _UNFIT.sub("", _BREAKS.sub(" ", text))
    return text[:MAX_NAME].strip()


def clean_text(text: str, limit: int = MAX_COMMENT) -> str:
    """Several lines, separated by a newline each; otherwise as `clean_name`."""
    if not text.isprintable():
        text = _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text[:limit].strip()


def clean_names(values: list[str]) -> list[str]:
    """Every value cleaned; empty ones and repetitions dropped, order kept, at most MAX_VALUES."""
    if len(values) == 1:
        name = clean_name(values[0])
        return [name] if name else []
    return [name for name in dict.fromkeys(map(clean_name, values[:MAX_VALUES])) if name]
