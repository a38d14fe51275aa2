"""How many files wait for a fingerprint: all files are looked at by the round that comes every hour and after
whatever brings files, not by everybody who asks. What was fingerprinted since is taken off."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.inforce import InForce
from mcma.store.engine import Database
from mcma.store.queries import fingerprints as rows

_COUNTED: Final = InForce("fingerprints.waiting")


async def count_waiting(database: Database) -> int:
    async with database.read() as connection:
        counted = await rows.count_silent(connection)
    async with database.write() as transaction:
        await _COUNTED.remember(transaction.connection, counted._asdict())
    return counted.waiting


async def waiting(connection: AsyncConnection) -> int:
    counted = await _COUNTED.read(connection)
    if counted is None:
        return (await rows.count_silent(connection)).waiting
    return max(0, int(counted["waiting"]) - await rows.count_since(connection, counted["last"]))
