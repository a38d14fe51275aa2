"""The source in docs/sources.md works, word for word: installed, asked by the host, against a real server."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from mcma.host import Environment, PluginHost
from mcma.services.outside import OutsideSources, SourceFault
from mcma_plugins.sources import FetchableSource, Fetched, FetchWish, SourceKind
from mcma_plugins.testing import FakeContext, PluginContract
from tests.support.distributions import Site, installed_into
from tests.support.webserver import saying, serving_web

pytestmark = pytest.mark.anyio
PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
SONGS = {
    "songs": [{"id": 7, "name": "Tiles", "by": "Ann Ash", "ms": 61_000}, {"id": 8, "name": "", "by": ""}]
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with installed_into(tmp_path) as one:
        yield one


def example() -> str:
    [found] = re.findall(r"`mcma_roof.py`:\n\n```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    return str(found)


async def test_the_example_is_a_source(site: Site, tmp_path: Path) -> None:
    site.install("roof", example(), attribute="RoofPlugin")
    async with serving_web() as server:
        values = {
            "MCMA_PLUGIN_ROOF_URL": server.url(""),
            "MCMA_PLUGIN_ROOF_ALLOWED": json.dumps([server.address]),
        }
        host = PluginHost(allow=["roof"], environment=Environment(values))
        host.load()
        await host.start(lambda record: FakeContext(tmp_path / record.name).context)
        try:
            named = {offer.thing.name: offer.thing for offer in host.sources()}
            outside = OutsideSources(lambda: named, host.source_calls())
            assert outside.searchable() == {"roof": frozenset({SourceKind.TRACK})}
            server.paths["/songs"] = saying(200, json.dumps(SONGS).encode(), content_type="application/json")
            [song] = await outside.search("roof", "tiles & more", SourceKind.TRACK, 5)
            assert (song.source_id, song.title, song.artists) == ("7", "Tiles", ("Ann Ash",))
            assert server.asked[-1].target == "/songs?q=tiles+%26+more&n=5"
            source = named["roof"]
            assert isinstance(source, FetchableSource)
            assert [source.accepts(SourceKind.TRACK, one) for one in ("7", "../7")] == [True, False]
            server.paths["/sound/7"] = saying(200, b"sound of tiles")
            wish = FetchWish(most_bytes=1000, seconds=10)
            *_, fetched = [step async for step in source.fetch("7", tmp_path, wish)]
            assert isinstance(fetched, Fetched)
            assert fetched.path.read_bytes() == b"sound of tiles"
            server.paths["/songs"] = saying(429, b"", retry_after="30")
            with pytest.raises(SourceFault) as caught:
                await outside.search("roof", "tiles", SourceKind.TRACK, 5)
            assert (caught.value.state, caught.value.retry_after) == ("rate_limited", 30)
        finally:
            await host.stop()


class TestTheContract(PluginContract):
    """Whoever copies the example and inherits the contract has nothing to mend."""

    @pytest.fixture
    def plugin_class(self, site: Site) -> type[Any]:
        site.install("roof", example(), attribute="RoofPlugin")
        [point] = entry_points(group="mcma.plugins", name="roof")
        found: type[Any] = point.load()
        return found
