"""The rule in force: that of the database's connections, which the composition root sets."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.quality import BEST, Rule

OPTION = "mcma_preferred_file"


def rule_of(connection: AsyncConnection) -> Rule:
    found: Any = None
    if connection.sync_connection is not None:
        found = connection.sync_connection.get_execution_options().get(OPTION)
    return found if isinstance(found, tuple) else BEST
