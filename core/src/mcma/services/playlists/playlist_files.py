"""Playlists from files and as files. Lines that nothing is found for stay as claims, in their place."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claiming import Link
from mcma.domain.errors import Forbidden
from mcma.media import playlists as files
from mcma.media.playlists import Entry, PlaylistFile
from mcma.services.catalogue.lookup import chunks
from mcma.services.claims import claims
from mcma.services.claims.lookup import Match
from mcma.services.indexing.values import display
from mcma.services.outside import OutsideSources
from mcma.services.playlists.playlist_describing import PlaylistDescribing
from mcma.services.playlists.playlist_drafts import Draft, drafts_of, known_by, stem_of
from mcma.services.playlists.playlists import Filled, PlaylistService
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries, track_files
from mcma.store.tables.listening import claims as said
from mcma_plugins.ids import PlaylistId
from mcma_plugins.values import Caller, PlaylistEntry, PlaylistView

LARGEST = files.LARGEST
MOST_UNMATCHED = 1000
"""Lines that a report lists."""


class Unmatched(NamedTuple):
    line: int
    title: str
    artist: str
    path: str | None
    reason: str
    """unknown or ambiguous."""


class ImportReport(NamedTuple):
    playlist: PlaylistView
    entries: int
    matched: int
    methods: Mapping[str, int]
    """How many were found by id, source, path, path_folded, isrc, mbid and name."""
    unmatched: Sequence[Unmatched]
    """They are kept as claims; the first `MOST_UNMATCHED`."""
    skipped: int = 0
    """Lines that say nothing to find a recording by."""
    others: "Sequence[ImportReport]" = ()
    """Of the further playlists that the file had."""


class Exported(NamedTuple):
    data: bytes
    content_type: str
    name: str
    """A file name to offer."""


class Claimed(NamedTuple):
    """Where what waits may be had."""

    source_ids: Mapping[str, str]
    link: Link | None


class Elsewhere(NamedTuple):
    """What sources can tell of the lines of a file."""

    outside: OutsideSources
    describing: PlaylistDescribing


class PlaylistFiles:
    def __init__(
        self, database: Database, playlists: PlaylistService, elsewhere: Elsewhere | None = None
    ) -> None:
        self._database, self._playlists, self._elsewhere = database, playlists, elsewhere

    async def read(
        self,
        caller: Caller,
        data: bytes,
        *,
        name: str | None = None,
        kind: str | None = None,
        folder: bytes | None = None,
        public: bool = False,
    ) -> ImportReport:
        """Makes a playlist of a file, or several. `folder` is where the file lies, for paths relative to it:
        absolute, or below the root of a library. `InvalidInput`, `TooLarge`."""
        lists = await asyncio.to_thread(files.read, data, kind)
        if self._elsewhere is not None:
            lists = [await known_by(self._elsewhere.outside, one) for one in lists]
        drafts = drafts_of(lists, name, folder)
        async with self._database.read() as connection:
            for draft in drafts:
                await draft.match(connection, caller)
        filled = [Filled(one.name, partial(one.items, caller=caller)) for one in drafts]
        views = await self._playlists.create_filled(caller, filled, public=public)
        reports = [_report(view, draft) for view, draft in zip(views, drafts, strict=True)]
        if self._elsewhere is not None:
            names = set(self._elsewhere.outside.names())
            for view, draft in zip(views, drafts, strict=True):
                if draft.unnamed(names):
                    await self._elsewhere.describing.start(caller, view.id)
        return reports[0]._replace(others=reports[1:])

    async def write(
        self,
        caller: Caller,
        playlist_id: PlaylistId,
        kind: str,
        *,
        paths: str = "relative",
        base: str = "",
        trusted: bool = False,
    ) -> Exported:
        """`paths`: `relative` to the roots of libraries, `native` (absolute, for admins and who is `trusted`
        like one: `Forbidden`), or `stream`, addresses that begin with `base` and need their own login."""
        if paths == "native" and not (trusted or caller.is_admin):
            raise Forbidden("Paths of the server are for administrators.")
        view = await self._playlists.playlist(caller, playlist_id)
        entries = await self._playlists.entries(caller, playlist_id)
        async with self._database.read() as connection:
            places = await _places(connection, entries, absolute=paths == "native")
            claimed = await _claimed(connection, entries)
        listed = [_entry(one, places, claimed, base if paths == "stream" else None) for one in entries]
        data = await asyncio.to_thread(files.write, PlaylistFile(view.name, listed), kind)
        return Exported(data, files.FORMATS[kind], f"{view.name}.{kind}")


def _report(view: PlaylistView, draft: Draft) -> ImportReport:
    methods = draft.methods()
    lost = [_unmatched(*one) for one in islice(draft.unmatched(), MOST_UNMATCHED)]
    return ImportReport(view, len(draft.entries), sum(methods.values()), dict(methods), lost, draft.skipped)


def _unmatched(entry: Entry, match: Match) -> Unmatched:
    path = None if entry.path is None else display(entry.path)
    title = entry.title or stem_of(entry)
    return Unmatched(entry.line, title, ", ".join(entry.artists), path or entry.url, match.method)


def _entry(
    one: PlaylistEntry,
    places: Mapping[UUID, bytes],
    claimed: Mapping[UUID, Claimed],
    base: str | None,
) -> Entry:
    track, claim = one.track, one.claim
    if track is not None:
        names = tuple(credit.name for credit in track.artists) or ((track.artist,) if track.artist else ())
        isrc = track.isrcs[0] if track.isrcs else None
        url = None if base is None else f"{base}/tracks/{track.id}/stream"
        path = None if url else places.get(track.id)
        return Entry(track.title, names, track.album, track.duration_ms, isrc, track.recording_mbid,
                     track.id, path, url, added_at=one.added_at)  # fmt: skip
    assert claim is not None
    held, link = claimed.get(claim.id, Claimed({}, None))
    title = None if claim.title == claims.UNNAMED else claim.title
    return Entry(title, claim.artists, claim.album, claim.duration_ms, claim.isrc, claim.recording_mbid,
                 None, claims.path_of(held), held.get("url"), link=link, added_at=one.added_at)  # fmt: skip


async def _places(
    connection: AsyncConnection, entries: Sequence[PlaylistEntry], *, absolute: bool
) -> dict[UUID, bytes]:
    """Of the preferred files, by track."""
    by_file = {one.track.file_id: one.track.id for one in entries if one.track and one.track.file_id}
    found: dict[UUID, bytes] = {}
    columns = (track_files.c.id, libraries.c.root, track_files.c.folder, track_files.c.name)
    for part in chunks(by_file):
        query = sa.select(*columns).join(libraries, libraries.c.id == track_files.c.library_id)
        for id_, root, folder, name in await connection.execute(query.where(track_files.c.id.in_(part))):
            place = os.path.join(folder, name)  # noqa: PTH118 - bytes
            found[by_file[id_]] = os.path.join(root or b"", place) if absolute else place  # noqa: PTH118
    return found


async def _claimed(connection: AsyncConnection, entries: Sequence[PlaylistEntry]) -> dict[UUID, Claimed]:
    ids = [one.claim.id for one in entries if one.track is None and one.claim]
    found: dict[UUID, Claimed] = {}
    for part in chunks(ids):
        query = sa.select(said.c.id, said.c.source_ids, said.c.source, said.c.source_id)
        for id_, held, source, key in await connection.execute(query.where(said.c.id.in_(part))):
            found[id_] = Claimed(held or {}, None if source is None else Link(source, key))
    return found
