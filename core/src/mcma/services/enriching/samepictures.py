"""A picture that was got stays while the answers have the same one."""

from collections.abc import Collection, Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layering import ARTWORK
from mcma.services.enriching.fieldrows import Rows
from mcma.services.enriching.values import KeptCandidate
from mcma.store.tables.enriching import enrichment_candidates


async def with_same_picture(
    connection: AsyncConnection, candidate: KeptCandidate, standing: Iterable[Rows]
) -> set[UUID]:
    """Answers behind these rows whose picture is the one that this answer has too."""
    pictures = {rows[ARTWORK].candidate_id for rows in standing if ARTWORK in rows} - {None}
    if candidate.picture is None or not pictures:
        return set()
    columns = enrichment_candidates.c
    query = sa.select(columns.id).where(columns.id.in_(pictures), columns.picture == candidate.picture)
    return {candidate.id, *(await connection.scalars(query))}


def and_picture(told: Rows, standing: Rows, same: Collection[UUID]) -> Rows:
    """What is said, with the picture that stands if it is of one of the answers with the `same`."""
    picture = standing.get(ARTWORK)
    if picture is None or ARTWORK in told or picture.candidate_id not in same:
        return told
    return {**told, ARTWORK: picture}
