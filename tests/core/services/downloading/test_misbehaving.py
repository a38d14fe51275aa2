"""Sources that keep no promise, and plugins that are not there: told, contained, and nothing left over."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from mcma.store.queries.job_upkeep import mark_unhandled
from mcma.store.queries.jobs import NO_HANDLER
from mcma.store.tables.machinery import jobs
from tests.support.at_rest import at_rest, one_of
from tests.support.distributions import installed_into
from tests.support.getting import Wanting, due, kept, round_of, rows
from tests.support.server import Server, serving
from tests.support.shop import DOWN, HTML, LIMITED, WRONG, Shop, open_shop, shops_installed

pytestmark = pytest.mark.anyio

ODD = """
import asyncio
from pathlib import Path
from mcma_plugins import Fetched, FetchProgress, Plugin, PluginSettings, SourceHealth

ANSWERS = {
    "garbage": 5, "elsewhere": Fetched(Path("/etc/hostname"), None), "folder": Fetched(Path("."), None),
    "words": Fetched("song", None), "nothing": None,
}
ERRORS = {
    "exit": SystemExit, "cancels": asyncio.CancelledError, "closes": GeneratorExit, "raises": KeyError,
    "memory": MemoryError,
}

class Odd:
    name = "odd"
    async def health(self):
        return SourceHealth(True, "ready")
    def accepts(self, kind, source_id):
        return True
    async def fetch(self, source_id, into, wish):
        yield FetchProgress(1, 10)
        (into / "song").write_bytes(b"half")
        if source_id in ERRORS:
            raise ERRORS[source_id]("its own words")
        if source_id == "full":
            raise OSError(28, "No space left on device")
        if source_id == "hangs":
            await asyncio.Event().wait()
        if source_id == "link":
            (into / "link").symlink_to("/etc/hostname")
            yield Fetched(into / "link", None)
        if source_id == "backwards":
            yield FetchProgress(-5, -1)
        if ANSWERS.get(source_id) is not None:
            yield ANSWERS[source_id]

class ThePlugin(Plugin[PluginSettings]):
    name = "odd"
    summary = "Does everything wrong."
    settings_model = PluginSettings
    def sources(self):
        return [Odd()]
"""


@pytest.fixture
async def odd(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    site = tmp_path / "odd-site"
    site.mkdir()
    with installed_into(site) as installed:
        installed.install("odd", ODD)
        async with serving(
            tmp_path, database_url, scanned=False, jobs=True, download_reserve_gb=0, download_minutes=0.02,
            downloads_per_source=16,
        ) as made:  # fmt: skip
            yield made


async def test_whatever_a_source_does_is_a_fault_of_this_download_alone(odd: Server) -> None:
    ways = {
        "exit": "source_failed", "cancels": "source_failed", "closes": "source_failed",
        "raises": "source_failed", "memory": "source_failed", "hangs": "took_too_long",
        "garbage": "retry_later", "elsewhere": "retry_later", "folder": "retry_later", "words": "retry_later",
        "link": "retry_later", "nothing": "retry_later", "backwards": "retry_later",
    }  # fmt: skip
    person = Wanting(odd.user, "odd")
    full = await person.ask("full")
    asked = {id_: await person.ask(id_) for id_ in ways}
    for id_, code in ways.items():
        told = await person.until(asked[id_], code=code)
        assert (told["state"], told["waiting_for"]) == ("queued", "source"), id_
        assert told["retry_at"] is not None, id_
        assert "/etc" not in told["error"]
    assert (await person.until(full, code="out_of_space"))["waiting_for"] == "space"
    await at_rest(odd.database)
    for one in (full, *asked.values()):
        await person.do(one, "cancel")
    assert await kept(odd) == []
    await at_rest(odd.database)


@pytest.mark.parametrize(
    ("fault", "code"), [(HTML, "broken"), (WRONG, "broken"), (DOWN, "unreachable"), (LIMITED, "rate_limited")]
)
async def test_a_list_that_cannot_be_read(
    shop: Shop, server: Server, listener: Wanting, fault: str, code: str
) -> None:
    shop.add_track("t1", "Song")
    shop.add_album("a1", "First", ["Ann Ash"], ["t1"])
    shop.fault, shop.only = fault, "/album"
    asked = await listener.ask("a1", kind="album")
    told = await listener.until(asked, code=code)
    assert (told["state"], told["waiting_for"]) == ("queued", "source")
    await at_rest(server.database)
    shop.fault = None
    server.core.services.outside.pauses.forget("shop")
    await due(server, asked)
    await listener.until(asked, state="have")
    await at_rest(server.database)


@pytest.fixture
def plain_shop(tmp_path: Path) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    folder.mkdir()
    with open_shop(folder) as made:
        yield made


async def test_a_plugin_that_is_gone_is_waited_for(
    plain_shop: Shop, database_url: str, tmp_path: Path
) -> None:
    """It was uninstalled while downloads waited for it, and is installed again."""
    shop = plain_shop
    shop.add_track("t1", "Song")
    where = {"scanned": False, "download_reserve_gb": 0}
    with shops_installed(tmp_path, shop=shop):
        async with serving(tmp_path, database_url, **where) as server:  # type: ignore[arg-type]
            asked = await Wanting(server.user).ask("t1")
            owner = server.user.caller
    assert owner is not None
    people = ("v", "w")
    async with serving(tmp_path, database_url, jobs=True, people=people, **where) as server:  # type: ignore[arg-type]
        person = Wanting(await server.known(owner))
        await forlorn(server)
        await round_of(server)
        told = await person.show(asked)
        assert (told["state"], told["waiting_for"], told["code"]) == ("queued", "source", "source_absent")
        before = told["rev"]
        await round_of(server)
        assert (await person.show(asked))["rev"] == before, "said once"
        later = await person.ask("t2")
        assert (later["state"], later["waiting_for"]) == ("requested", "source")
        await at_rest(server.database)
    shop.add_track("t2", "Other", freq=700)
    other = tmp_path / "again"
    other.mkdir()
    with shops_installed(other, shop=shop):
        async with serving(tmp_path, database_url, jobs=True, people=("x", "y"), **where) as server:  # type: ignore[arg-type]
            person = Wanting(await server.known(owner))
            await round_of(server)
            for one in (asked, later):
                had = await person.until(one, state="have")
                assert (had["code"], had["waiting_for"]) == (None, None)
            await at_rest(server.database)
            await one_of(server.database, "t1")


async def forlorn(server: Server) -> None:
    """As the sweeper says after a while."""
    offered = {kind.name for owner in (server.core.services.downloading,) for kind in owner.job_kinds()}
    async with server.database.write() as transaction:
        await mark_unhandled(transaction.connection, offered, -60)
    [job] = await rows(server.database, jobs, jobs.c.kind == "shops.download_shop")
    assert job.state == NO_HANDLER
