"""Which enrichers only add to what is known, in every process: also where their plugin is not installed."""

from collections.abc import Mapping

from mcma.services.inforce import InForce
from mcma.store.engine import Database

_REMEMBERED = InForce("adding_enrichers")


async def adding_enrichers(database: Database, identifies: Mapping[str, bool]) -> frozenset[str]:
    """Of all that were ever here. `identifies`: what those of this process say of themselves.

    What enrichers answered stays when their plugin goes, and a worker need not have the plugins of the
    server: with names of its own alone each would count another status of the same answers.
    """
    async with database.read() as connection:
        before = frozenset(await _REMEMBERED.read(connection) or ())
    absent = before.difference(identifies)
    found = absent | {name for name, does in identifies.items() if not does}
    if found != before:
        async with database.write() as transaction:
            await _REMEMBERED.remember(transaction.connection, sorted(found))
    return found
