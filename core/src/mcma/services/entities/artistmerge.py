"""Artists that are one, or several, by a person's word (one also by an enricher's), and back.

The loser becomes a redirect; its name and id lead to the winner wherever tags name it, so that no scan brings
it back (`namesakes.py`). An artist that is divided leads to the first of the names, and rules say what its
credits mean (`reading.py`). Tracks are told again afterwards (`recrediting.py`).
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.credits import VARIOUS_ARTISTS_MBID, name_key
from mcma.domain.errors import Conflict
from mcma.domain.facts import CreditFact
from mcma.domain.naming import Naming, id_key, meant
from mcma.services.enriching.statuses import settle_artists
from mcma.services.entities.aliases import add_merged_names, drop_merged_names
from mcma.services.entities.crediting import all_names
from mcma.services.entities.namesakes import BY_HAND, leading_to
from mcma.services.entities.parting import give_up, is_taken
from mcma.services.entities.reading import ARTIST, add_rules, drop_rules, revised, rules
from mcma.services.identity.merging import record_merge, redirects
from mcma.services.indexing.artists import Artists
from mcma.services.listening.rebuild import rebuild_for
from mcma.store.clock import utcnow
from mcma.store.dialect import lock_catalogue
from mcma.store.tables.catalogue import album_artists, artists, merges, track_artists

__all__ = ["BY_HAND", "SPLIT", "join_artists", "part_artists", "split_artist"]

SPLIT = "split by hand"
_LINKS = (track_artists, album_artists)


async def join_artists(
    connection: AsyncConnection, loser: UUID, winner: UUID, by_user: UUID | None, reason: str = BY_HAND
) -> None:
    """Raises `Conflict`: `same_item`, `special_artist`."""
    if loser == winner:
        raise Conflict("These are one artist already.", code="same_item")
    await _check_ordinary(connection, loser)
    data = await _led(connection, loser)
    data["names"] = await add_merged_names(connection, winner, await all_names(connection, loser))
    await _credit(connection, loser, winner)
    await record_merge(connection, "artist", loser, winner, reason, by_user, data)
    await revised(connection)


async def split_artist(
    connection: AsyncConnection, artist: UUID, names: Sequence[str], by_user: UUID | None
) -> list[UUID]:
    """The artists of these names, of which the first is what the old id leads to. Names that were divided
    before stand for what they were divided into.

    Raises `Conflict`: `special_artist`, and `cycle` where one of the names leads to this artist itself.
    """
    await _check_ordinary(connection, artist)
    keys = await _keys(connection, artist)
    everybody = meant(names, Naming(await rules(connection, ARTIST)))
    if keys & {name_key(name) for name in (*names, *everybody)}:
        raise Conflict("One of the names is this artist's own, or was divided into it.", code="cycle")
    people = [CreditFact(name, "artist") for name in everybody]
    memory = Artists()
    await memory.ids(connection, people)
    found = [memory.id_of(person) for person in people]
    if artist in found:
        raise Conflict("One of the names leads to this artist: part them first.", code="cycle")
    data = await _led(connection, artist)
    data["rules"] = sorted(keys)
    await add_rules(connection, ARTIST, keys, names, by_user)
    await _credit(connection, artist, found[0])
    await record_merge(connection, "artist", artist, found[0], SPLIT, by_user, data)
    return found


async def part_artists(connection: AsyncConnection, merge_id: UUID) -> list[UUID]:
    """Takes a merge or a split back; returns the loser, the winner, and whoever else it was divided into.
    Credits go back when their tracks are told again.

    Raises `Conflict`: `undone_before`, `merged_since`, `name_taken`.
    """
    await lock_catalogue(connection)
    merge: Any = (await connection.execute(sa.select(merges).where(merges.c.id == merge_id))).one()
    await _check_partable(connection, merge)
    data, now = merge.data or {}, utcnow()
    back = {"deleted_at": None, "replaced_by": None, "updated_at": now}
    await give_up(connection, merge.loser_id)
    await connection.execute(sa.update(artists).where(artists.c.id == merge.loser_id).values(**back))
    led = artists.c.id.in_([UUID(one) for one in data.get("redirects", ())])
    await connection.execute(sa.update(artists).where(led).values(replaced_by=merge.loser_id))
    await connection.execute(sa.update(merges).where(merges.c.id == merge_id).values(undone_at=now))
    await drop_merged_names(connection, merge.winner_id, data.get("names", ()))
    parts = await _parts(connection, data.get("rules", ()))
    await drop_rules(connection, ARTIST, data.get("rules", ()))
    await rebuild_for(connection, [merge.loser_id, merge.winner_id])
    await settle_artists(connection, [merge.loser_id, merge.winner_id])
    return list(dict.fromkeys([merge.loser_id, merge.winner_id, *parts]))


async def _parts(connection: AsyncConnection, keys: Sequence[str]) -> Sequence[UUID]:
    """Those whom the credits with these keys mean now: what the names stand for may have changed since."""
    said = await rules(connection, ARTIST) if keys else {}
    names = {name for key in keys for name in meant(said.get(key, ()), Naming(said))}
    alive = artists.c.name_key.in_({name_key(one) for one in names}), artists.c.deleted_at.is_(None)
    return (await connection.scalars(sa.select(artists.c.id).where(*alive).order_by(artists.c.id))).all()


async def _check_ordinary(connection: AsyncConnection, artist: UUID) -> None:
    mbid = await connection.scalar(sa.select(artists.c.mbid).where(artists.c.id == artist))
    if str(mbid) == VARIOUS_ARTISTS_MBID:
        raise Conflict("Various Artists are nobody that could be somebody else.", code="special_artist")


async def _led(connection: AsyncConnection, loser: UUID) -> dict[str, list[str]]:
    return {"redirects": [str(id_) for id_ in await redirects(connection, "artist", loser)]}


async def _credit(connection: AsyncConnection, loser: UUID, winner: UUID) -> None:
    """At once, whatever else of the tracks has to be told again."""
    for link in _LINKS:
        mine = sa.update(link).where(link.c.artist_id == loser)
        await connection.execute(mine.values(artist_id=winner))


async def _keys(connection: AsyncConnection, artist: UUID) -> set[str]:
    """Of all credits that mean this artist."""
    found = set()
    for one in await leading_to(connection, artist):
        found |= {one.name_key} if one.mbid is None else {id_key(one.mbid)}
        if one.mbid is not None and await _means(connection, one.name_key, artist):
            found.add(one.name_key)
    return found


async def _means(connection: AsyncConnection, key: str, artist: UUID) -> bool:
    """Whether the bare name does."""
    memory, person = Artists(), CreditFact(key, "artist")
    await memory.ids(connection, [person])
    return memory.id_of(person) == artist


async def _check_partable(connection: AsyncConnection, merge: Any) -> None:
    if merge.undone_at is not None:
        raise Conflict("This merge was taken back before.", code="undone_before")
    later = await connection.scalar(sa.select(artists.c.replaced_by).where(artists.c.id == merge.winner_id))
    if later is not None:
        raise Conflict("The artist was merged into another one since: undo that first.", code="merged_since")
    if await is_taken(connection, merge.loser_id):
        raise Conflict("Another artist has the name by now: merge them instead.", code="name_taken")
