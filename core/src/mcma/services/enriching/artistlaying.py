"""What an enricher says of artists: asked about one of them, or by the way in an answer about an album.

An artist is named in the answers about many albums. What counts is what was said about itself, then what the
latest of those answers says that is laid over one of its tracks.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import ARTIST_CHECKS, checked_answer
from mcma.domain.layerrules import PLUGIN
from mcma.domain.statuses import MANUAL
from mcma.services.enriching.artistdifferences import Artist, artist_differences, artists_of
from mcma.services.enriching.fieldrows import (
    Kept,
    Rows,
    document,
    from_document,
    put_rows,
    rows_of,
)
from mcma.services.enriching.homes import homes_of, of_artist
from mcma.services.enriching.mentions import mentioned, own_answers
from mcma.services.enriching.samepictures import and_picture, with_same_picture
from mcma.services.enriching.statuses import settle_artists
from mcma.services.enriching.values import Change, KeptCandidate, Laid
from mcma.services.entities.telling import tell_artists
from mcma.store.redirects import winners
from mcma.store.tables.catalogue import artists
from mcma_plugins.values import ItemKind, ItemRef

_ITEM = ItemKind.ARTIST
_OF = "artist_id"
"""In a run's `before`: the artist that the values were laid over. That is the item itself; answers about one
that was merged were laid over the winner once."""


async def lay_artist(connection: AsyncConnection, candidate: KeptCandidate) -> Laid:
    artist = await _artist(connection, candidate.item, candidate.enricher)
    if artist is None:
        return Laid((), {}, ())
    own = await own_answers(connection, {artist.id: artist.mine})
    rows, changes = await _laid(connection, candidate, artist, own)
    if artist.status == MANUAL:
        return Laid(changes, {}, ())
    if rows != artist.mine:
        await put_rows(connection, _ITEM, artist.origin, {artist.id: rows})
        await tell_artists(connection, [artist.id])
    await settle_artists(connection, [artist.id])
    before = {name: kept for name, kept in artist.mine.items() if kept.candidate_id in own}
    return Laid(changes, {"artist": document(before), _OF: str(artist.id)}, ())


async def preview_artist(connection: AsyncConnection, candidate: KeptCandidate) -> Sequence[Change]:
    artist = await _artist(connection, candidate.item, candidate.enricher)
    if artist is None:
        return []
    own = await own_answers(connection, {artist.id: artist.mine})
    return (await _laid(connection, candidate, artist, own))[1]


async def _laid(
    connection: AsyncConnection, candidate: KeptCandidate, artist: Artist, own: Collection[UUID]
) -> tuple[Rows, list[Change]]:
    """What will stand of it, and what is another value then. A picture stays while the answers have the same
    one."""
    answer = checked_answer(candidate.fields, ARTIST_CHECKS)
    same = await with_same_picture(connection, candidate, [artist.mine])
    said = {name: Kept(value, candidate.id) for name, value in answer.values.items()}
    others = {name: kept for name, kept in artist.mine.items() if kept.candidate_id not in own}
    rows = {**others, **and_picture(said, artist.mine, same)}
    values = {name: kept.value for name, kept in rows.items()}
    return rows, list(artist_differences(artist, answer, values))


async def lift_artist(
    connection: AsyncConnection, item: ItemRef, enricher: str, before: Mapping[str, Any]
) -> Laid:
    """Of one that was merged since, its own rows are put back, for the day when it is itself again."""
    if "artist" not in before:
        return Laid((), {}, ())
    id_, origin = UUID(before.get(_OF, str(item.id))), PLUGIN + enricher
    former = from_document(before["artist"])
    mine = (await rows_of(connection, [id_], origin)).get(id_, {})
    own = await own_answers(connection, {id_: mine})
    homes = await homes_of(connection, item, [*former.values(), *mine.values()])
    others = {name: kept for name, kept in mine.items() if kept.candidate_id in own}
    stay = {name: kept for name, kept in others.items() if homes.is_elsewhere(kept)}
    said = (await mentioned(connection, [id_], origin)).get(id_, {})
    rows = {**said, **homes.standing(former, of_artist), **stay}
    artist = (await artists_of(connection, [id_], origin)).get(id_)
    says = {name: kept.value for name, kept in rows.items()}
    changes = [] if artist is None else artist_differences(artist, None, says)
    done = [one._replace(kept=False, reason=None) for one in changes]
    await _tell(connection, origin, {id_: rows})
    return Laid(done, {}, ())


async def mention(connection: AsyncConnection, candidate: KeptCandidate) -> list[str]:
    """What an answer about an album says of the artists that it credits; returns those it was kept of."""
    if not candidate.artists:
        return []
    origin = PLUGIN + candidate.enricher
    said = {UUID(mbid): fields for mbid, fields in candidate.artists.items()}
    query = sa.select(artists.c.id, artists.c.mbid).where(
        artists.c.mbid.in_(list(said)), artists.c.deleted_at.is_(None), artists.c.metadata_status != MANUAL
    )
    found = {row.id: said[row.mbid] for row in await connection.execute(query)}
    rows = await _rows(connection, list(found), origin)
    own = await own_answers(connection, rows)
    told: dict[UUID, Rows] = {}
    for id_, fields in found.items():
        values = checked_answer(fields, ARTIST_CHECKS).values
        stay = {name: kept for name, kept in rows[id_].items() if kept.candidate_id in own}
        told[id_] = {name: Kept(value, candidate.id) for name, value in values.items()} | stay
    await _tell(connection, origin, {id_: new for id_, new in told.items() if new != rows[id_]})
    return [str(id_) for id_ in sorted(found)]


async def forget(connection: AsyncConnection, ids: Collection[UUID], origin: str) -> None:
    """After an answer that mentioned these was taken back."""
    if not ids:
        return
    leads = await winners(connection, _ITEM, ids)
    alive = {*ids, *leads.values()}
    rows = await _rows(connection, list(alive), origin)
    own = await own_answers(connection, rows)
    said = await mentioned(connection, alive, origin)
    told = {
        id_: {**said.get(id_, {}), **{name: kept for name, kept in rows[id_].items()
                                      if kept.candidate_id in own}}
        for id_ in alive
    }  # fmt: skip
    await _tell(connection, origin, {id_: new for id_, new in told.items() if new != rows[id_]})


async def _artist(connection: AsyncConnection, item: ItemRef, enricher: str) -> Artist | None:
    """None for one that was merged: what is known of it is nothing that is known of the winner."""
    return (await artists_of(connection, [item.id], PLUGIN + enricher)).get(item.id)


async def _rows(connection: AsyncConnection, ids: Collection[UUID], origin: str) -> dict[UUID, Rows]:
    found = await rows_of(connection, ids, origin)
    return {id_: found.get(id_, {}) for id_ in ids}


async def _tell(connection: AsyncConnection, origin: str, told: Mapping[UUID, Rows]) -> None:
    if told:
        await put_rows(connection, _ITEM, origin, told)
        await tell_artists(connection, list(told))
        await settle_artists(connection, list(told))
