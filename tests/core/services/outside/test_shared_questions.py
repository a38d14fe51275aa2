"""One question for many askers, so many at once for each person, pages read once."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from mcma.api.events import until_closing
from mcma.domain.errors import TooManyRequests
from mcma.services.outside import SourceFault
from mcma.services.outside.pauses import Pauses
from mcma.services.outside.reading import Reading, Readings
from mcma.services.outside.recognition import Knowing
from mcma.services.outside.searching import OutsideSearch
from mcma.services.outside.shared_questions import Flights, Turns
from mcma.services.recent import Recent
from mcma.store.engine import Database
from mcma_plugins import RetryLater, SourceHealth, SourceItem, SourceKind
from mcma_plugins.ids import UserId
from mcma_plugins.values import Caller
from tests.support.shop import Shop, outside_of

pytestmark = pytest.mark.anyio
ANN, BOB = UUID(int=1), UUID(int=2)


async def test_many_askers_are_one_question_and_it_is_remembered() -> None:
    now, asked, gate = [0.0], [0], asyncio.Event()

    async def ask() -> str:
        asked[0] += 1
        await gate.wait()
        return "answer"

    flights: Flights[str, str] = Flights(Recent(60, 10, lambda: now[0]))
    waiting = [asyncio.create_task(flights.get("key", ask)) for _ in range(5)]
    await asyncio.sleep(0)
    waiting.pop().cancel()
    gate.set()
    assert await asyncio.gather(*waiting) == ["answer"] * 4, "who leaves ends nobody else's"
    assert await flights.get("key", ask) == "answer" and asked == [1]
    now[0] = 61.0
    await flights.get("key", ask)
    assert asked == [2]


async def test_a_failure_is_told_to_all_and_not_remembered() -> None:
    asked = [0]

    async def fail() -> str:
        asked[0] += 1
        await asyncio.sleep(0)
        raise SourceFault("shop", "blocked", "no")

    flights: Flights[str, str] = Flights(Recent(60, 10))
    found = await asyncio.gather(*(flights.get("key", fail) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in found] == [SourceFault] * 3 and asked == [1]
    with pytest.raises(SourceFault):
        await flights.get("key", fail)
    assert asked == [2]


async def test_a_flight_nobody_waits_for_ends_with_the_server() -> None:
    async def ask() -> str:
        await asyncio.Event().wait()
        return ""

    flights: Flights[str, str] = Flights(Recent(60, 10))
    waiting = asyncio.create_task(flights.get("key", ask))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await flights.close()
    assert not flights._open


async def test_each_person_has_so_many_turns() -> None:
    turns, gate, running = Turns(2, 1), asyncio.Event(), [0]

    async def take(person: UUID) -> None:
        async with turns.taken(person):
            running[0] += 1
            await gate.wait()

    mine = [asyncio.create_task(take(ANN)) for _ in range(3)]
    other = asyncio.create_task(take(BOB))
    await asyncio.sleep(0)
    assert running == [3], "two of one, one of the other"
    with pytest.raises(TooManyRequests):
        await take(ANN)
    gate.set()
    await asyncio.gather(*mine, other)
    assert running == [4] and not turns._lines and not turns._there


class Named:
    """Answers when its gate is open."""

    searches = frozenset(SourceKind)

    def __init__(self, name: str, gate: asyncio.Event) -> None:
        self.name, self._gate, self.asked = name, gate, 0

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")

    async def search(self, text: str, kind: SourceKind, limit: int) -> Sequence[SourceItem]:
        self.asked += 1
        await self._gate.wait()
        return [SourceItem(kind, "1", f"{text} {kind}")]


async def test_slow_sources_keep_no_other_waiting(database: Database) -> None:
    shut, wide = asyncio.Event(), asyncio.Event()
    wide.set()
    slow, quick = [Named(f"slow{number}", shut) for number in range(5)], Named("quick", wide)
    outside, _ = outside_of(*slow, quick)
    search = OutsideSearch(outside, Knowing(database), seconds=0.3)
    caller = Caller(UserId(ANN), "ann", True)
    for text in ("one", "two"):
        found = [answer async for answer in search.every(caller, text)]
        assert (found[0].source, found[0].fault, len(found[0].items)) == ("quick", None, 3)
        assert [one.fault.state for one in found[1:] if one.fault] == ["slow"] * 5
    assert {one.asked for one in slow} == {3}, "nobody has more open than that, also who has left"
    await search.close()


def test_a_pause_is_kept_and_ends() -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    pauses = Pauses(lambda: now[0])
    pauses.note(SourceFault("shop", "blocked", "no"))
    pauses.check("shop")
    pauses.note(SourceFault("shop", "rate_limited", "slow down", 30))
    now[0] += timedelta(seconds=10)
    with pytest.raises(SourceFault) as caught:
        pauses.check("shop")
    assert (caught.value.state, caught.value.retry_after) == ("rate_limited", 20)
    pauses.check("other")
    now[0] += timedelta(seconds=20)
    pauses.check("shop")
    assert pauses.of("shop") is None


def some(start: int, count: int) -> tuple[SourceItem, ...]:
    return tuple(SourceItem(SourceKind.TRACK, f"t{n}", f"Song {n}") for n in range(start, start + count))


async def test_a_reading_goes_no_further_than_asked() -> None:
    given: list[int] = []

    async def pages() -> AsyncGenerator[tuple[SourceItem, ...], None]:
        for number in range(5):
            given.append(number)
            yield some(number * 10, 10)

    reading = Reading(pages(), idle=60)
    await reading.until(11)
    assert given == [0, 1] and len(reading.items) == 20
    await asyncio.gather(reading.until(25), reading.until(31))
    assert given == [0, 1, 2, 3] and reading.reaches(1000)
    await reading.until(1000)
    assert len(reading.items) == 50 and reading.reaches(1000)


async def test_a_reading_that_is_left_begins_anew() -> None:
    closed = []

    async def pages() -> AsyncGenerator[tuple[SourceItem, ...], None]:
        try:
            for number in range(5):
                yield some(number * 10, 10)
        finally:
            closed.append(True)

    reading = Reading(pages(), idle=0.01)
    await reading.until(5)
    await reading.task
    assert closed and reading.reaches(10) and not reading.reaches(11)


async def test_a_reading_that_breaks_keeps_what_it_has() -> None:
    async def pages() -> AsyncGenerator[tuple[SourceItem, ...], None]:
        yield some(0, 10)
        raise SourceFault("shop", "unreachable", "gone")

    reading = Reading(pages(), idle=60)
    with pytest.raises(SourceFault):
        await reading.until(11)
    await reading.until(10)
    assert reading.reaches(10) and not reading.reaches(11)


class Breaking:
    """Breaks once, in the middle."""

    name = "breaking"

    def __init__(self) -> None:
        self.times = 0

    async def health(self) -> None: ...

    async def show(self, kind: SourceKind, source_id: str) -> SourceItem:
        return some(0, 1)[0]

    async def contents(self, kind: SourceKind, source_id: str) -> AsyncGenerator[Sequence[SourceItem], None]:
        self.times += 1
        yield some(0, 10)
        if self.times == 1:
            raise RetryLater("gone")
        yield some(10, 10)


async def test_pages_after_a_fault_are_read_again() -> None:
    source = Breaking()
    outside, _ = outside_of(source)  # type: ignore[arg-type]
    readings = Readings(outside)
    first = await readings.part("breaking", SourceKind.ALBUM, "a1", 0, 5)
    assert len(first.items) == 5 and first.more
    with pytest.raises(SourceFault):
        await readings.part("breaking", SourceKind.ALBUM, "a1", 5, 10)
    again = await readings.part("breaking", SourceKind.ALBUM, "a1", 5, 10)
    assert [item.source_id for item in again.items] == [f"t{n}" for n in range(5, 15)] and again.more
    last = await readings.part("breaking", SourceKind.ALBUM, "a1", 15, 10)
    assert (len(last.items), last.more, source.times) == (5, False, 2)
    await readings.close()


async def test_many_who_turn_pages_read_once(shop: Shop) -> None:
    ids = [f"t{number}" for number in range(250)]
    shop.add_playlist("p1", "Many", ids)
    outside, _ = outside_of(shop=shop)
    readings = Readings(outside)
    parts = await asyncio.gather(
        *(readings.part("shop", SourceKind.PLAYLIST, "p1", start, 50) for start in range(0, 250, 50))
    )
    assert [item.source_id for part in parts for item in part.items] == ids
    assert [part.more for part in parts] == [True] * 4 + [False]
    assert shop.count() == 3
    await readings.close()


async def test_events_end_when_the_server_stops() -> None:
    closed: list[bool] = []

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    closing = asyncio.Event()
    events = until_closing(pieces(), closing)
    assert await anext(events) == b"one"
    last = asyncio.ensure_future(anext(events, b"end"))
    await asyncio.sleep(0)
    closing.set()
    assert await asyncio.wait_for(last, 5) == b"end" and closed
