"""What a folder says about albums without an album artist: one artist, or several."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.albums import album_key
from mcma.domain.credits import album_credits, display_of, first_artist_key, name_key
from mcma.domain.facts import CreditFact, TagFacts
from mcma.services.entities.reading import read_tags
from mcma.services.indexing.overlays import are_said, overlays
from mcma.services.indexing.values import Incoming
from mcma.store.bulk import update_by_id
from mcma.store.tables.catalogue import track_files, tracks

_Place = tuple[bytes, str]
"""Folder and folded album."""
_Credits = tuple[Sequence[CreditFact], Sequence[str]]


def _is_open(tags: TagFacts) -> bool:
    """Its album artist depends on the other files of the folder."""
    return bool(tags.album) and not tags.album_artists and not tags.compilation


def _place(folder: bytes, tags: TagFacts) -> _Place:
    return folder, name_key(tags.album or "")


@dataclass(slots=True)
class Folders:
    """The artists that files without an album artist name, by folder and album."""

    _artists: dict[_Place, dict[str, TagFacts]] = field(default_factory=dict)

    def note(self, folder: bytes, tags: TagFacts) -> None:
        artist = first_artist_key(tags) if _is_open(tags) else None
        if artist:
            self._artists.setdefault(_place(folder, tags), {}).setdefault(artist, tags)

    def credits(self, folder: bytes, tags: TagFacts) -> _Credits:
        if not _is_open(tags):
            return album_credits(tags, several_artists=False)
        return album_credits(tags, several_artists=len(self._artists.get(_place(folder, tags), ())) > 1)

    def credits_of_missing(self, folder: bytes, tags: TagFacts) -> _Credits | None:
        """A file that is away goes with those that are there, so that it comes back to the same album."""
        if not _is_open(tags):
            return self.credits(folder, tags)
        there = self._artists.get(_place(folder, tags))
        return self.credits(folder, next(iter(there.values()))) if there else None


@dataclass(frozen=True, slots=True)
class _Known:
    track_id: UUID
    folder: bytes
    tags: TagFacts
    album_id: UUID | None
    album_key: str | None
    album_artist: str | None
    missing: bool


async def place_on_albums(
    connection: AsyncConnection, library_id: UUID, batch: Sequence[Incoming]
) -> dict[str, UUID]:
    """Fills in album artists and album keys. Other files of the same folders, and of those that files of the
    batch have left, get other keys where their company has changed: returns those and the albums they are on.
    """
    near = {item.folder for item in batch if item.company}
    near |= {item.known.folder for item in batch if item.known and item.known.library_id == library_id}
    gone = [item.known.id for item in batch if item.known]
    folders = Folders()
    for item in batch:
        folders.note(item.folder, item.tags)
    rekeyed: dict[str, UUID] = {}
    if near:
        rekeyed = await _rekey(connection, await _known(connection, library_id, near, gone), folders)
    for library in {i.known.library_id for i in batch if i.known} - {library_id}:
        left = {i.known.folder for i in batch if i.known and i.known.library_id == library}
        await _rekey(connection, await _known(connection, library, left, gone), Folders())
    for item in batch:
        item.album_artists, item.album_joins = folders.credits(item.folder, item.tags)
        item.album_key = album_key(item.tags, item.album_artists)
    return rekeyed


async def rekey_folders(connection: AsyncConnection, library_id: UUID, folders: Iterable[bytes]) -> None:
    """After files of these folders went or came back."""
    await _rekey(connection, await _known(connection, library_id, set(folders), ()), Folders())


async def _known(
    connection: AsyncConnection, library_id: UUID, folders: set[bytes], without: Sequence[UUID]
) -> list[_Known]:
    query = (
        sa.select(tracks.c.id, tracks.c.album_id, tracks.c.album_key, tracks.c.album_artist,
                  track_files.c.id.label("file_id"), track_files.c.folder, track_files.c.tags,
                  track_files.c.missing_since, are_said)
        .join_from(track_files, tracks, tracks.c.file_id == track_files.c.id)
        .where(
            track_files.c.library_id == library_id,
            track_files.c.folder.in_(folders),
            track_files.c.deleted_at.is_(None),
        )
    )  # fmt: skip
    rows: list[Any] = [row for row in await connection.execute(query) if row.file_id not in set(without)]
    said = await overlays(connection, [row.id for row in rows if row.are_said])
    layered = [said.over(row.id, row.tags).tags for row in rows]
    found = [
        _Known(row.id, row.folder, tags, row.album_id, row.album_key, row.album_artist,
               row.missing_since is not None)
        for row, tags in zip(rows, await read_tags(connection, layered), strict=True)
    ]  # fmt: skip
    return [known for known in found if known.tags.album]


async def _rekey(connection: AsyncConnection, known: Sequence[_Known], folders: Folders) -> dict[str, UUID]:
    for one in known:
        if not one.missing:
            folders.note(one.folder, one.tags)
    rows = [row for one in known if (row := _row(one, folders)) is not None]
    if rows:
        await connection.execute(update_by_id(tracks, rows[0]), rows)
    albums = {one.track_id: one.album_id for one in known}
    return {row["album_key"]: album for row in rows if (album := albums[row["b_id"]]) is not None}


def _row(known: _Known, folders: Folders) -> dict[str, Any] | None:
    find = folders.credits_of_missing if known.missing else folders.credits
    found = find(known.folder, known.tags)
    if found is None or not _is_open(known.tags):
        return None
    people, joins = found
    key = album_key(known.tags, people)
    artist = display_of(people, joins)
    if (key, artist) == (known.album_key, known.album_artist):
        return None
    return {"b_id": known.track_id, "album_key": key, "album_artist": artist}
