"""Artists that gained a MusicBrainz id by an answer, in place or together with another name, and what they
were before. When nothing in force says the id any more, they are that again, before their credits are told
anew: so likes, ratings and plays stay with the artist they were given to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.answers import Checked
from mcma.domain.credits import name_key
from mcma.services.catalogue.lookup import chunks
from mcma.services.enriching.fieldrows import Rows
from mcma.services.enriching.mentiondifferences import CREDITS, named_ids
from mcma.services.entities.artistrows import CREDITED, TOLD, credited
from mcma.services.entities.reading import revised
from mcma.services.entities.recrediting import credited_tracks
from mcma.services.indexing.retelling import tellings
from mcma.store.clock import utcnow
from mcma.store.tables.catalogue import album_artists, artists, field_values, track_artists, tracks
from mcma.store.tables.enriching import enrichment_candidates as candidates
from mcma.store.tables.enriching import enrichment_runs as runs

NOTED = "identities"
"""In a run's `before`."""
Noted = Mapping[str, Any]
"""JSON: artist id to `was` and `now`, each the columns below."""
_NAMES = ("name", "sort_name", "name_key")
_PORTION = 500


async def bare_artists(
    connection: AsyncConnection, ids: Collection[UUID], answers: Iterable[Checked]
) -> Noted:
    """Those that may gain an id by telling these tracks: credited on them, or called as the answers call
    somebody whose id they say."""
    if not ids:
        return {}
    on_albums = (
        sa.select(album_artists.c.artist_id)
        .join_from(album_artists, tracks, tracks.c.album_id == album_artists.c.album_id)
        .where(tracks.c.id.in_(ids))
    )
    on_tracks = sa.select(track_artists.c.artist_id).where(track_artists.c.track_id.in_(ids))
    meant = [artists.c.id.in_(sa.union(on_albums, on_tracks))]
    meant += [artists.c.name_key.in_(part) for part in chunks(named_ids(answers))]
    rows = [row for which in meant for row in await _rows(connection, which, artists.c.mbid.is_(None))]
    return {str(row.id): {"was": _columns(row)} for row in rows}


async def gained(connection: AsyncConnection, bare: Noted) -> Noted:
    """For a run's `before`."""
    if not bare:
        return {}
    rows = await _rows(connection, artists.c.id.in_([UUID(id_) for id_ in bare]), artists.c.mbid.is_not(None))
    return {str(row.id): {**bare[str(row.id)], "now": _columns(row)} for row in rows}


async def give_back(connection: AsyncConnection, noted: Noted) -> tuple[list[UUID], Noted]:
    """To be called when the values in force are written, and before their tracks are told. Returns who is
    what it was before, and the notes on those whose id something else in force says.

    Artists that were merged since, or got another id or name, are left as they are.
    """
    ids = [UUID(id_) for id_ in noted]
    rows = await _rows(connection, artists.c.id.in_(ids)) if ids else ()
    rows = [row for row in rows if _mbid(row) is not None and _mbid(row) == noted[str(row.id)]["now"]["mbid"]]
    if not rows:
        return [], {}
    said = await _said(connection, {row.id: str(_mbid(row)) for row in rows})
    back = [row for row in rows if _mbid(row) not in said.mbids]
    free = await _free(connection, back, noted)
    for row in back:
        await _restore(
            connection, row, noted[str(row.id)], named=row.id in free and row.name_key not in said.names
        )
    if back:
        await revised(connection)
    return [row.id for row in back], {str(row.id): noted[str(row.id)] for row in rows if row not in back}


async def noted_by(connection: AsyncConnection, standing: Iterable[Rows]) -> Noted:
    """What was noted with the answers behind these rows."""
    ids = {kept.candidate_id for rows in standing for kept in rows.values()} - {None}
    if not ids:
        return {}
    query = (
        sa.select(runs.c.before)
        .join_from(candidates, runs, runs.c.id == candidates.c.run_id)
        .where(candidates.c.id.in_(ids))
        .order_by(runs.c.id)
    )
    found: dict[str, Any] = {}
    for before in await connection.scalars(query):
        found |= (before or {}).get(NOTED, {})
    return found


async def hand_over(connection: AsyncConnection, noted: Noted) -> None:
    """To an answer that says the same id: who takes that one back as the last finds the note there."""
    for id_, note in noted.items():
        run = await _says(connection, UUID(id_), note["now"]["mbid"])
        if run is not None:
            before = {**(run.before or {})}
            before[NOTED] = {id_: note, **before.get(NOTED, {})}
            await connection.execute(sa.update(runs).where(runs.c.id == run.id).values(before=before))


async def _says(connection: AsyncConnection, artist: UUID, mbid: str) -> Any:
    """A run whose answer is laid over a track of the artist and says the id: the latest of those over the
    first tracks that there is one for. Any of them will do: who takes it back hands the note on in turn."""
    theirs = [id_ for ids in (await credited_tracks(connection, [artist])).values() for id_ in ids]
    columns = field_values.c
    for at in range(0, len(theirs), _PORTION):
        query = (
            sa.select(columns.value, runs.c.id, runs.c.before)
            .join_from(field_values, candidates, candidates.c.id == columns.candidate_id)
            .join(runs, runs.c.id == candidates.c.run_id)
            .where(columns.item_id.in_(theirs[at : at + _PORTION]), columns.field.in_(CREDITS))
        )
        rows = await connection.execute(query.order_by(runs.c.id.desc()))
        found = next((row for row in rows if mbid in {one.get("mbid") for one in row.value}), None)
        if found is not None:
            return found
    return None


@dataclass(slots=True)
class _Said:
    """By credits in force."""

    mbids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


async def _said(connection: AsyncConnection, artists_: Mapping[UUID, str]) -> _Said:
    """Only as far as something is left to be found out: where every id is said, no name is asked for."""
    found, wanted = _Said(), set(artists_.values())
    for credits in (await credited_tracks(connection, artists_.keys())).values():
        for at in range(0, len(credits), _PORTION):
            files = sa.select(tracks.c.id, tracks.c.file_id).where(
                tracks.c.id.in_(credits[at : at + _PORTION]), tracks.c.file_id.is_not(None)
            )
            of = {row.id: row.file_id for row in await connection.execute(files)}
            for telling in await tellings(connection, of):
                people = [*telling.credited.everyone, *telling.album_artists]
                found.mbids |= {one.mbid for one in people if one.mbid}
                found.names |= {name_key(one.name) for one in people}
            if wanted <= found.mbids:
                return found
    return found


async def _free(connection: AsyncConnection, rows: Collection[Any], noted: Noted) -> set[UUID]:
    """Those that were called otherwise, by a name that is nobody else's by now."""
    former = {row.id: noted[str(row.id)] for row in rows if _is_renamed(row, noted[str(row.id)])}
    keys = {one["was"]["name_key"] for one in former.values()}
    query = sa.select(artists.c.name_key).where(artists.c.deleted_at.is_(None))
    taken: set[str] = set()
    for part in chunks(keys):
        taken |= set(await connection.scalars(query.where(artists.c.name_key.in_(part))))
    return {id_ for id_, one in former.items() if one["was"]["name_key"] not in taken}


def _is_renamed(row: Any, note: Mapping[str, Any]) -> bool:
    now, was = note["now"]["name_key"], note["was"]["name_key"]
    return bool(row.name_key == now != was)


async def _restore(connection: AsyncConnection, row: Any, note: Mapping[str, Any], *, named: bool) -> None:
    """What is laid over a column stays there; what lies below it is another value."""
    sorted_ = ("sort_name",) if credited(row)["sort_name"] == note["now"]["sort_name"] else ()
    was = {"mbid": None, **{name: note["was"][name] for name in (_NAMES if named else sorted_)}}
    details = dict(row.details or {})
    below = dict(details.get(CREDITED, {}))
    values = {name: value for name, value in was.items() if name not in below}
    below |= {name: value for name, value in was.items() if name in below}
    if below:
        values["details"] = {**details, CREDITED: below}
    await connection.execute(
        sa.update(artists).where(artists.c.id == row.id).values(**values, updated_at=utcnow())
    )


def _columns(row: Any) -> dict[str, Any]:
    base = credited(row)
    return {
        "name": base["name"],
        "sort_name": base["sort_name"],
        "name_key": row.name_key,
        "mbid": _mbid(row),
    }


def _mbid(row: Any) -> str | None:
    found = credited(row)["mbid"]
    return None if found is None else str(found)


async def _rows(connection: AsyncConnection, *where: sa.ColumnElement[bool]) -> list[Any]:
    columns = [artists.c[name] for name in ("id", *TOLD)]
    query = sa.select(*columns).where(*where, artists.c.deleted_at.is_(None))
    return list((await connection.execute(query.order_by(artists.c.id))).all())
