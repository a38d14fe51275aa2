"""Text from files made fit for databases, JSON and screens."""

from mcma_plugins.texts import lines, one_line

MAX_NAME = 1_000
MAX_COMMENT = 4_000
MAX_VALUES = 200


def clean_name(text: str) -> str:
    """One line: no NUL, control characters or lone surrogates, trimmed, at most MAX_NAME long."""
    return one_line(text, MAX_NAME)


def clean_text(text: str, limit: int = MAX_COMMENT) -> str:
    """Several lines, separated by a newline each; otherwise as `clean_name`."""
    return lines(text, limit)


def clean_names(values: list[str]) -> list[str]:
    """Every value cleaned; empty ones and repetitions dropped, order kept, at most MAX_VALUES."""
    if len(values) == 1:
        name = clean_name(values[0])
        return [name] if name else []
    return [name for name in dict.fromkeys(map(clean_name, values[:MAX_VALUES])) if name]
