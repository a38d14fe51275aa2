"""The contract of sources outside: searched, browsed, linked to, fetched from, as far as the source can."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from mcma_plugins.errors import PermanentError
from mcma_plugins.rules import answer_problems
from mcma_plugins.sources import (
    BrowsableSource,
    FetchableSource,
    Fetched,
    FetchProgress,
    FetchWish,
    LinkedSource,
    SearchableSource,
    Source,
    SourceItem,
    SourceKind,
    SourceLink,
)
from mcma_plugins.testing.contracts import check_health, require
from mcma_plugins.testing.outside_items import (
    HOSTILE_IDS,
    HOSTILE_LINKS,
    HOSTILE_TEXTS,
    id_problems,
    item_problems,
    links_like,
)

OUTSIDE: Final = (SearchableSource, BrowsableSource, LinkedSource, FetchableSource)
HOLDS: Final[Mapping[SourceKind, Sequence[SourceKind]]] = {
    SourceKind.ALBUM: (SourceKind.TRACK,),
    SourceKind.PLAYLIST: (SourceKind.TRACK,),
    SourceKind.ARTIST: (SourceKind.ALBUM,),
}
PATIENCE: Final = 30.0
"""Seconds for one question."""
WISH: Final = FetchWish(most_bytes=100_000_000, seconds=PATIENCE)


@dataclass(frozen=True)
class OutsideExamples:
    """What there is in the world that the tests of a source run against: a server of theirs on loopback."""

    text: str = ""
    """Finds something of every kind that is searched for."""
    things: Mapping[SourceKind, str] = field(default_factory=dict)
    """By kind, the id of one that is there."""
    missing: Mapping[SourceKind, str] = field(default_factory=dict)
    """By kind, an id of the right form that nothing has."""
    track: str | None = None
    """The id of one that can be got, of more than a few bytes."""
    links: Mapping[str, SourceLink] = field(default_factory=dict)
    other_links: Sequence[str] = ()
    """Addresses of the same service that name nothing of it."""


@pytest.mark.anyio
class OutsideSourceContract:
    """Needs the fixtures `source` and `examples`. What the source cannot do is skipped."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def source(self) -> Source:
        raise NotImplementedError("a fixture `source` must return the source")

    @pytest.fixture
    def examples(self) -> OutsideExamples:
        raise NotImplementedError("a fixture `examples` must return what there is")

    async def test_outside_source_keeps_the_contract(self, source: Source) -> None:
        problems = answer_problems("", "sources", [source])
        require(not problems, "; ".join(problems))
        require(isinstance(source, OUTSIDE), "it can do nothing of what sources outside do")

    async def test_it_says_how_it_is(self, source: Source) -> None:
        async with asyncio.timeout(PATIENCE):
            await check_health(source)

    async def test_search_finds(self, source: Source, examples: OutsideExamples) -> None:
        able = _searching(source)
        require(able.searches and able.searches <= frozenset(SourceKind), "searches must name kinds")
        for kind in sorted(able.searches):
            found = await _found(able, examples.text, kind, 10)
            require(found, f"nothing of kind {kind.value} is found for {examples.text!r}")
            ids = [one.source_id for one in found]
            require(len(set(ids)) == len(ids), f"one thing came twice: {ids}")
            require(len(await _found(able, examples.text, kind, 1)) == 1, "the limit of 1 was not kept")

    async def test_what_is_found_can_be_asked_for(self, source: Source, examples: OutsideExamples) -> None:
        able, getting = _searching(source), _getting(source)
        for kind in sorted(able.searches):
            for one in await _found(able, examples.text, kind, 10):
                require(getting.accepts(kind, one.source_id), f"it does not accept its own {one.source_id!r}")

    async def test_nothing_found_is_no_error(self, source: Source) -> None:
        able = _searching(source)
        for kind in sorted(able.searches):
            nothing = await _found(able, "zzqxv jkwpy vvqzz nothing has this name", kind, 5)
            require(not nothing, f"something was found for nonsense: {nothing}")

    async def test_any_text_can_be_searched_for(self, source: Source) -> None:
        able = _searching(source)
        for text in HOSTILE_TEXTS:
            await _found(able, text, min(able.searches), 2)

    async def test_show(self, source: Source, examples: OutsideExamples) -> None:
        able = _browsing(source)
        for kind, source_id in examples.things.items():
            async with asyncio.timeout(PATIENCE):
                item = await able.show(kind, source_id)
            require(not (problems := item_problems(item, [kind])), "; ".join(problems))
            require(item.source_id == source_id, f"{source_id!r} is shown as {item.source_id!r}")

    async def test_what_is_not_there_cannot_be_shown(self, source: Source, examples: OutsideExamples) -> None:
        able = _browsing(source)
        for kind, source_id in examples.missing.items():
            with pytest.raises(PermanentError):
                await able.show(kind, source_id)

    async def test_contents(self, source: Source, examples: OutsideExamples) -> None:
        able = _browsing(source)
        for kind, source_id in examples.things.items():
            if kind not in HOLDS:
                continue
            held = [one async for page in able.contents(kind, source_id) for one in page]
            require(held, f"{kind.value} {source_id} holds nothing")
            problems = [text for one in held for text in item_problems(one, HOLDS[kind])]
            require(not problems, "; ".join(problems))

    async def test_contents_can_be_left(self, source: Source, examples: OutsideExamples) -> None:
        able = _browsing(source)
        for kind, source_id in examples.things.items():
            if kind in HOLDS:
                async with asyncio.timeout(PATIENCE), aclosing(able.contents(kind, source_id)) as pages:
                    async for _ in pages:
                        break

    async def test_links(self, source: Source, examples: OutsideExamples) -> None:
        able = _linked(source)
        require(examples.links, "the examples have no links")
        for text, link in examples.links.items():
            require(able.parse(text) == link, f"{text} is {link}, not {able.parse(text)}")
            require(not (problems := id_problems(link.source_id)), "; ".join(problems))

    async def test_what_is_no_link_of_it(self, source: Source, examples: OutsideExamples) -> None:
        able = _linked(source)
        alike = [text for link in examples.links for text in links_like(link) if "://" in link]
        for text in (*HOSTILE_LINKS, *examples.other_links, *alike):
            require(able.parse(text) is None, f"{text!r:.200} is taken for {able.parse(text)}")

    async def test_accepts(self, source: Source, examples: OutsideExamples) -> None:
        able = _getting(source)
        ids = [*examples.things.items(), *examples.missing.items()]
        ids += [(link.kind, link.source_id) for link in examples.links.values()]
        for kind, source_id in ids:
            require(able.accepts(kind, source_id), f"it does not accept its own {source_id!r}")
        for kind in SourceKind:
            for text in HOSTILE_IDS:
                require(not able.accepts(kind, text), f"it accepts {text!r:.100} as a {kind.value}")

    async def test_fetch(self, source: Source, examples: OutsideExamples, tmp_path: Path) -> None:
        able, track = _fetchable(source, examples)
        steps = [step async for step in able.fetch(track, tmp_path, WISH)]
        fetched = steps.pop() if steps else None
        if not isinstance(fetched, Fetched):
            pytest.fail(f"the last step must be Fetched, it is {fetched!r}", pytrace=False)
        done = [step.done for step in steps if isinstance(step, FetchProgress)]
        require(len(done) == len(steps), "every step before the last is a FetchProgress")
        require(done == sorted(done), f"progress goes back: {done}")
        require(_lies_below(fetched.path, tmp_path), f"{fetched.path} does not lie below the folder")
        require(fetched.path.stat().st_size > 0, "the file is empty")
        require(fetched.cover is None or _lies_below(fetched.cover, tmp_path), "the cover lies elsewhere")
        if fetched.item is not None:
            require(not (problems := item_problems(fetched.item, [SourceKind.TRACK])), "; ".join(problems))

    async def test_fetch_keeps_the_limit(
        self, source: Source, examples: OutsideExamples, tmp_path: Path
    ) -> None:
        able, track = _fetchable(source, examples)
        with pytest.raises(PermanentError) as caught:
            async for _ in able.fetch(track, tmp_path, FetchWish(1, PATIENCE)):
                pass
        require(caught.value.stable_code == "too_large", f"the code is {caught.value.stable_code}")

    async def test_fetch_can_be_left_and_gone_on_with(
        self, source: Source, examples: OutsideExamples, tmp_path: Path
    ) -> None:
        able, track = _fetchable(source, examples)
        async with asyncio.timeout(PATIENCE), aclosing(able.fetch(track, tmp_path, WISH)) as steps:
            async for _ in steps:
                break
        last = [step async for step in able.fetch(track, tmp_path, WISH)][-1]
        require(isinstance(last, Fetched), "an attempt that was left cannot be gone on with")

    async def test_fetch_can_be_cancelled(
        self, source: Source, examples: OutsideExamples, tmp_path: Path
    ) -> None:
        able, track = _fetchable(source, examples)
        begun = asyncio.Event()

        async def fetching() -> None:
            async with aclosing(able.fetch(track, tmp_path, WISH)) as steps:
                async for _ in steps:
                    begun.set()
                    await asyncio.sleep(0)

        task = asyncio.create_task(fetching())
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
            task.cancel()
            await asyncio.wait({task})

    async def test_what_is_not_there_cannot_be_fetched(
        self, source: Source, examples: OutsideExamples, tmp_path: Path
    ) -> None:
        able, missing = _getting(source), examples.missing.get(SourceKind.TRACK)
        if missing is None:
            pytest.skip("no such example")
        with pytest.raises(PermanentError):
            async for _ in able.fetch(missing, tmp_path, WISH):
                pass


def _searching(source: Source) -> SearchableSource:
    return source if isinstance(source, SearchableSource) else pytest.skip("it does not search")


def _browsing(source: Source) -> BrowsableSource:
    return source if isinstance(source, BrowsableSource) else pytest.skip("it shows nothing")


def _linked(source: Source) -> LinkedSource:
    return source if isinstance(source, LinkedSource) else pytest.skip("it has no links")


def _getting(source: Source) -> FetchableSource:
    return source if isinstance(source, FetchableSource) else pytest.skip("nothing can be got from it")


def _fetchable(source: Source, examples: OutsideExamples) -> tuple[FetchableSource, str]:
    able = _getting(source)
    if examples.track is None:
        pytest.skip("no such example")
    return able, examples.track


async def _found(source: SearchableSource, text: str, kind: SourceKind, limit: int) -> Sequence[SourceItem]:
    async with asyncio.timeout(PATIENCE):
        found = await source.search(text, kind, limit)
    require(len(found) <= limit, f"{len(found)} answers to a search for {limit}")
    problems = [one for item in found for one in item_problems(item, [kind])]
    require(not problems, "; ".join(problems))
    return found


def _lies_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve()) and path.is_file() and not path.is_symlink()
