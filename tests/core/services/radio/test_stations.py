"""Internet radio: a list that everybody reads and administrators write."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mcma.domain.addresses import LONGEST, checked_url
from mcma.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.radio import stations as module
from mcma.services.radio.stations import StationService
from mcma.store.clock import new_id
from mcma.store.engine import Database
from mcma.store.tables.machinery import changes
from mcma_plugins.ids import StationId, UserId
from mcma_plugins.stations import StationFacts
from mcma_plugins.stations import Stations as Contract
from mcma_plugins.values import Caller

anyio = pytest.mark.anyio
JO = Caller(UserId(UUID(int=7)), "jo")
ONE = StationFacts("One", "https://one.example/live.mp3", "https://one.example/")


async def feed_of(database: Database) -> list[Any]:
    query = sa.select(changes.c.scope, changes.c.item_id, changes.c.op, changes.c.rev).order_by(changes.c.seq)
    async with database.read() as connection:
        return list(await connection.execute(query.where(changes.c.kind == "station")))


@anyio
async def test_a_station_comes_changes_and_goes(database: Database) -> None:
    stations = StationService(database)
    contract: Contract = stations
    made = await contract.create(SYSTEM, StationFacts(" Ze  bra ", " http://zebra.example:8000/ö?x=1 "))
    assert (made.name, made.stream_url, made.homepage_url) == (
        "Ze bra",
        "http://zebra.example:8000/ö?x=1",
        None,
    )
    one = await stations.create(SYSTEM, ONE)
    assert [each.name for each in await stations.stations(JO)] == ["One", "Ze bra"]
    assert await stations.station(JO, one.id) == one
    assert (await stations.update(SYSTEM, one.id, StationFacts())).name == "One"
    changed = await stations.update(SYSTEM, one.id, StationFacts(name="Uno", homepage_url=""))
    assert (changed.name, changed.stream_url, changed.homepage_url) == ("Uno", ONE.stream_url, None)
    await stations.delete(SYSTEM, made.id)
    assert [each.name for each in await stations.stations(JO)] == ["Uno"]
    assert await feed_of(database) == [("shared", one.id, "put", 2), ("shared", made.id, "del", 2)]


@anyio
async def test_what_is_not_there(database: Database) -> None:
    stations = StationService(database)
    gone = await stations.create(SYSTEM, ONE)
    await stations.delete(SYSTEM, gone.id)
    for id_ in (gone.id, StationId(new_id())):
        for asked in (
            stations.station(JO, id_),
            stations.update(SYSTEM, id_, StationFacts(name="x")),
            stations.delete(SYSTEM, id_),
        ):
            with pytest.raises(NotFound):
                await asked


@anyio
async def test_administrators_write(database: Database) -> None:
    stations = StationService(database)
    one = await stations.create(SYSTEM, ONE)
    for refused in (
        stations.create(JO, ONE),
        stations.update(JO, one.id, StationFacts(name="mine")),
        stations.delete(JO, one.id),
    ):
        with pytest.raises(Forbidden):
            await refused
    assert await stations.stations(JO) == [one]


@anyio
async def test_there_is_an_end_to_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    stations = StationService(database)
    first = await stations.create(SYSTEM, ONE)
    await stations.create(SYSTEM, ONE)
    with pytest.raises(Conflict):
        await stations.create(SYSTEM, ONE)
    await stations.delete(SYSTEM, first.id)
    await stations.create(SYSTEM, ONE)


@anyio
@pytest.mark.parametrize(
    "facts",
    [
        StationFacts("x", None),
        StationFacts(None, "https://x.example"),
        StationFacts("", "https://x.example"),
        StationFacts("\x00", "https://x.example"),
        StationFacts("\ud800", "https://x.example"),
        StationFacts("x" * 201, "https://x.example"),
        StationFacts("x", "https://x.example", "javascript:alert(1)"),
    ],
    ids=ascii,
)
async def test_bad_stations(database: Database, facts: StationFacts) -> None:
    stations = StationService(database)
    with pytest.raises(InvalidInput):
        await stations.create(SYSTEM, facts)
    assert await stations.stations(JO) == []


@pytest.mark.parametrize(
    "url",
    ["", "x", "//x.example", "ftp://x.example", "javascript:alert(1)", "file:///etc/passwd", "http://",
     "http:///x", "https://x.example/a b", "https://x.example/\nx", "http://x\x00.example", "http://[::1",
     "http://x.example:99999", "http://x.example:0", "https:\\\\x.example", "http://\ud800",
     "https://x.example/" + "x" * LONGEST],
    ids=lambda url: ascii(url[:30]),
)  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(InvalidInput):
        checked_url(url, "It")


@pytest.mark.parametrize(
    "url",
    ["http://x", "HTTPS://X.example/Y?z#1", "http://192.168.1.2:8000/;stream", "http://[::1]:8000/live",
     "https://münchen.example/ö", "http://user:pw@x.example/"],
)  # fmt: skip
def test_other_addresses_stay_as_they_are(url: str) -> None:
    assert checked_url(f" {url} ", "It") == url
