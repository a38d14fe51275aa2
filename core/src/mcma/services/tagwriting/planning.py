"""Which files would change, and how: by what the catalogue knows of them, without a look at the disk."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain import tagdocs
from mcma.domain.facts import TagFacts
from mcma.services.indexing.locate import FILE_COLUMNS
from mcma.services.indexing.retelling import tellings
from mcma.services.indexing.values import KnownFile, LibraryPlace, is_staged
from mcma.services.tagwriting.values import FieldChange, Picked, Planned, as_json
from mcma.services.tagwriting.words import Words, words_of
from mcma.store.access import library_ids
from mcma.store.tables.catalogue import albums, libraries, track_artists, track_files, tracks
from mcma_plugins.values import Caller, ItemKind

PORTION: Final = 100
"""Tracks that are looked at together."""


def chosen(caller: Caller, picked: Sequence[Picked]) -> sa.Select[Any]:
    """The ids of tracks of managed libraries, as a query."""
    kept = sa.select(libraries.c.id).where(libraries.c.kind == "managed", libraries.c.deleted_at.is_(None))
    return sa.select(tracks.c.id).where(
        _meant(picked), tracks.c.library_id.in_(library_ids(caller)), tracks.c.library_id.in_(kept),
        tracks.c.deleted_at.is_(None), tracks.c.missing_since.is_(None),
    )  # fmt: skip


def _meant(picked: Sequence[Picked]) -> sa.ColumnElement[bool]:
    """Each kind along an index of its own: where they are said in one breath, PostgreSQL reads all tracks.
    A library is walked along as it is."""
    ids: dict[ItemKind | None, list[UUID]] = {}
    for one in picked:
        ids.setdefault(one.kind, []).append(one.id)
    mine = tracks.alias()
    ways: dict[ItemKind, tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]] = {
        ItemKind.TRACK: (mine.c.id, mine.c.id),
        ItemKind.ALBUM: (mine.c.id, mine.c.album_id),
        ItemKind.ARTIST: (track_artists.c.track_id, track_artists.c.artist_id),
    }
    some = [sa.select(id_).where(of.in_(ids[kind])) for kind, (id_, of) in ways.items() if kind in ids]
    of_library = [tracks.c.library_id.in_(ids[None])] if None in ids else []
    of_items = [tracks.c.id.in_(sa.union(*some))] if some else []
    return sa.or_(sa.false(), *of_library, *of_items)


async def portion(
    connection: AsyncConnection, among: sa.Select[Any], after: UUID | None, limit: int = PORTION
) -> list[UUID]:
    """Tracks by id."""
    query = among.order_by(tracks.c.id).limit(limit)
    if after is not None:
        query = query.where(tracks.c.id > after)
    return list((await connection.scalars(query)).all())


async def planned(connection: AsyncConnection, ids: Sequence[UUID], fields: Collection[str]) -> list[Planned]:
    """All files of these tracks that say one of the fields otherwise."""
    rows = (await connection.execute(_files(ids))).all()
    best = {row.track_id: row.best for row in rows if row.best is not None}
    said = {telling.track_id: telling.tags for telling in await tellings(connection, best)}
    words = await words_of(connection, ids) if "lyrics" in fields else {}
    found = [_plan(row, said[row.track_id], words.get(row.track_id), fields)
             for row in rows if row.track_id in said]  # fmt: skip
    return [one for one in found if one.changes]


def _files(ids: Sequence[UUID]) -> sa.Select[Any]:
    files = track_files.c
    artwork = sa.func.coalesce(tracks.c.artwork_id, albums.c.artwork_id).label("wanted_artwork")
    return (
        sa.select(*FILE_COLUMNS, files.path_display, files.suffix, files.container, files.tags,
                  files.artwork_id, artwork, tracks.c.file_id.label("best"), libraries.c.root,
                  libraries.c.source)
        .join_from(track_files, tracks, tracks.c.id == files.track_id)
        .join(libraries, libraries.c.id == files.library_id)
        .outerjoin(albums, albums.c.id == tracks.c.album_id)
        .where(files.track_id.in_(ids), files.deleted_at.is_(None), files.missing_since.is_(None),
               files.codec != "", libraries.c.kind == "managed")
        .order_by(files.track_id, files.id)
    )  # fmt: skip


def _plan(row: Any, wanted: TagFacts, words: Words | None, fields: Collection[str]) -> Planned:
    from mcma.media.retagging.meaning import as_written, changed, unguessed

    file = KnownFile._make(row[: len(FILE_COLUMNS)])
    there = unguessed(tagdocs.from_doc(row.tags))
    texts = [name for name in fields if name not in ("artwork", "lyrics")]
    after = as_written(wanted, there, texts)
    changes = [FieldChange(name, as_json(there, name), as_json(after, name))
               for name in changed(there, after, texts)]  # fmt: skip
    if "artwork" in fields and row.wanted_artwork not in (None, row.artwork_id):
        before = None if row.artwork_id is None else str(row.artwork_id)
        changes.append(FieldChange("artwork", before, str(row.wanted_artwork)))
    if words is not None:
        changes.append(FieldChange("lyrics", words.there, words.wanted))
    if is_staged(file.folder):
        changes = []
    library = LibraryPlace(file.library_id, row.root or b"", row.source)
    return Planned(file, library, row.path_display, row.suffix, row.container, wanted, row.wanted_artwork,
                   changes)  # fmt: skip
