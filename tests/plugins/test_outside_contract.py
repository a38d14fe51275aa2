"""The contract of sources outside, inherited as an author would; and that it notices what it is for."""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcma_plugins import (
    Fetched,
    FetchProgress,
    FetchWish,
    PermanentError,
    RetryLater,
    Source,
    SourceHealth,
    SourceItem,
    SourceKind,
    SourceLink,
)
from mcma_plugins.testing import OutsideExamples, OutsideSourceContract, item_problems

pytestmark = pytest.mark.anyio
TRACK, ALBUM = SourceKind.TRACK, SourceKind.ALBUM
SONGS = tuple(
    SourceItem(TRACK, f"t{number}", f"Song {number}", ["Ann"], album_id="a1", track_number=number)
    for number in range(1, 4)
)
ALBUMS = (
    SourceItem(ALBUM, "a1", "Songs", ["Ann"], track_count=3, artwork_url="https://stall.example/a.png"),
)
EXAMPLES = OutsideExamples(
    text="song",
    things={ALBUM: "a1", TRACK: "t1"},
    missing={ALBUM: "a9", TRACK: "t9"},
    track="t1",
    links={"https://stall.example/t1": SourceLink(TRACK, "t1")},
    other_links=["https://stall.example/", "https://stall.example/help"],
)


class Stall:
    """A source that is everything, of three songs."""

    name = "stall"
    searches = frozenset({TRACK, ALBUM})

    async def health(self) -> SourceHealth:
        return SourceHealth(True, "ready")

    async def search(self, text: str, kind: SourceKind, limit: int) -> Sequence[SourceItem]:
        things = SONGS if kind is TRACK else ALBUMS
        return [one for one in things if text.lower() in one.title.lower()][:limit]

    async def show(self, kind: SourceKind, source_id: str) -> SourceItem:
        for one in (*SONGS, *ALBUMS):
            if (one.kind, one.source_id) == (kind, source_id):
                return one
        raise PermanentError("There is no such thing.", code="not_found")

    async def contents(self, kind: SourceKind, source_id: str) -> AsyncGenerator[Sequence[SourceItem], None]:
        await self.show(kind, source_id)
        yield SONGS[:2]
        yield SONGS[2:]

    def parse(self, text: str) -> SourceLink | None:
        found = re.fullmatch(r"https://stall\.example/(t[0-9])", text)
        return SourceLink(TRACK, found[1]) if found else None

    def accepts(self, kind: SourceKind, source_id: str) -> bool:
        return re.fullmatch(r"[at][0-9]", source_id) is not None

    async def fetch(
        self, source_id: str, into: Path, wish: FetchWish
    ) -> AsyncGenerator[FetchProgress | Fetched, None]:
        item = await self.show(TRACK, source_id)
        if wish.most_bytes < 4:
            raise PermanentError("It is larger.", code="too_large")
        yield FetchProgress(0, 4)
        (into / "song").write_bytes(b"song")
        yield FetchProgress(4, 4)
        yield Fetched(into / "song", item)


class TestOutsideSource(OutsideSourceContract):
    @pytest.fixture
    def source(self) -> Stall:
        return Stall()

    @pytest.fixture
    def examples(self) -> OutsideExamples:
        return EXAMPLES


class TestOneThatOnlyHasLinks(OutsideSourceContract):
    """What it cannot do is skipped."""

    @pytest.fixture
    def source(self) -> Source:
        class Links:
            name = "links"
            health, parse = Stall.health, Stall.parse

        return Links()

    @pytest.fixture
    def examples(self) -> OutsideExamples:
        return OutsideExamples(links=EXAMPLES.links)


def having(**wrong: Any) -> Stall:
    """A stall that is wrong in one thing."""
    made: Stall = type("Wrong", (Stall,), wrong)()
    return made


async def found_whatever(_: object, __: str, kind: SourceKind, ___: int) -> Sequence[SourceItem]:
    return [replace(one, kind=kind) for one in SONGS]


async def failed(*_: object) -> Sequence[SourceItem]:
    raise RetryLater("not now")


def accepting(pattern: str) -> Callable[..., bool]:
    return lambda _, __, text: re.match(pattern, text, re.DOTALL) is not None


def parsing(pattern: str) -> Callable[..., SourceLink | None]:
    return lambda _, text: SourceLink(TRACK, "t1") if re.search(pattern, text) else None


async def fetched_elsewhere(_: object, __: str, into: Path, ___: FetchWish) -> AsyncGenerator[Fetched, None]:
    path = into.parent / "elsewhere"
    path.write_bytes(b"x")
    yield Fetched(path)


async def fetched_nothing(*_: object) -> AsyncGenerator[FetchProgress, None]:
    yield FetchProgress(1, 1)


async def backwards(
    _: object, __: str, into: Path, ___: FetchWish
) -> AsyncGenerator[FetchProgress | Fetched, None]:
    yield FetchProgress(9, 9)
    yield FetchProgress(1, 9)
    (into / "song").write_bytes(b"x")
    yield Fetched(into / "song")


@pytest.mark.parametrize(("wrong", "test", "said"), [
    ({"search": found_whatever}, "test_search_finds", "search for 1"),
    ({"search": found_whatever}, "test_nothing_found_is_no_error", "nonsense"),
    ({"search": Stall.search, "searches": frozenset({SourceKind.ARTIST})}, "test_search_finds", "of kind"),
    ({"searches": frozenset({"song"})}, "test_search_finds", "must name kinds"),
    ({"accepts": accepting("x")}, "test_what_is_found_can_be_asked_for", "does not accept its own"),
    ({"accepts": accepting("")}, "test_accepts", "it accepts"),
    ({"accepts": accepting("[at-]")}, "test_accepts", "--exec"),
    ({"parse": parsing("t1")}, "test_what_is_no_link_of_it", "is taken for"),
    ({"parse": parsing("^https://stall.example/t1")}, "test_what_is_no_link_of_it", "is taken for"),
    ({"parse": parsing("^x$")}, "test_links", "not None"),
    ({"fetch": fetched_elsewhere}, "test_fetch", "does not lie below"),
    ({"fetch": fetched_nothing}, "test_fetch", "must be Fetched"),
    ({"fetch": backwards}, "test_fetch", "goes back"),
])  # fmt: skip
async def test_what_is_wrong_is_noticed(wrong: dict[str, Any], test: str, said: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    known = {"source": having(**wrong), "examples": EXAMPLES, "tmp_path": own}
    method = getattr(OutsideSourceContract(), test)
    names = method.__code__.co_varnames[1 : method.__code__.co_argcount]
    with pytest.raises(pytest.fail.Exception, match=said):
        await method(**{name: known[name] for name in names})


async def test_an_error_for_an_odd_text_is_noticed() -> None:
    with pytest.raises(RetryLater):
        await OutsideSourceContract().test_any_text_can_be_searched_for(having(search=failed))


async def test_what_does_not_keep_the_limit_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await OutsideSourceContract().test_fetch_keeps_the_limit(having(fetch=backwards), EXAMPLES, tmp_path)


@pytest.mark.parametrize("wrong", [
    {"title": ""}, {"title": " "}, {"title": "a\nb"}, {"title": "x" * 501}, {"source_id": "a b"},
    {"source_id": "https://a"}, {"source_id": ".."}, {"source_id": ""}, {"album_id": "a b"},
    {"artists": "Ann"}, {"artists": [""]}, {"artists": [1]}, {"artists": ["a"] * 51},
    {"year": 0}, {"year": "1999"}, {"year": True}, {"duration_ms": 1.5}, {"duration_ms": -1},
    {"url": "ftp://a"}, {"artwork_url": "x"}, {"url": "https://a b"}, {"kind": ALBUM},
    {"extra": {"licence": ""}}, {"extra": {"licence": 1}}, {"audio": "mp3"}, {"fetchable": None},
])  # fmt: skip
def test_what_is_wrong_with_an_item(wrong: dict[str, Any]) -> None:
    assert item_problems(SONGS[0], [TRACK]) == []
    assert item_problems(replace(SONGS[0], **wrong), [TRACK])
