"""Claims of what a source calls its recordings: one for each of a person, whatever names it."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import Link, Said
from mcma.services.catalogue.lookup import chunks
from mcma.services.claims.claims import Line, write
from mcma.services.claims.lookup import Matcher, Wanted
from mcma.store.tables.listening import claims
from mcma_plugins.ids import ClaimId, TrackId
from mcma_plugins.sources import SourceItem
from mcma_plugins.values import Caller

_NAMESPACE = UUID("c5b7f1a2-8d1e-5a0f-9b57-2f3f0d8f6e11")


class Meant(NamedTuple):
    claim_id: ClaimId
    track_id: TrackId | None


def wanted_of(source: str, item: SourceItem) -> Wanted:
    """What a source says of a track of its own."""
    said = Said(item.title, tuple(item.artists), item.album, item.duration_ms)
    mbid = None if item.recording_mbid is None else UUID(item.recording_mbid)
    return Wanted(said, item.isrc, mbid, link=Link(source, item.source_id))


async def meant(
    connection: AsyncConnection, caller: Caller, said: Mapping[Link, Wanted]
) -> dict[Link, Meant]:
    """Those that are there stay as they are, with the track that they mean; new ones are matched."""
    ids = {link: claim_id_of(caller, link) for link in said}
    there: dict[UUID, Any] = {}
    for part in chunks(ids.values()):
        query = sa.select(claims.c.id, claims.c.track_id).where(claims.c.id.in_(part))
        there |= {row.id: row.track_id for row in await connection.execute(query)}
    new = [link for link in said if ids[link] not in there]
    found = await Matcher(connection, caller).match([said[link] for link in new])
    lines = {ids[link]: Line(said[link], None, match) for link, match in zip(new, found, strict=True)}
    await write(connection, caller, lines)
    there |= {id_: line.match.track_id for id_, line in lines.items()}
    return {link: Meant(id_, _track(there[id_])) for link, id_ in ids.items()}


def _track(id_: UUID | None) -> TrackId | None:
    return None if id_ is None else TrackId(id_)


def claim_id_of(caller: Caller, link: Link) -> ClaimId:
    return ClaimId(uuid5(_NAMESPACE, "\0".join((str(caller.user_id), *link))))
