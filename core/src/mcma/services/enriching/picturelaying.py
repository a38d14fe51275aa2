"""A picture that was got is laid over what the files have: as the field `artwork` of the tracks, or of the
artist, that the answer is about. It goes again with the answer."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.layering import ARTWORK
from mcma.domain.layerrules import PLUGIN, Rule
from mcma.domain.statuses import MANUAL
from mcma.services.enriching.artistdifferences import Artist, artists_of
from mcma.services.enriching.fieldrows import Kept, Rows, document, put_rows
from mcma.services.enriching.laying import say
from mcma.services.enriching.picturerows import MERGED
from mcma.services.enriching.statuses import settle_artists, settle_tracks
from mcma.services.enriching.subjects import Subject, subjects_of
from mcma.services.enriching.values import KeptCandidate
from mcma.services.entities.telling import tell_artists
from mcma.services.indexing.afresh import News
from mcma.services.indexing.overlays import layering_of
from mcma.store.redirects import winners
from mcma.store.tables.enriching import enrichment_runs as runs
from mcma_plugins.values import ItemKind

NOT_NEEDED = "not_needed"
"""Nothing would show it."""


async def why_not(connection: AsyncConnection, candidate: KeptCandidate) -> str | None:
    """Why a picture is not got; None: something would show it. An artist that became another one wants it
    once that is taken back (`picturerows.want_again`)."""
    if candidate.item.kind is ItemKind.ARTIST:
        if await winners(connection, ItemKind.ARTIST, [candidate.item.id]):
            return MERGED
        return None if await _artist(connection, candidate) is not None else NOT_NEEDED
    rule = layering_of(connection).rules[ARTWORK]
    subjects = await _open_subjects(connection, candidate)
    if rule is Rule.OFF:
        return NOT_NEEDED
    needed = any(rule is Rule.PREFER or subject.artwork is None for subject in subjects)
    return None if needed else NOT_NEEDED


async def lay_picture(connection: AsyncConnection, candidate: KeptCandidate, artwork_id: UUID) -> News:
    """For whoever has the catalogue locked. Again is nothing."""
    if candidate.item.kind is ItemKind.ARTIST:
        await _lay_artist(connection, candidate, str(artwork_id))
        return ()
    value, told = str(artwork_id), dict[Subject, Rows]()
    for subject in await _open_subjects(connection, candidate):
        if _value(subject.mine) != value:
            told[subject] = {**subject.mine, ARTWORK: Kept(value, candidate.id)}
    origin = PLUGIN + candidate.enricher
    await _remember(connection, candidate, {one.id: one.mine for one in told})
    await put_rows(connection, ItemKind.TRACK, origin, {one.id: rows for one, rows in told.items()})
    news = await say(connection, origin, told)
    await settle_tracks(connection, [one.id for one in told])  # of some it is all that is said
    return news


def _value(rows: Rows) -> Any:
    return rows[ARTWORK].value if ARTWORK in rows else None


async def _open_subjects(connection: AsyncConnection, candidate: KeptCandidate) -> Collection[Subject]:
    """Those that something automatic may change."""
    found = await subjects_of(connection, list(candidate.tracks), PLUGIN + candidate.enricher)
    return {one.id: one for one in found.values() if one.status != MANUAL}.values()


async def _remember(connection: AsyncConnection, candidate: KeptCandidate, mine: Mapping[UUID, Rows]) -> None:
    """Whoever takes the answer back takes the picture away too, also from a track on which it had nothing new
    to say."""
    query = sa.select(runs.c.before).where(runs.c.id == candidate.run_id)
    before: dict[str, Any] = dict((await connection.scalar(query)) or {})
    known = before.get("tracks", {})
    more = {str(id_): document(rows) for id_, rows in mine.items() if str(id_) not in known}
    if more:
        before["tracks"] = {**known, **more}
        await connection.execute(sa.update(runs).where(runs.c.id == candidate.run_id).values(before=before))


async def _lay_artist(connection: AsyncConnection, candidate: KeptCandidate, value: str) -> None:
    artist = await _artist(connection, candidate)
    if artist is not None and _value(artist.mine) != value:
        rows = {**artist.mine, ARTWORK: Kept(value, candidate.id)}
        await put_rows(connection, ItemKind.ARTIST, artist.origin, {artist.id: rows})
        await tell_artists(connection, [artist.id])
        await settle_artists(connection, [artist.id])


async def _artist(connection: AsyncConnection, candidate: KeptCandidate) -> Artist | None:
    """None for one that a person took as theirs, or that is gone."""
    id_ = candidate.item.id
    found = (await artists_of(connection, [id_], PLUGIN + candidate.enricher)).get(id_)
    return None if found is None or found.status == MANUAL else found
