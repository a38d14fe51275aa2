"""Rows for the tests of the store."""

from typing import Any

from mcma.store.clock import utcnow


def a_value(key: str, text: str = "x") -> dict[str, Any]:
    return {"namespace": "test", "key": key, "value": text, "updated_at": utcnow()}
