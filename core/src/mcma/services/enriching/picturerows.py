"""Rows about pictures of enrichers: what became of them, and the artworks they are."""

from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.runs import APPLIED, kept_candidate
from mcma.services.enriching.values import KeptCandidate
from mcma.services.keptpictures import Picture
from mcma.store.clock import new_id, utcnow
from mcma.store.dialect import insert_ignoring
from mcma.store.tables.catalogue import artworks
from mcma.store.tables.enriching import enrichment_candidates as candidates
from mcma.store.tables.enriching import enrichment_runs as runs

WANTED, MERGED = "wanted", "merged"
_LONGEST: Final = 500
TAKEN = sa.and_(runs.c.outcome == APPLIED, runs.c.candidate_id == candidates.c.id)


async def tell(
    connection: AsyncConnection, id_: UUID, state: str, reason: str | None = None, **more: Any
) -> None:
    told = sa.update(candidates).where(candidates.c.id == id_)
    short = None if reason is None else reason[:_LONGEST]
    await connection.execute(told.values(picture_state=state, picture_reason=short, **more))


async def taken(connection: AsyncConnection, id_: UUID) -> KeptCandidate | None:
    """None when it is not what stands any more, or has no picture."""
    query = (
        sa.select(candidates, runs.c.item_kind, runs.c.enricher)
        .join_from(candidates, runs, runs.c.id == candidates.c.run_id)
        .where(candidates.c.id == id_, candidates.c.picture.is_not(None), TAKEN)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else kept_candidate(row._asdict())


async def want_again(connection: AsyncConnection, artist: UUID) -> bool:
    """Of one that is itself again: those that could not be shown while it was another. Whether there are
    any."""
    open_ = candidates.c.item_id == artist, candidates.c.picture_state == MERGED
    wanted = sa.update(candidates).where(*open_).values(picture_state=WANTED, picture_reason=None)
    return bool((await connection.execute(wanted)).rowcount)


async def same_picture(connection: AsyncConnection, candidate: KeptCandidate) -> Any | None:
    """Id and hash of what was got for an earlier answer about this item, whose picture is the same one."""
    query = (
        sa.select(artworks.c.id, artworks.c.sha256)
        .join_from(candidates, artworks, artworks.c.id == candidates.c.artwork_id)
        .join(runs, runs.c.id == candidates.c.run_id)
        .where(
            candidates.c.item_id == candidate.item.id, candidates.c.picture == candidate.picture,
            runs.c.enricher == candidate.enricher,
        )
        .order_by(candidates.c.id.desc())
        .limit(1)
    )  # fmt: skip
    return (await connection.execute(query)).first()


async def artwork_of(connection: AsyncConnection, picture: Picture, enricher: str) -> UUID:
    """Files may have the same one: then it is that."""
    info, digest = picture.info, sha256(picture.data).digest()
    row = {
        "id": new_id(), "sha256": digest, "mime": info.mime, "width": info.width, "height": info.height,
        "size": len(picture.data), "origin": f"plugin:{enricher}", "created_at": utcnow(),
    }  # fmt: skip
    await connection.execute(insert_ignoring(connection, artworks), [row])
    found: UUID = (
        await connection.execute(sa.select(artworks.c.id).where(artworks.c.sha256 == digest))
    ).scalar_one()
    return found
