"""Cursors of lists: where a page ended, as text that means nothing to anybody else."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlmodel import UTCDateTime

from mcma.domain.errors import InvalidInput
from mcma.store.queries.keyset import Key, Order
from mcma.store.types import Id


def packed(order: str, part: int, key: Key) -> str:
    values = orjson.dumps([order, part, *(_plain(value) for value in key)])
    return base64.urlsafe_b64encode(values).decode().rstrip("=")


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else str(value)


def unpacked(cursor: str, order: str, parts: Sequence[Order]) -> tuple[int, Key]:
    """`InvalidInput` for anything that is not of a list in this order."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        made_for, part, *values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if made_for != order or type(part) is not int or not 0 <= part < len(parts):
            raise ValueError("of another list")
        columns = parts[part].columns
        return part, tuple(_typed(value, column) for value, column in zip(values, columns, strict=True))
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput("This cursor is not one of this list.") from error


def _typed(value: Any, column: sa.ColumnElement[Any]) -> Any:
    if isinstance(column.type, Id):
        return UUID(value)
    if isinstance(column.type, UTCDateTime):
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a time without its offset")
        return at
    kind = column.type.python_type
    if isinstance(value, bool) or not isinstance(value, (kind, int) if kind is float else kind):
        raise TypeError("not a value of this column")
    if (isinstance(value, int) and abs(value) >= 2**31) or (isinstance(value, str) and "\0" in value):
        raise ValueError("not a value the database takes")
    return value
