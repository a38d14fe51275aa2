"""The enrichers of running plugins: what each can do, in the order in which they count, and asking them."""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mcma.domain.errors import NotFound
from mcma.services.enriching.checking import Checked, checked_answer
from mcma.services.enriching.known import Known
from mcma.services.enriching.policy import Policy
from mcma.services.outside.calls import Asking
from mcma.services.outside.faults import faults_of
from mcma_plugins.enrichers import (
    AlbumEnricher,
    ArtistEnricher,
    Candidate,
    Enricher,
    FillingEnricher,
    KnownAlbum,
    KnownArtist,
    KnownTrack,
    PictureEnricher,
    TrackEnricher,
)
from mcma_plugins.values import ItemKind


class Offer(NamedTuple):
    plugin: str
    enricher: Enricher


class Ability(NamedTuple):
    name: str
    plugin: str
    identifies: bool
    kinds: frozenset[ItemKind]
    """What it can be asked about."""
    gives: frozenset[str]
    """Fields; what has all of them already is not asked about. Empty: it is always asked."""
    pictures: bool

    @property
    def by_track(self) -> bool:
        """It knows no albums: every track is asked about by itself."""
        return ItemKind.TRACK in self.kinds and ItemKind.ALBUM not in self.kinds


class Enrichers:
    """`offers` answers with the enrichers of running plugins, `asking` contains what they do."""

    def __init__(self, offers: Callable[[], Sequence[Offer]], asking: Asking, policy: Policy) -> None:
        self._offers, self._asking, self._policy = offers, asking, policy

    def abilities(self) -> list[Ability]:
        """The one that counts most first. One that cannot even say what it does is left out."""
        found: list[Ability] = []
        for offer in self._offers():
            with suppress(Exception):  # counted with its plugin
                found.append(self._ability(offer))
        return sorted(found, key=lambda one: (self._place(one.name), one.name))

    def ability(self, name: str) -> Ability:
        """`NotFound`."""
        for one in self.abilities():
            if one.name == name:
                return one
        raise NotFound(f"There is no enricher {name!r} here.", hint="mcma plugin list")

    def _ability(self, offer: Offer) -> Ability:
        name = offer.enricher.name
        return self._asking.now(name, "identifies", lambda: _ability_of(offer))

    def _place(self, name: str) -> int:
        order = list(self._policy.order)
        return order.index(name) if name in order else len(order)

    async def ask(self, name: str, known: Known) -> list[Candidate]:
        """Checked, the best first. Raises `SourceFault` (of the enricher), `OutOfSpace`, `NotFound`."""
        enricher = self._get(name)

        async def ask() -> Checked:
            return checked_answer(await _asked(enricher, known), known)

        with faults_of(name):
            checked = await self._asking.call(name, known.item.kind.value, ask, self._policy.seconds)
        if checked.complaint is not None:
            self._asking.complain(name, f"{known.item.kind}: {checked.complaint}")
        return checked.candidates

    async def picture(self, name: str, handle: str, into: Path, most_bytes: int) -> object:
        """What it says it put into the folder, unchecked. Raises as `ask`."""
        enricher = self._get(name)
        if not isinstance(enricher, PictureEnricher):
            return None
        with faults_of(name):
            return await self._asking.call(
                name, "picture", lambda: enricher.picture(handle, into, most_bytes), self._policy.seconds
            )

    def _get(self, name: str) -> Enricher:
        for offer in self._offers():
            if offer.enricher.name == name:
                return offer.enricher
        raise NotFound(f"There is no enricher {name!r} here.", hint="mcma plugin list")


_ABILITIES: Mapping[ItemKind, type] = {
    ItemKind.ALBUM: AlbumEnricher, ItemKind.TRACK: TrackEnricher, ItemKind.ARTIST: ArtistEnricher,
}  # fmt: skip


def _ability_of(offer: Offer) -> Ability:
    enricher = offer.enricher
    kinds = frozenset(kind for kind, ability in _ABILITIES.items() if isinstance(enricher, ability))
    gives: object = enricher.gives if isinstance(enricher, FillingEnricher) else frozenset()
    if not isinstance(gives, Set):
        raise TypeError("gives must be a set of names of fields")
    pictures = isinstance(enricher, PictureEnricher)
    return Ability(
        enricher.name, offer.plugin, enricher.identifies is True, kinds, frozenset(map(str, gives)), pictures
    )


async def _asked(enricher: Enricher, known: Known) -> object:
    about = known.about
    if isinstance(about, KnownAlbum) and isinstance(enricher, AlbumEnricher):
        return await enricher.album(about)
    if isinstance(about, KnownTrack) and isinstance(enricher, TrackEnricher):
        return await enricher.track(about)
    if isinstance(about, KnownArtist) and isinstance(enricher, ArtistEnricher):
        return await enricher.artist(about)
    return ()
