"""What clients keep for a user, by name: the value that was set last stands."""

from typing import Annotated, Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from pydantic import AfterValidator, StringConstraints

from mcma.domain.documents import kept
from mcma.domain.stamps import Stamp
from mcma.services.sync.lines import current
from mcma.services.sync.push.batch import APPLIED, Outcome, rejected, superseded
from mcma.services.sync.push.data import EventData, Storable
from mcma.services.sync.push.handler import Event, OneByOne, Work
from mcma.store.dialect import upsert
from mcma.store.tables.push import user_settings as table

MOST = 1000
"""Names of a user, those that were taken away included."""


class SettingData(EventData):
    name: Annotated[str, StringConstraints(min_length=1, max_length=100), Storable]
    value: Annotated[Any, AfterValidator(kept)]
    """null takes it away."""


class SettingSet(OneByOne[SettingData]):
    data = SettingData

    async def take(self, work: Work, event: Event[SettingData]) -> Outcome:
        user, name = work.caller.user_id, event.data.name
        held = await work.connection.execute(
            sa.select(table.c.id, table.c.changed_at, table.c.event_id).where(
                table.c.user_id == user, table.c.name == name
            )
        )
        row: Any = held.one_or_none()
        stamp = Stamp(event.at, event.id)
        if row is not None and not stamp.stands_against(Stamp(row.changed_at, row.event_id)):
            return superseded(
                (await current(work.connection, work.caller, "user_setting", [row.id])).get(row.id)
            )
        if row is None and await _full(work, user):
            return rejected("too_large", f"A user has {MOST} settings at most.")
        await _write(work, event, setting_id(user, name))
        return APPLIED


def setting_id(user: UUID, name: str) -> UUID:
    return uuid5(user, name)


async def _full(work: Work, user: UUID) -> bool:
    count = sa.select(sa.func.count()).where(table.c.user_id == user)
    return (await work.connection.scalar(count) or 0) >= MOST


async def _write(work: Work, event: Event[SettingData], id_: UUID) -> None:
    value = event.data.value
    row = {
        "id": id_, "user_id": work.caller.user_id, "name": event.data.name, "value": {"is": value},
        "changed_at": event.at, "event_id": event.id, "deleted_at": event.at if value is None else None,
    }  # fmt: skip
    changed = ["value", "changed_at", "event_id", "deleted_at"]
    await work.connection.execute(upsert(work.connection, table, ["id"], changed), [row])
