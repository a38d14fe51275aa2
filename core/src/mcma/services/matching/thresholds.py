"""The thresholds in force: those of the database's connections, which the composition root sets."""

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.matching import Bands

OPTION = "mcma_bands"


def bands_of(connection: AsyncConnection) -> Bands:
    found = (
        connection.sync_connection.get_execution_options().get(OPTION) if connection.sync_connection else None
    )
    return found if isinstance(found, Bands) else Bands()
