"""What is said of a playlist, as its row keeps it. Keys are columns."""

from datetime import timedelta
from typing import Any

from mcma.domain.errors import InvalidInput
from mcma.domain.folding import fold

KEPT = timedelta(days=30)
"""How long a deleted playlist can be had back (sync protocol)."""


def named(name: str) -> dict[str, Any]:
    shown = _clean(name).strip()
    if not shown:
        raise InvalidInput("A playlist needs a name.")
    return {"name": shown, "name_key": fold(shown)}


def commented(comment: str | None) -> dict[str, Any]:
    return {"comment": _clean(comment or "") or None}


def shared(public: bool) -> dict[str, Any]:
    return {"visibility": "public" if public else "private"}


def _clean(text: str) -> str:
    """PostgreSQL takes no NUL in text."""
    return text.replace("\0", "")
