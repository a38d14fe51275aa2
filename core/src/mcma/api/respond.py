"""Answers. Content is plain data, encoded once: FastAPI's own encoder costs twenty times as much."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from starlette.responses import Response

JSON = "application/json"
NOT_KEPT = {"cache-control": "no-store"}
"""For answers with secrets in them."""
_CACHING = {"cache-control": "private, no-cache"}
_OPTIONS = orjson.OPT_UTC_Z


def encoded(content: Any) -> bytes:
    """JSON; times are RFC 3339 with `Z`. Text that is no Unicode (it never should be) loses what is not."""
    try:
        return orjson.dumps(content, default=_plain, option=_OPTIONS)
    except TypeError:
        return orjson.dumps(_repaired(content), default=_plain, option=_OPTIONS)


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encoded(content), status, {**_CACHING, **(headers or {})}, JSON)


def nothing() -> Response:
    return Response(status_code=204)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):  # a driver's own kind of it
        return str(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_repaired(key): _repaired(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_repaired(one) for one in value]
    return value
