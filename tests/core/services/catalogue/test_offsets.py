"""The memory of offsets: per user, client and query; bounded."""

from dataclasses import replace
from uuid import UUID

from mcma.services.catalogue.offsets import SECONDS, Offsets
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller

ME = Caller(UserId(UUID(int=1)), "me", client="phone")


def test_a_key_is_found_by_who_asks_what_and_where() -> None:
    offsets = Offsets()
    offsets.remember(ME, "q", 10, ("k",))
    assert offsets.recall(ME, "q", 10) == ("k",)
    assert offsets.recall(ME, "q", 20) is None
    assert offsets.recall(ME, "other", 10) is None
    assert offsets.recall(replace(ME, client="tablet"), "q", 10) is None
    assert offsets.recall(replace(ME, user_id=UserId(UUID(int=2))), "q", 10) is None


def test_a_later_key_replaces() -> None:
    offsets = Offsets()
    offsets.remember(ME, "q", 10, ("old",))
    offsets.remember(ME, "q", 10, ("new",))
    assert offsets.recall(ME, "q", 10) == ("new",)


def test_the_longest_unused_goes_first() -> None:
    offsets = Offsets(2)
    offsets.remember(ME, "q", 1, (1,))
    offsets.remember(ME, "q", 2, (2,))
    assert offsets.recall(ME, "q", 1) == (1,)
    offsets.remember(ME, "q", 3, (3,))
    assert [offsets.recall(ME, "q", at) for at in (1, 2, 3)] == [(1,), None, (3,)]


def test_what_was_read_long_ago_is_forgotten() -> None:
    now = [0.0]
    offsets = Offsets(clock=lambda: now[0])
    offsets.remember(ME, "q", 10, ("k",))
    now[0] = SECONDS
    assert offsets.recall(ME, "q", 10) == ("k",)
    now[0] = SECONDS + 1
    assert offsets.recall(ME, "q", 10) is None
