"""Sources outside answer with anything, late or never: what comes in is checked, what fails has one form."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.outside import OutsideSources, SourceFault, TimeLimits
from mcma_plugins import (
    AuthorisationNeeded,
    PermanentError,
    RetryLater,
    SourceHealth,
    SourceItem,
    SourceKind,
    SourceLink,
)
from tests.support.shop import DOWN, FORBIDDEN, HTML, LIMITED, SLOW, WRONG, Shop, outside_of

pytestmark = pytest.mark.anyio
TRACK, ALBUM, ARTIST, PLAYLIST = SourceKind.TRACK, SourceKind.ALBUM, SourceKind.ARTIST, SourceKind.PLAYLIST
SHORT = TimeLimits(0.2, 0.2, 0.2)


async def test_searching(shop: Shop) -> None:
    shop.add_track("t1", "Song", ["Ann Ash"], fmt=None, album="First", duration_ms=61_000, year=1999,
                   isrc="us-abc-99-00001", audio={"codec": "OPUS", "bit_rate_kbps": 128},
                   url="https://shop.example/track/t1", extra={"licence": "free"})  # fmt: skip
    outside, record = outside_of(shop=shop)
    assert outside.searchable() == {"shop": frozenset(SourceKind)}
    [item] = await outside.search("shop", "  ann\n song ", TRACK, 10)
    assert (item.source_id, item.title, item.artists, item.album) == ("t1", "Song", ("Ann Ash",), "First")
    assert (item.isrc, item.year, item.duration_ms, item.fetchable) == ("USABC9900001", 1999, 61_000, True)
    assert item.audio is not None and item.audio.codec == "opus" and item.extra == {"licence": "free"}
    assert shop.requests[0][0] == "/search?q=ann+song&kind=track&limit=10"
    assert await outside.search("shop", "nothing like it", TRACK, 10) == ()
    assert not record.degraded


async def test_showing_and_what_it_holds(shop: Shop) -> None:
    ids = [f"t{number}" for number in range(250)]
    for id_ in ids[1:]:
        shop.add_track(id_, f"Song {id_}", fmt=None)
    shop.add_playlist("p1", "Many", ids)
    outside, _ = outside_of(shop=shop)
    assert (await outside.show("shop", PLAYLIST, "p1")).title == "Many"
    pages = [page async for page in outside.contents("shop", PLAYLIST, "p1", 1000)]
    assert [item.source_id for page in pages for item in page] == ids
    assert [len(page) for page in pages] == [100, 100, 50]
    assert not pages[0][0].fetchable, "gone, and still in its place"
    shop.requests.clear()
    async with aclosing(outside.contents("shop", PLAYLIST, "p1", 30)) as some:
        assert [len(page) async for page in some] == [30]
    assert shop.count() <= 2, "one page, and one in advance"
    with pytest.raises(NotFound, match="no such thing"):
        await outside.show("shop", TRACK, "absent")
    with pytest.raises(NotFound, match="no such thing"):
        [page async for page in outside.contents("shop", ALBUM, "absent", 5)]
    with pytest.raises(InvalidInput, match="holds nothing"):
        [page async for page in outside.contents("shop", TRACK, "t1", 5)]


IN_A_MINUTE = "in a minute"


@pytest.mark.parametrize(
    ("fault", "retry_after", "state", "least", "most"),
    [
        (DOWN, None, "unreachable", None, None),
        (SLOW, None, "slow", None, None),
        (FORBIDDEN, None, "blocked", None, None),
        (LIMITED, None, "rate_limited", None, None),
        (LIMITED, "30", "rate_limited", 30, 30),
        (LIMITED, IN_A_MINUTE, "rate_limited", 50, 61),
        (HTML, None, "broken", None, None),
        (WRONG, None, "broken", None, None),
    ],
)
async def test_every_fault_has_one_form(
    shop: Shop, fault: str, retry_after: str | None, state: str, least: int | None, most: int | None
) -> None:
    shop.fault, shop.retry_after = fault, retry_after
    if retry_after == IN_A_MINUTE:
        shop.retry_after = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    outside, record = outside_of(limits=SHORT if fault == SLOW else None, shop=shop)

    async def listing() -> None:
        [page async for page in outside.contents("shop", ALBUM, "a1", 5)]

    for asking in (
        outside.search("shop", "song", TRACK, 5),
        outside.show("shop", TRACK, "t1"),
        listing(),
    ):
        with pytest.raises(SourceFault) as caught:
            await asking
        found = caught.value
        assert (found.source, found.state, found.permanent) == ("shop", state, False)
        if least is None or most is None:
            assert found.retry_after is None
        else:
            assert found.retry_after is not None and least - 1 <= found.retry_after <= most
    assert record.degraded
    assert shop.count() == (3 if least is None else 1), "who said when to come again is not asked before"
    shop.fault = None
    outside.pauses.forget("shop")
    assert await outside.search("shop", "song", TRACK, 5) == ()


BAD_IDS = (
    "", " ", "a b", "a\nb", "t1\n", "t\x00", "é", "x" * 501, "https://shop.example/t1", "HTTP://x",
    "file:/etc/passwd", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "x://y", "..",
    "../secret", "a/../b", ".", "a/./b", "--exec", "-o",
)  # fmt: skip


@pytest.mark.parametrize("source_id", BAD_IDS)
async def test_ids_are_judged_before_anybody_is_asked(shop: Shop, source_id: str) -> None:
    outside, _ = outside_of(shop=shop)
    assert not outside.accepts("shop", TRACK, source_id)
    with pytest.raises(InvalidInput):
        await outside.show("shop", TRACK, source_id)
    with pytest.raises(InvalidInput):
        [page async for page in outside.contents("shop", ALBUM, source_id, 5)]
    assert shop.count() == 0


@pytest.mark.parametrize("text", ["", "   ", "x" * 501, "a\x00b", "a\x1b[31mb", "a\ud800b"])
async def test_texts_are_judged_before_anybody_is_asked(shop: Shop, text: str) -> None:
    outside, _ = outside_of(shop=shop)
    with pytest.raises(InvalidInput):
        await outside.search("shop", text, TRACK, 5)
    assert shop.count() == 0


GOOD = {"kind": "track", "source_id": "good", "title": "Good"}
HUGE = "x" * 1_000_000


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "album"}, {"kind": "song"}, {"kind": 5}, {"source_id": None}, {"source_id": 7},
        {"source_id": "a b"}, {"source_id": "a\nb"}, {"source_id": "file:///etc/passwd"}, {"source_id": HUGE},
        {"title": None}, {"title": ""}, {"title": "\x00\n\t"}, {"title": 5}, {"title": ["a"]},
    ],
)  # fmt: skip
async def test_things_that_do_not_fit_are_left_out_and_counted(shop: Shop, bad: dict[str, Any]) -> None:
    shop.answer = [GOOD | {"source_id": "bad"} | bad, GOOD]
    outside, record = outside_of(shop=shop)
    assert [item.source_id for item in await outside.search("shop", "x", TRACK, 10)] == ["good"]
    assert record.errors == 1 and record.last_error is not None and "left out" in record.last_error


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("artists", "Ann"), ("artists", ["Ann", 5]), ("artists", ["x"] * 51), ("album", 5),
        ("album_id", "a b"), ("track_number", 0), ("track_number", "1"), ("track_number", True),
        ("year", 10_000), ("duration_ms", -5), ("duration_ms", 1.5), ("duration_ms", 10**12),
        ("track_count", -1), ("isrc", "no code"), ("recording_mbid", "no id"), ("audio", 5),
        ("audio", {"codec": 5}), ("audio", {"bit_rate_kbps": "much"}),
        ("artwork_url", "javascript:alert(1)"), ("artwork_url", "file:///etc/passwd"), ("artwork_url", 5),
        ("url", "https://a b"), ("url", "data:text/html,x"), ("url", "https://" + HUGE),
        ("extra", []), ("extra", {"a": 5}), ("extra", {str(n): "x" for n in range(21)}),
    ],
)  # fmt: skip
async def test_fields_that_do_not_fit_are_left_out_and_counted(shop: Shop, name: str, value: Any) -> None:
    shop.answer = [GOOD | {name: value}]
    outside, record = outside_of(shop=shop)
    [item] = await outside.search("shop", "x", TRACK, 10)
    assert item == SourceItem(TRACK, "good", "Good")
    assert record.last_error is not None and name in record.last_error


async def test_texts_are_made_fit_for_a_line(shop: Shop) -> None:
    shop.answer = [
        GOOD | {"title": " A\x1b[31m\nB\x00\ud800 ", "artists": ["Ann\r\nAsh", "Ann Ash"], "album": HUGE}
    ]
    outside, _ = outside_of(shop=shop)
    [item] = await outside.search("shop", "x", TRACK, 10)
    assert (item.title, item.artists, item.album) == ("A[31m B", ("Ann Ash",), "x" * 500)


async def test_thousands_of_things_and_the_same_one_twice(shop: Shop) -> None:
    shop.answer = [GOOD | {"source_id": f"t{number // 2}"} for number in range(5_000)]
    outside, record = outside_of(shop=shop)
    assert [item.source_id for item in await outside.search("shop", "x", TRACK, 6)] == ["t0", "t1", "t2"]
    assert record.last_error is not None and "4994" in record.last_error


class Odd:
    """A source that does what it is told, all of it wrong."""

    name = "odd"
    searches: Any = frozenset({TRACK})

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.closed = False

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")

    async def search(self, text: str, kind: SourceKind, limit: int) -> Sequence[SourceItem]:
        if isinstance(self.answer, BaseException):
            raise self.answer
        if self.answer == "hang":
            await asyncio.Event().wait()
        found: Sequence[SourceItem] = self.answer
        return found

    async def show(self, kind: SourceKind, source_id: str) -> SourceItem:
        [item] = await self.search("", kind, 1)
        return item

    async def contents(self, kind: SourceKind, source_id: str) -> AsyncGenerator[Sequence[SourceItem], None]:
        try:
            yield [SourceItem(TRACK, "first", "First")]
            yield await self.search("", kind, 1)
        finally:
            self.closed = True

    def parse(self, text: str) -> SourceLink | None:
        return self.answer(text) if callable(self.answer) else None

    def accepts(self, kind: SourceKind, source_id: str) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "state", "permanent"),
    [
        (ValueError("its own words"), "broken", False), (SystemExit(3), "broken", False),
        (asyncio.CancelledError(), "broken", False), ("hang", "slow", False), (None, "broken", False),
        (GeneratorExit(), "broken", False),
        (5, "broken", False), ("text", "broken", False), (StopAsyncIteration(), "broken", False),
        (AuthorisationNeeded("log in"), "auth_required", False),
        (RetryLater("soon"), "unreachable", False), (RetryLater("soon", after=5), "rate_limited", False),
        (RetryLater("soon", after=float("nan"), code="blocked"), "blocked", False),
        (PermanentError("never", code="outdated"), "outdated", True),
        (PermanentError("403", code="forbidden"), "blocked", True),
        (RetryLater("a page", code="bad_answer"), "broken", False),
    ],
)  # fmt: skip
async def test_whatever_a_source_does_is_contained(answer: Any, state: str, permanent: bool) -> None:
    odd = Odd(answer)
    outside, record = outside_of(odd, limits=SHORT)
    with pytest.raises(SourceFault) as caught:
        await outside.search("odd", "x", TRACK, 5)
    assert (caught.value.state, caught.value.permanent) == (state, permanent)
    outside.pauses.forget("odd")
    pages: list[Any] = []
    with pytest.raises(SourceFault) as caught:
        async for page in outside.contents("odd", ALBUM, "a1", 5):
            pages.append(page)
    assert (caught.value.state, caught.value.permanent, len(pages)) == (state, permanent, 1)
    assert odd.closed
    assert record.errors == 2


async def test_leaving_early_closes_what_was_begun() -> None:
    odd = Odd("hang")
    outside, record = outside_of(odd)
    async with aclosing(outside.contents("odd", ALBUM, "a1", 5)) as pages:
        assert await anext(pages)
    assert odd.closed
    asking = asyncio.create_task(outside.search("odd", "x", TRACK, 5))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    reading = asyncio.create_task(read_all(outside))
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert record.errors == 0, "nobody failed"


async def read_all(outside: OutsideSources) -> None:
    async for _ in outside.contents("odd", ALBUM, "a2", 5):
        pass


async def test_a_wait_without_end_is_cut() -> None:
    outside, _ = outside_of(Odd(RetryLater("later", after=1e12)))
    with pytest.raises(SourceFault) as caught:
        await outside.search("odd", "x", TRACK, 5)
    assert caught.value.retry_after == 7 * 86400


async def test_links(shop: Shop) -> None:
    outside, _ = outside_of(shop=shop)
    assert outside.parse(" https://shop.example/album/a1\n") == ("shop", SourceLink(ALBUM, "a1"))
    for other in ("https://evil.example/album/a1", "https://shop.example/album/a1\nx", "", "x" * 3000, "a1"):
        assert outside.parse(other) is None
    assert shop.count() == 0


@pytest.mark.parametrize(
    "found",
    [SourceLink(TRACK, "file:///x"), SourceLink("track", "t1"), ("track", "t1"), 5],  # type: ignore[arg-type]
)
async def test_links_that_name_nothing(found: Any) -> None:
    assert outside_of(Odd(lambda text: found))[0].parse("any") is None


async def test_a_source_that_raises_at_a_link_hides_no_other(shop: Shop) -> None:
    def raising(text: str) -> Any:
        raise ValueError(text)

    outside, record = outside_of(Odd(raising), shop=shop)
    assert outside.parse("https://shop.example/track/t1") == ("shop", SourceLink(TRACK, "t1"))
    assert record.errors == 1


class Plain:
    name = "plain"

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")


async def test_what_a_source_cannot_do(shop: Shop) -> None:
    odd = Odd(())
    odd.searches = "tracks"
    outside, _ = outside_of(Plain(), odd, shop=shop)
    assert list(outside.searchable()) == ["shop"]
    for asking in (
        outside.search("plain", "x", TRACK, 5),
        outside.show("plain", TRACK, "t1"),
        outside.search("absent", "x", TRACK, 5),
        outside.show("absent", TRACK, "t1"),
    ):
        with pytest.raises(NotFound):
            await asking
    with pytest.raises(InvalidInput, match="does not search"):
        await outside.search("odd", "x", ALBUM, 5)
    assert not outside.accepts("absent", TRACK, "t1")
    assert outside.accepts("plain", TRACK, "t1") and not outside.accepts("plain", TRACK, "-t1")


def test_the_host_hands_its_sources_over(outside_core: OutsideSources) -> None:
    assert outside_core.searchable() == {"other": frozenset(SourceKind), "shop": frozenset(SourceKind)}
