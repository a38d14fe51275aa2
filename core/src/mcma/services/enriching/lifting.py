"""What an answer said is taken away again, and what the enricher said before it comes back."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import Checked
from mcma.domain.layerrules import PLUGIN
from mcma.services.enriching import artistlaying
from mcma.services.enriching.differences import differences
from mcma.services.enriching.fieldrows import Kept, Rows, from_document, put_rows, rows_of
from mcma.services.enriching.homes import Homes, homes_of, of_track
from mcma.services.enriching.identities import NOTED, give_back, hand_over
from mcma.services.enriching.laying import say
from mcma.services.enriching.lyriclaying import lift_lyrics, standing_lyrics
from mcma.services.enriching.statuses import settle_tracks
from mcma.services.enriching.subjects import Subject, subjects_of
from mcma.services.enriching.values import Laid
from mcma.services.entities.telling import tell_artists
from mcma_plugins.values import ItemKind, ItemRef


async def lift(connection: AsyncConnection, item: ItemRef, enricher: str, before: Mapping[str, Any]) -> Laid:
    """For whoever has the catalogue locked. `before` is that of the decision that is taken back.

    What another decision has laid since stays; of what stood before only that comes back which was not taken
    back itself. It is a person's wish, so it holds for tracks that are `manual` too: what the person said
    there stays.
    """
    if item.kind is ItemKind.ARTIST:
        return await artistlaying.lift_artist(connection, item, enricher, before)
    origin = PLUGIN + enricher
    former = {UUID(id_): from_document(doc) for id_, doc in before.get("tracks", {}).items()}
    subjects = await _alive(connection, list(former), origin)
    mine = await rows_of(connection, former.keys() - subjects.keys(), origin)
    mine |= {id_: one.mine for id_, one in subjects.items()}
    sung = await _sung(connection, before.get("lyrics", {}), origin)
    every = [*former.values(), *mine.values(), sung]
    homes = await homes_of(connection, item, [kept for rows in every for kept in rows.values()])
    rows = {id_: _standing(id_, mine.get(id_, {}), former[id_], homes) for id_ in former}
    told = {subject: rows[id_] for id_, subject in subjects.items()}
    changes = [one for subject, stand in told.items() for one in differences(subject, origin, _NOTHING, {
        name: kept.value for name, kept in stand.items()
    })]  # fmt: skip
    await put_rows(connection, ItemKind.TRACK, origin, rows)
    silent = {id_ for id_, kept in sung.items() if not homes.is_elsewhere(kept)}
    sung_before = {id_: said for id_, said in before.get("lyrics", {}).items() if id_ in silent}
    await lift_lyrics(connection, sung_before, origin)
    back, left = await give_back(connection, before.get(NOTED, {}))
    await hand_over(connection, left)
    news = await say(connection, origin, told)
    await tell_artists(connection, back)
    await artistlaying.forget(connection, [UUID(one) for one in before.get("artists", ())], origin)
    await settle_tracks(connection, list(subjects))
    return Laid([one._replace(kept=False, reason=None) for one in changes], {}, news)


_NOTHING = Checked({}, {})


async def _alive(connection: AsyncConnection, ids: Collection[UUID], origin: str) -> dict[UUID, Subject]:
    """Of a track that was merged since, its own rows are put back, for the day when it is itself again; what
    is said of the winner is no part of them."""
    found = await subjects_of(connection, ids, origin)
    return {id_: found[id_] for id_ in ids if id_ in found and found[id_].id == id_}


def _standing(track: UUID, mine: Rows, former: Rows, homes: Homes) -> Rows:
    stay = {name: kept for name, kept in mine.items() if homes.is_elsewhere(kept)}
    return {**homes.standing(former, of_track(track)), **stay}


async def _sung(connection: AsyncConnection, before: Mapping[str, Any], origin: str) -> Rows:
    """Track to what this origin sings now."""
    if not before:
        return {}
    standing = await standing_lyrics(connection, [UUID(id_) for id_ in before], origin)
    return {id_: Kept(*_pair(said)) for id_, said in standing.items()}


def _pair(said: Any) -> tuple[Any, UUID | None]:
    value, candidate = said or (None, None)
    return value, UUID(candidate) if candidate else None
