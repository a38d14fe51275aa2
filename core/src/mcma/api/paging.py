"""Pages on the wire: `next` in the body, and the same as a Link header (RFC 8288)."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mcma.api.respond import answer
from mcma.domain.errors import InvalidInput
from mcma.services.catalogue.browse import Count


def page(
    request: Request, items: list[Any], cursor: str | None, counted: Count | None = None, **more: Any
) -> Response:
    """`more` stands beside the items."""
    headers = {} if cursor is None else {"link": f'<{_address(request, cursor)}>; rel="next"'}
    count = {} if counted is None else {"count": counted._asdict()}
    return answer({**more, "items": items, "next": cursor, **count}, headers=headers)


def items(listed: Iterable[Any], shape: Callable[[Any], Any]) -> Response:
    return answer({"items": [shape(one) for one in listed]})


def _address(request: Request, cursor: str) -> str:
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{request.url.path}?{urlencode([*asked, ('cursor', cursor)], errors='replace')}"


def packed(*values: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def unpacked(cursor: str, *kinds: type) -> list[Any]:
    """The values of a cursor that this module packed; `InvalidInput` for anything else. Ids were packed as
    texts, and become ids again."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if [type(value) for value in values] != [str if kind is UUID else kind for kind in kinds]:
            raise ValueError("values of another list")
        return [UUID(value) if kind is UUID else value for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        raise InvalidInput("This cursor is not one of this list.") from None


def last_id(cursor: str | None) -> UUID | None:
    """Of a list that is paged by ids alone."""
    return None if cursor is None else unpacked(cursor, UUID)[0]


def last_place(cursor: str | None) -> tuple[str, UUID] | None:
    """Of a list that is paged by a text, and by ids where it is the same."""
    if cursor is None:
        return None
    text, id_ = unpacked(cursor, str, UUID)
    return text, id_
