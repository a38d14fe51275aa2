"""Rules that would cost more to read than anybody's playlist is worth."""

import time
from typing import Any

import pytest

from mcma.domain.errors import InvalidInput
from mcma.domain.smartrules import MOST_RULES, parsed

EMPTY: dict[str, Any] = {"all": []}


def test_groups_are_counted_before_they_are_built() -> None:
    document = {"all": [{"any": [{"all": [EMPTY] * 100}] * 90}] * 9}
    began = time.process_time()
    with pytest.raises(InvalidInput, match="rules at most") as caught:
        parsed(document)
    assert caught.value.stable_code == "bad_rules"
    assert time.process_time() - began < 0.2


def test_as_many_groups_as_rules_are_fine() -> None:
    assert len(parsed({"all": [EMPTY] * MOST_RULES}).all or ()) == MOST_RULES
