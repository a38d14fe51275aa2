"""The enricher in docs/enriching.md works, word for word: installed, asked, true to the contract."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from mcma.host import Environment, PluginHost
from mcma.services.enriching.enrichers import Enrichers, Offer
from mcma.services.enriching.known import Base, Known
from mcma.services.enriching.policy import Policy
from mcma.store.clock import utcnow
from mcma_plugins.enrichers import Enricher, KnownAlbum, KnownCredit, KnownTrack
from mcma_plugins.ids import AlbumId, TrackId
from mcma_plugins.testing import FakeContext
from mcma_plugins.testing.enrichers import EnricherContract
from mcma_plugins.values import ItemKind, ItemRef
from tests.support.distributions import installed_into

PAGE = Path(__file__).parents[2] / "docs" / "enriching.md"
TRACK = KnownTrack(TrackId(UUID(int=1)), "Airbag", (KnownCredit("Radiohead"),), duration_ms=284_000)
ALBUM = KnownAlbum(
    AlbumId(UUID(int=2)), "OK Computer", (KnownCredit("Radiohead"),), ids={"barcode": ["724384260958"]},
    tracks=(TRACK,),
)  # fmt: skip


def example() -> str:
    [found] = re.findall(r"`mcma_pressings.py`:\n\n```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    return str(found)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[PluginHost]:
    with installed_into(tmp_path) as site:
        site.install("pressings", example(), attribute="PressingsPlugin")
        made = PluginHost(allow=["pressings"], environment=Environment({}))
        made.load()
        yield made


class TestTheExample(EnricherContract):
    @pytest.fixture
    def enricher(self, host: PluginHost) -> Enricher:
        [offer] = host.enrichers()
        return offer.thing

    @pytest.fixture
    def album(self, track: KnownTrack) -> KnownAlbum:
        return ALBUM


@pytest.mark.anyio
async def test_the_example_is_asked_as_every_enricher_is(host: PluginHost, tmp_path: Path) -> None:
    await host.start(lambda record: FakeContext(tmp_path / record.name).context)
    try:
        offers = [Offer(one.plugin, one.thing) for one in host.enrichers()]
        enrichers = Enrichers(lambda: offers, host.enricher_calls(), Policy())
        [ability] = enrichers.abilities()
        assert (ability.name, ability.identifies, set(ability.kinds)) == ("pressings", True, {ItemKind.ALBUM})
        base = Base({}, {}, {}, {}, utcnow(), manual=False)
        known = Known(ItemRef(ItemKind.ALBUM, ALBUM.id), ALBUM, None, {TRACK.id: base})
        [found] = await enrichers.ask("pressings", known)
        assert (found.ref, found.fields["date"]) == ("barcode:724384260958", "1997-06-16")
    finally:
        await host.stop()
