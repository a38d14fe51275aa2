"""What one person asks for in many ways at the same moment."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from mcma.store.clock import new_id, utcnow
from mcma.store.queries.downloads import asked_since
from mcma.store.queries.people import lock_user
from mcma.store.tables.wanted import download_parts, download_requests
from mcma_plugins.ids import UserId
from tests.support.at_rest import at_rest
from tests.support.getting import Wanting, due, rows
from tests.support.jobs import until
from tests.support.server import Server
from tests.support.shop import DOWN, Shop

pytestmark = pytest.mark.anyio
MOST = 7


async def test_nobody_gets_more_than_may_be_however_they_ask(shop: Shop, server: Server) -> None:
    """Ten songs and two albums of five, by somebody who may have seven."""
    for album in ("a1", "a2"):
        ids = [f"{album}-{n}" for n in range(5)]
        for id_ in ids:
            shop.add_track(id_, id_, fmt=None)
        shop.add_album(album, album, ["Ann Ash"], ids)
    person = await server.person("eager")
    assert person.caller is not None
    await server.admin.patch(f"/api/v1/users/{person.caller.user_id}", {"downloads_per_day": MOST})
    wanting = Wanting(person)

    async def one(n: int) -> int:
        sent = {"source": "shop", "source_id": f"s{n}"}
        answer = await person.client.post("/api/v1/downloads", json=sent, headers=person.headers)
        return answer.status_code

    lists = [await wanting.ask(album, kind="album") for album in ("a1", "a2")]
    answers = await asyncio.gather(*(one(n) for n in range(10)))
    assert set(answers) <= {201, 409}
    for each in lists:
        await until(lambda each=each: is_told(wanting, each))  # type: ignore[misc]
    await at_rest(server.database)
    async with server.database.read() as connection:
        had = await asked_since(connection, person.caller.user_id, utcnow() - timedelta(days=1))
    assert had == MOST


async def is_told(wanting: Wanting, asked: dict[str, str]) -> bool:
    """How far the list got: to the quota, or to the end, where the shop has none of its songs."""
    return (await wanting.show(asked))["code"] in ("quota_exceeded", "parts_failed")


@pytest.mark.parametrize("engine_name", ["postgresql"])
async def test_a_list_and_a_wish_at_the_same_moment_take_turns(
    shop: Shop, server: Server, listener: Wanting, engine_name: str
) -> None:
    """The list is counted once the wish is written: on SQLite there is one writer anyway."""
    assert engine_name == "postgresql"
    assert listener.person.caller is not None
    user = listener.person.caller.user_id
    await server.admin.patch(f"/api/v1/users/{user}", {"downloads_per_day": 2})
    ids = ["t1", "t2"]
    for id_ in ids:
        shop.add_track(id_, id_, fmt=None)
    shop.add_album("a1", "First", ["Ann Ash"], ids)
    shop.fault, shop.only = DOWN, "/album"
    asked = await listener.ask("a1", kind="album")
    await listener.until(asked, code="unreachable")
    shop.fault = None
    server.core.services.outside.pauses.forget("shop")
    async with server.database.write() as transaction:
        connection = transaction.connection
        await lock_user(connection, user)
        await due(server, asked)

        async def waits() -> bool:
            async with server.database.read() as other:
                return bool(await other.scalar(_WAITING))

        await until(waits)
        assert await rows(server.database, download_parts) == []
        others = [{**_wish(user), "download_id": new_id(), "source_id": f"o{n}"} for n in range(2)]
        await connection.execute(sa.insert(download_requests), others)
    await listener.until(asked, code="quota_exceeded")
    assert await rows(server.database, download_parts) == []


_WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


def _wish(user: UserId) -> dict[str, Any]:
    now = utcnow()
    return {"id": new_id(), "user_id": user, "kind": "track", "source": "shop", "state": "cancelled",
            "created_at": now, "changed_at": now}  # fmt: skip
