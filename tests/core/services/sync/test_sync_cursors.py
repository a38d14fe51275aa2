"""Page tokens come from outside, whoever wrote them."""

import base64
from typing import Any
from uuid import UUID

import orjson
import pytest

from mcma.domain.errors import InvalidInput
from mcma.services.sync.cursors import Cursor, Page

ID = "00000000-0000-0000-0000-000000000000"


def token(values: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def page(*kinds: object, kind: str = "track", place: int = 0) -> list[Any]:
    return ["epoch", 5, place, kind, ID, list(kinds), "me"]


def test_a_page_comes_back_as_it_was() -> None:
    made = Page(Cursor("epoch", 5, ("me",)), 0, "track", UUID(ID), ("album", "track"))
    assert Page.unpacked(made.packed()) == made


@pytest.mark.parametrize(
    "values",
    [
        page("track", "track"), page("track", "album"), page("track", "nonsense"),
        page("tr\0ack", kind="tr\0ack"), page("track", 5), page("track", ["track"]), page(),
        page("track", place=1), page("track", place=-1), {}, {"a": 1}, 5, None, "text", [], [[]],
    ],
)  # fmt: skip
def test_a_page_that_nobody_gave_out(values: object) -> None:
    """A type that came twice would be begun again for ever."""
    with pytest.raises(InvalidInput) as told:
        Page.unpacked(token(values))
    assert told.value.stable_code == "bad_cursor"
