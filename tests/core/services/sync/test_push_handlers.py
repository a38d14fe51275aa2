"""What the envelope promises to handlers, and what it does when one of them fails."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from mcma.domain.errors import Conflict, Unavailable
from mcma.services.sync.push import Outcome, Push
from mcma.services.sync.push import push as push_module
from mcma.services.sync.push.batch import APPLIED
from mcma.services.sync.push.data import EventData
from mcma.services.sync.push.events import HANDLERS
from mcma.services.sync.push.handler import Event, Handler, OneByOne, Work
from mcma.store.engine import Database
from mcma.store.tables.people import devices
from tests.support.catalogue import Seeded
from tests.support.getting import nothing_outside
from tests.support.pushing import Device, codes, statuses

pytestmark = pytest.mark.anyio


class NameData(EventData):
    name: str


class Rename(OneByOne[NameData]):
    """Renames the device, and then finds that it should not have."""

    data = NameData
    needs_catalogue = True
    heard: list[str]

    def __init__(self) -> None:
        self.heard = []

    def playlists(self, data: NameData) -> Collection[UUID]:
        return [UUID(int=len(data.name))]

    async def take(self, work: Work, event: Event[NameData]) -> Outcome:
        name = event.data.name
        self.heard.append(name)
        change = sa.update(devices).where(devices.c.id == work.device_id).values(name=name)
        await work.connection.execute(change)
        if name == "taken":
            raise Conflict("This name is\0 taken.", code="taken")
        if name == "away":
            raise Unavailable("Nobody is there.")
        if name == "clash":
            raise sa.exc.IntegrityError("INSERT", {}, ValueError("of another user, at this moment"))
        if name == "broken":
            raise ZeroDivisionError
        return APPLIED


def with_rename(database: Database) -> tuple[Push, Rename]:
    rename = Rename()
    handlers: dict[str, Handler[Any]] = {**HANDLERS, "rename": rename}
    return Push(database, nothing_outside(database), handlers=handlers), rename


async def name_of(database: Database, device: Device) -> str:
    async with database.read() as connection:
        return str(await connection.scalar(sa.select(devices.c.name).where(devices.c.id == device.id)))


async def test_what_a_rejected_event_wrote_is_taken_back(lib: Seeded, database: Database) -> None:
    push, rename = with_rename(database)
    device = await Device(push, lib.user).register(database)
    like: dict[str, Any] = {"kind": "track", "item_id": str(lib.tracks[0]), "liked": True}
    found = await device.send(
        device.did("rename", name="first"), device.did("rename", name="taken"),
        device.did("like.set", **like), device.did("rename", name="taken"), device.did("rename", nam="x"),
    )  # fmt: skip
    assert statuses(found) == ["applied", "rejected", "applied", "rejected", "rejected"]
    assert codes(found) == [None, "taken", None, "taken", "invalid"]
    assert found.results[1].message == "This name is? taken."
    assert rename.heard == ["first", "taken", "taken"]
    assert await name_of(database, device) == "first"


@pytest.mark.parametrize(
    ("fault", "raised"), [("away", Unavailable), ("clash", Unavailable), ("broken", ZeroDivisionError)]
)
async def test_what_stops_in_the_middle_goes_on_when_it_is_sent_again(
    lib: Seeded, database: Database, monkeypatch: pytest.MonkeyPatch, fault: str, raised: type[Exception]
) -> None:
    """A fault is no answer: its portion is as if it had not been sent, those before stay."""
    monkeypatch.setattr(push_module, "PORTION", 2)
    push, _ = with_rename(database)
    device = await Device(push, lib.user).register(database)
    events = [device.did("rename", name=name) for name in ("a", "b", "c", fault, "d")]
    with pytest.raises(raised):
        await device.send(*events)
    assert await name_of(database, device) == "b"
    assert (await device.send()).acked_n == 2
    monkeypatch.setattr(Rename, "take", _fine)
    found = await device.send(*events)
    assert statuses(found) == ["duplicate"] * 2 + ["applied"] * 3
    assert found.acked_n == 5


async def _fine(self: Rename, work: Work, event: Event[NameData]) -> Outcome:
    return APPLIED


def test_every_handler_can_be_asked_for_its_data() -> None:
    for handler in HANDLERS.values():
        assert issubclass(handler.data, BaseModel)
        assert handler.data.model_config.get("extra") == "forbid"
