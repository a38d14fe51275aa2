"""What can go wrong, said so that a person can act on it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import httpx2 as httpx


class ClientError(Exception):
    """Of anything here; its text is for people."""


class Unreachable(ClientError):
    """No answer: no network, no server, or it was cut off. What was asked for may have been done."""


class NotLoggedIn(ClientError):
    pass


class BadAnswer(ClientError):
    """The server said what the protocol does not have."""


class FolderInUse(ClientError):
    """Another process synchronises this folder."""


class DiskFull(ClientError):
    pass


class Damaged(ClientError):
    """The local database cannot be read."""


class Refused(ClientError):
    """An answer that is an error. `code` is stable, `retry_after` in seconds, `more` the whole document."""

    def __init__(
        self, status: int, code: str, said: str, *, retry_after: float | None = None,
        more: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        super().__init__(said)
        self.status, self.code, self.retry_after, self.more = status, code, retry_after, more


def refused(response: httpx.Response) -> Refused:
    """Of a problem document (RFC 9457), or of whatever stands between here and the server."""
    try:
        found = response.json()
    except ValueError:
        found = None
    document: dict[str, Any] = found if isinstance(found, dict) else {}
    said = str(document.get("detail") or f"The server answered {response.status_code}.")
    hint = document.get("hint")
    return Refused(
        response.status_code, str(document.get("code") or "http"), f"{said} {hint}" if hint else said,
        retry_after=_seconds(response.headers.get("retry-after")), more=document,
    )  # fmt: skip


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
