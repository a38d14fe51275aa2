from typing import Any

import pytest

from mcma.domain.documents import DEEPEST, LARGEST, kept


def nested(depth: int, *, named: bool) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"in": value} if named else [value]
    return value


@pytest.mark.parametrize(
    "value",
    [None, 0, 1.5, "", "x", [], {}, {"a": [1, None]}, "not a NUL: \\u0000", "x" * (LARGEST - 2),
     nested(DEEPEST, named=True), nested(DEEPEST, named=False)],
)  # fmt: skip
def test_what_can_be_kept(value: Any) -> None:
    assert kept(value) is value


@pytest.mark.parametrize(
    "value",
    ["\0", {"\0": 1}, {"a": ["\\\0"]}, "\ud800", {"\ud800": 1}, float("nan"), [float("inf")], 2**64,
     "x" * (LARGEST - 1), nested(DEEPEST + 1, named=True), nested(DEEPEST + 1, named=False),
     nested(254, named=False), nested(5000, named=False), object()],
)  # fmt: skip
def test_what_cannot(value: Any) -> None:
    with pytest.raises(ValueError, match=r"must|holds"):
        kept(value)
