"""What an answer would change, without changing it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching import artistlaying
from mcma.services.enriching.laying import answers_of, changes_of
from mcma.services.enriching.values import Change, KeptCandidate
from mcma_plugins.values import ItemKind


async def preview(connection: AsyncConnection, candidate: KeptCandidate) -> Sequence[Change]:
    """What `lay` would say, of tracks or of the artist the answer is about. Writes nothing, locks nothing."""
    if candidate.item.kind is ItemKind.ARTIST:
        return await artistlaying.preview_artist(connection, candidate)
    return await changes_of(connection, await answers_of(connection, candidate))
