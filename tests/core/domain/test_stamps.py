"""Who said something last."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from mcma.domain.stamps import Stamp

AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
LOW, HIGH = UUID(int=1), UUID(int=2**127)


def test_the_later_stands_and_of_two_at_one_time_the_greater_id() -> None:
    first, same, late = Stamp(AT, LOW), Stamp(AT, HIGH), Stamp(AT + timedelta(microseconds=1), LOW)
    assert first.stands_against(None)
    assert first.stands_against(first), "said again"
    for before, after in ((first, same), (first, late), (same, late)):
        assert after.stands_against(before)
        assert not before.stands_against(after)


def test_a_document_keeps_it_as_it_is() -> None:
    for at in (AT, AT.replace(microsecond=123_456), AT.astimezone(timezone(timedelta(hours=5)))):
        assert Stamp.read(Stamp(at, HIGH).kept()) == Stamp(at, HIGH)
    assert Stamp.read(None) is None
