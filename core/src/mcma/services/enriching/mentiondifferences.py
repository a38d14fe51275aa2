"""What an answer about an album would change of artists that it names by the way."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import ARTIST_CHECKS, Checked, checked_answer
from mcma.domain.credits import name_key
from mcma.domain.layerrules import PLUGIN
from mcma.services.enriching.artistdifferences import artist_differences, artists_of
from mcma.services.enriching.mentions import own_answers
from mcma.services.enriching.values import Change, KeptCandidate
from mcma.services.entities.namesakes import namesakes
from mcma.services.entities.reading import revision
from mcma.store.tables.catalogue import artists

CREDITS = ("artists", "album_artists", "credits")
"""Fields that name people."""


async def mention_differences(
    connection: AsyncConnection, candidate: KeptCandidate, answers: Iterable[Checked]
) -> list[Change]:
    """Artists that are to be made are none yet, so nothing is told of them."""
    if not candidate.artists:
        return []
    meant = await _meant(connection, candidate, answers)
    found = await artists_of(connection, list(meant), PLUGIN + candidate.enricher)
    own = await own_answers(connection, {one.id: one.mine for one in found.values()})
    told: list[Change] = []
    for id_, artist in sorted(found.items()):
        answer = checked_answer(candidate.artists[meant[id_]], ARTIST_CHECKS)
        stay = {name: kept.value for name, kept in artist.mine.items() if kept.candidate_id in own}
        told += artist_differences(artist, answer, {**answer.values, **stay})
    return told


async def _meant(
    connection: AsyncConnection, candidate: KeptCandidate, answers: Iterable[Checked]
) -> dict[UUID, str]:
    """Artist to the id that the answer speaks of it by: its own, or the one that its name is given."""
    query = sa.select(artists.c.id, artists.c.mbid).where(
        artists.c.mbid.in_([UUID(mbid) for mbid in candidate.artists]), artists.c.deleted_at.is_(None)
    )
    found = {row.id: str(row.mbid) for row in await connection.execute(query)}
    names = {key: mbid for key, mbid in named_ids(answers).items()
             if mbid in candidate.artists and mbid not in found.values()}  # fmt: skip
    if names:
        merged = await revision(connection) is not None
        for one in await namesakes(connection, names.keys(), (), merged=merged):
            if one.mbid is None and one.id == one.leads_to and one.name_key in names:
                found[one.id] = names.pop(one.name_key)
    return found


def named_ids(answers: Iterable[Checked]) -> dict[str, str]:
    """Name key to the MusicBrainz id that answers give the name."""
    credits: list[dict[str, Any]] = [
        credit for one in answers for name in CREDITS for credit in one.values.get(name, ())
    ]
    return {name_key(credit["name"]): credit["mbid"] for credit in credits if credit.get("mbid")}
