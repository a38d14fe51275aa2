"""What is told about artists and albums: a text with where it is from, and pictures. Satisfies
`mcma_plugins.services.Abouts`.

Texts are field values: a person's stands before those of plugins (origin `plugin:<name>`), of which the
latest counts, and every one can be taken back.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput
from mcma.services.callers import require_admin
from mcma.services.catalogue.lookup import one
from mcma.services.indexing.overlays import PERSON
from mcma.services.picturelinks import PictureLinks
from mcma.store.clock import utcnow
from mcma.store.dialect import upsert
from mcma.store.engine import Database
from mcma.store.tables.catalogue import field_values
from mcma_plugins.abouts import About, PicturePaths, Told
from mcma_plugins.values import Caller, ItemKind, ItemRef

FIELD = "about"
LONGEST = 50_000
SMALL, MEDIUM, LARGE = 150, 300, 600
PLACE = "/api/v1/pictures/"
_KINDS = (ItemKind.ARTIST, ItemKind.ALBUM)


class AboutService:
    def __init__(self, database: Database, links: PictureLinks) -> None:
        self._database, self._links = database, links

    async def about(self, caller: Caller, item: ItemRef) -> About:
        """`NotFound`; `InvalidInput` for kinds that nothing is told about."""
        async with self._database.read() as connection:
            view = await _seen(connection, caller, item)
            told = await _told(connection, view.id)
        pictured = ItemRef(item.kind, view.id)
        small, medium, large = (PLACE + self._links.link(pictured, size) for size in (SMALL, MEDIUM, LARGE))
        return About(pictured, view.mbid, told, PicturePaths(small, medium, large))

    async def tell(self, caller: Caller, item: ItemRef, text: str | None, origin: str = PERSON) -> About:
        """The text of one origin, in place of what that one said before; None takes it back. For admins."""
        require_admin(caller)
        if text is not None and (not text.strip() or len(text) > LONGEST):
            raise InvalidInput(f"A text has 1 to {LONGEST} characters.")
        async with self._database.write() as transaction:
            connection = transaction.connection
            view = await _seen(connection, caller, item)
            await _put(connection, caller, ItemRef(item.kind, view.id), text and text.strip(), origin)
        return await self.about(caller, item)


async def _seen(connection: AsyncConnection, caller: Caller, item: ItemRef) -> Any:
    if item.kind not in _KINDS:
        raise InvalidInput("Only artists and albums have something told about them.")
    return await one(connection, caller, item.kind, item.id)


async def _told(connection: AsyncConnection, item_id: Any) -> Told | None:
    values = field_values.c
    query = sa.select(values.value, values.origin, values.at).where(
        values.item_id == item_id, values.field == FIELD
    )
    first = sa.case((values.origin == PERSON, 0), else_=1)
    row = (await connection.execute(query.order_by(first, values.at.desc(), values.origin).limit(1))).first()
    return None if row is None else Told(row.value, row.origin, row.at)


async def _put(
    connection: AsyncConnection, caller: Caller, item: ItemRef, text: str | None, origin: str
) -> None:
    if text is None:
        mine = field_values.c.item_id == item.id, field_values.c.field == FIELD
        await connection.execute(sa.delete(field_values).where(*mine, field_values.c.origin == origin))
        return
    row = {"item_id": item.id, "field": FIELD, "origin": origin, "item_kind": item.kind.value,
           "value": text, "user_id": caller.user_id, "at": utcnow()}  # fmt: skip
    await connection.execute(upsert(connection, field_values, ("item_id", "field", "origin")), [row])
