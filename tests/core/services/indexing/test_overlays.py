"""What is said of tracks comes back as it was said, whatever kind of value it is."""

from typing import Any

import pytest
import sqlalchemy as sa

from mcma.services.indexing.overlays import overlays
from mcma.store.clock import new_id, utcnow
from mcma.store.engine import Database
from mcma.store.tables.catalogue import field_values

pytestmark = pytest.mark.anyio

SAID: dict[str, dict[str, Any]] = {
    "person": {"title": 'Ü "q" \\ 💿\n', "track": 7, "compilation": True, "comment": None, "moods": []},
    "plugin:one": {"bpm": 120.5, "title": "123", "artists": [{"name": "A", "mbid": "x"}], "date": "1997"},
}


async def test_values_come_back_as_they_were_said(database: Database) -> None:
    track, other = new_id(), new_id()
    rows = [{"item_id": id_, "field": name, "origin": origin, "item_kind": "track", "value": value,
             "at": utcnow()}
            for id_ in (track, other) for origin, values in SAID.items()
            for name, value in values.items()]  # fmt: skip
    async with database.write() as transaction:
        for row in rows:
            await transaction.connection.execute(sa.insert(field_values), [row])
    async with database.read() as connection:
        found = await overlays(connection, [track, new_id()])
    assert dict(found) == {track: SAID}
