"""Everything core asks of sources outside: checked before a source hears of it, and after it has answered."""

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Set
from contextlib import aclosing, contextmanager
from functools import partial
from typing import NamedTuple

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.texts import storable
from mcma.services.outside.calls import Asking
from mcma.services.outside.checking import Checked, checked_health, checked_items
from mcma.services.outside.faults import SourceFault, faults_of, state_named
from mcma.services.outside.ids import checked_id, is_id, is_option
from mcma.services.outside.pauses import Pauses
from mcma_plugins.errors import PermanentError
from mcma_plugins.sources import (
    BrowsableSource,
    FetchableSource,
    LinkedSource,
    SearchableSource,
    Source,
    SourceHealth,
    SourceItem,
    SourceKind,
    SourceLink,
)

LONGEST_TEXT = 500
LONGEST_LINK = 2_000
"""Characters."""
MOST_FOUND = 100
MOST_ON_PAGE = 10_000
"""Of one page of a source."""
PARTS: Mapping[SourceKind, frozenset[SourceKind]] = {
    SourceKind.ALBUM: frozenset({SourceKind.TRACK}),
    SourceKind.PLAYLIST: frozenset({SourceKind.TRACK}),
    SourceKind.ARTIST: frozenset({SourceKind.ALBUM}),
}
"""What a thing holds."""


class TimeLimits(NamedTuple):
    """Seconds."""

    search: float = 8.0
    show: float = 10.0
    page: float = 30.0
    """Of contents."""
    health: float = 5.0


class OutsideSources:
    """`sources` answers with the running sources by name, `asking` contains what they do.

    A source that cannot do it raises `SourceFault`, and is not asked again before the time it has said; one
    that is not there, or lacks the ability, `NotFound`; what was asked wrongly `InvalidInput`, before the
    source hears of it.
    """

    def __init__(
        self, sources: Callable[[], Mapping[str, Source]], asking: Asking, limits: TimeLimits | None = None
    ) -> None:
        self._sources, self._asking, self._limits = sources, asking, limits or TimeLimits()
        self.pauses = Pauses()

    def searchable(self) -> dict[str, frozenset[SourceKind]]:
        """The sources that search, and for what."""
        found = {name: self._searches(name, source) for name, source in sorted(self._sources().items())}
        return {name: kinds for name, kinds in found.items() if kinds}

    def _searches(self, name: str, source: Source) -> frozenset[SourceKind]:
        def kinds() -> frozenset[SourceKind]:
            wanted: object = source.searches if isinstance(source, SearchableSource) else frozenset()
            if not isinstance(wanted, Set):
                raise TypeError("searches must be a set of SourceKind")
            return frozenset(kind for kind in SourceKind if kind in wanted)

        try:
            return self._asking.now(name, "searches", kinds)
        except Exception:  # noqa: BLE001 - counted with its plugin; it cannot be searched
            return frozenset()

    def names(self) -> list[str]:
        return sorted(self._sources())

    async def health(self, source: str) -> SourceHealth:
        """As it says, checked. Raises `SourceFault`."""
        found = self.get(source)

        async def ask() -> SourceHealth:
            return checked_health(await found.health())

        with faults_of(source):
            return await self._asking.call(source, "health", ask, self._limits.health)

    async def search(self, source: str, text: str, kind: SourceKind, limit: int) -> tuple[SourceItem, ...]:
        """The best first, at most `limit`."""
        found, wanted = self.get(source), checked_text(text)
        if not isinstance(found, SearchableSource):
            raise NotFound(f"The source {source} cannot be searched.", code="not_able")
        if kind not in self._searches(source, found):
            raise InvalidInput(f"The source {source} does not search for a {kind}.", code="kind_not_searched")
        most = max(1, min(limit, MOST_FOUND))

        async def ask() -> Checked:
            return checked_items(await found.search(wanted, kind, most), {kind}, most)

        with self._asked(source):
            checked = await self._asking.call(source, "search", ask, self._limits.search)
        return self._kept(source, "search", checked)

    async def show(self, source: str, kind: SourceKind, source_id: str) -> SourceItem:
        found = self._browsable(source)
        id_ = self.checked(source, kind, source_id)

        async def ask() -> Checked:
            return checked_items([await found.show(kind, id_)], {kind}, 1)

        with self._asked(source), _missing(source):
            checked = await self._asking.call(source, "show", ask, self._limits.show)
        kept = self._kept(source, "show", checked)
        if not kept:
            raise SourceFault(source, "broken", "what it answered is not what was asked for")
        return kept[0]

    async def contents(
        self, source: str, kind: SourceKind, source_id: str, most: int
    ) -> AsyncGenerator[tuple[SourceItem, ...], None]:
        """Pages in the order of the source, until there were `most` things; one may be in a playlist twice.
        The caller closes it."""
        found = self._browsable(source)
        id_ = self.checked(source, kind, source_id)
        if kind not in PARTS:
            raise InvalidInput(f"A {kind} holds nothing.", code="holds_nothing")
        left = most
        with self._asked(source), _missing(source):
            pages = self._asking.stream(
                source, "contents", lambda: found.contents(kind, id_), self._limits.page
            )
            async with aclosing(pages):
                async for page in pages:
                    checking = partial(checked_items, page, PARTS[kind], MOST_ON_PAGE, repeats=True)
                    checked = self._asking.now(source, "contents", checking)
                    kept = self._kept(source, "contents", checked)[:left]
                    left -= len(kept)
                    if kept:
                        yield kept
                    if left <= 0:
                        return

    def accepts(self, source: str, kind: SourceKind, source_id: str) -> bool:
        """Whether this can be an id of the source, judged by its form alone."""
        found = self._sources().get(source)
        if found is None or not is_id(source_id):
            return False
        if not isinstance(found, FetchableSource):
            return not is_option(source_id)
        try:
            return self._asking.now(source, "accepts", lambda: found.accepts(kind, source_id)) is True
        except Exception:  # noqa: BLE001 - counted with its plugin
            return False

    def checked(self, source: str, kind: SourceKind, source_id: str) -> str:
        """Raises `InvalidInput` for what cannot be an id of that source."""
        id_ = checked_id(source_id)
        if not self.accepts(source, kind, id_):
            raise InvalidInput(f"This is no id of a {kind} of the source {source}.", code="bad_source_id")
        return id_

    def parse(self, text: str) -> tuple[str, SourceLink] | None:
        """The source and the thing that an address names. Nobody is asked over a network."""
        clean = text.strip()
        if not clean or len(clean) > LONGEST_LINK or not clean.isprintable():
            return None
        for name, source in sorted(self._sources().items()):
            if isinstance(source, LinkedSource) and (link := self._link(name, source, clean)) is not None:
                return name, link
        return None

    def _link(self, name: str, source: LinkedSource, text: str) -> SourceLink | None:
        try:
            link = self._asking.now(name, "parse", lambda: source.parse(text))
        except Exception:  # noqa: BLE001 - counted with its plugin; others may know the address
            return None
        if not isinstance(link, SourceLink) or not isinstance(link.kind, SourceKind):
            return None
        return link if self.accepts(name, link.kind, link.source_id) else None

    def get(self, source: str) -> Source:
        found = self._sources().get(source)
        if found is None:
            raise NotFound(f"There is no source {source!r}.", hint="mcma plugin list")
        return found

    def _browsable(self, source: str) -> BrowsableSource:
        found = self.get(source)
        if not isinstance(found, BrowsableSource):
            raise NotFound(f"The source {source} cannot show its things.", code="not_able")
        return found

    @contextmanager
    def _asked(self, source: str) -> Iterator[None]:
        self.pauses.check(source)
        try:
            with faults_of(source):
                yield
        except SourceFault as fault:
            self.pauses.note(fault)
            raise
        self.pauses.forget(source)

    def _kept(self, source: str, what: str, checked: Checked) -> tuple[SourceItem, ...]:
        if checked.complaint is not None:
            self._asking.complain(source, f"{what}: {checked.complaint}")
        return checked.items


def checked_text(text: str) -> str:
    """What somebody looks for, as a source may see it. Raises `InvalidInput`."""
    clean = " ".join(text.split())
    if not clean or len(clean) > LONGEST_TEXT:
        raise InvalidInput(f"Say what to look for in 1 to {LONGEST_TEXT} characters.")
    if not clean.isprintable():
        raise InvalidInput("Control characters cannot be looked for.")
    try:
        return storable(clean)
    except ValueError as wrong:
        raise InvalidInput(f"The text {wrong}.") from None


@contextmanager
def _missing(source: str) -> Iterator[None]:
    """A permanent error about one thing says that it is not there, unless it names a state of the source."""
    try:
        yield
    except PermanentError as error:
        if state_named(error.stable_code) is not None:
            raise
        raise NotFound(f"The source {source} has no such thing: {error.message}") from error
