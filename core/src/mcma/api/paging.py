"""Pages on the wire: `next` in the body, and the same as a Link header (RFC 8288)."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mcma.api.respond import answer
from mcma.domain.errors import InvalidInput
from mcma.services.catalogue.browse import Count


def page(request: Request, items: list[Any], cursor: str | None, counted: Count | None = None) -> Response:
    headers = {} if cursor is None else {"link": f'<{_address(request, cursor)}>; rel="next"'}
    count = {} if counted is None else {"count": counted._asdict()}
    return answer({"items": items, "next": cursor, **count}, headers=headers)


def items(listed: Iterable[Any], shape: Callable[[Any], Any]) -> Response:
    return answer({"items": [shape(one) for one in listed]})


def _address(request: Request, cursor: str) -> str:
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*asked, ('cursor', cursor)], errors='replace')}"


def packed(*values: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def unpacked(cursor: str, *kinds: type) -> list[Any]:
    """The values of a cursor that this module packed; `InvalidInput` for anything else."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if [type(value) for value in values] != list(kinds):
            raise ValueError("values of another list")
    except (ValueError, TypeError, binascii.Error):
        raise InvalidInput("This cursor is not one of this list.") from None
    return list(values)
