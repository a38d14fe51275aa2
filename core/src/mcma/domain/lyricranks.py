"""Which of the lyrics that a track has are shown, and in which order."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from mcma.domain.layerrules import PERSON, PLUGIN, Rule

OF_FILES: Final = ("sidecar", "embedded")


class Kept(Protocol):
    @property
    def lang(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def synced(self) -> Sequence[Any] | None: ...


K = TypeVar("K", bound=Kept)


class LyricRanks(NamedTuple):
    """What counts of what plugins say."""

    rule: str = Rule.FILL
    """Of the field `lyrics`: fill, prefer or off (`MCMA_ENRICH_RULES`)."""
    order: Sequence[str] = ()
    """Of enrichers (`MCMA_ENRICH_ORDER`)."""

    def shown(self, kept: Iterable[K]) -> list[K]:
        """What a person has set comes first, and stands for whatever else there is in that language.

        Of the rest the origin that counts most; others only if they have times and it has none.
        """
        found = list(kept)
        said = [one for one in found if one.origin == PERSON]
        languages = {one.lang for one in said}
        rest = [one for one in found if one.lang not in languages and self._counts(one.origin)]
        rest.sort(key=lambda one: (self._rank(one.origin), one.origin))
        return [*said, *_adding(rest)]

    def _counts(self, origin: str) -> bool:
        return self.rule != Rule.OFF or not origin.startswith(PLUGIN)

    def _rank(self, origin: str) -> int:
        if not origin.startswith(PLUGIN):
            return OF_FILES.index(origin) if origin in OF_FILES else len(OF_FILES)
        name = origin.removeprefix(PLUGIN)
        place = self.order.index(name) if name in self.order else len(self.order)
        return place - 1000 if self.rule == Rule.PREFER else place + 1000


def _adding(ranked: list[K]) -> list[K]:
    shown: list[K] = []
    for _, group in groupby(ranked, key=lambda one: one.origin):
        rows = list(group)
        if not shown or (any(one.synced for one in rows) and not any(one.synced for one in shown)):
            shown += rows
    return shown
