"""Playlists from files and as files. Lines that nothing is found for stay as claims, in their place."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.claim_paths import parts_of
from mcma.domain.claiming import Said
from mcma.domain.errors import Forbidden
from mcma.media import playlists as files
from mcma.media.playlists import Entry, PlaylistFile
from mcma.services.catalogue.lookup import chunks
from mcma.services.claims import claims
from mcma.services.claims.matching import Match, Matcher, Wanted
from mcma.services.indexing.values import display
from mcma.services.playlists.playlist_rows import NewItem
from mcma.services.playlists.playlists import PlaylistService
from mcma.store.engine import Database
from mcma.store.tables.catalogue import libraries, track_files
from mcma.store.tables.listening import claims as said
from mcma_plugins.ids import PlaylistId, TrackId
from mcma_plugins.values import Caller, PlaylistEntry, PlaylistView

UNNAMED = "Imported"
MOST_UNMATCHED = 1000
"""Lines that a report lists."""
_LONGEST_NAME = 200
_INT4 = 2**31


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
    """How many were found by id, path, path_folded, isrc, mbid and name."""
    unmatched: Sequence[Unmatched]
    """They are kept as claims; the first `MOST_UNMATCHED`."""


class Exported(NamedTuple):
    data: bytes
    content_type: str
    name: str
    """A file name to offer."""


class PlaylistFiles:
    def __init__(self, database: Database, playlists: PlaylistService) -> None:
        self._database, self._playlists = database, playlists

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
        """Makes a playlist of a file. `folder` is where the file lies, for paths that are relative to it:
        absolute, or below the root of a library. `InvalidInput`, `TooLarge`."""
        found = await asyncio.to_thread(files.read, data, kind)
        wanted = [_wanted(entry, folder) for entry in found.entries]
        async with self._database.read() as connection:
            matches = await Matcher(connection, caller).match(wanted)
        urls = [entry.url for entry in found.entries]

        async def filling(connection: AsyncConnection) -> list[NewItem]:
            return await _items(connection, caller, wanted, urls, matches)

        title = (name or found.name or UNNAMED)[:_LONGEST_NAME]
        view = await self._playlists.create(caller, title, public=public, filling=filling)
        return _report(view, found.entries, matches)

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
            sources = await _claimed(connection, entries)
        listed = [_entry(one, places, sources, base if paths == "stream" else None) for one in entries]
        data = await asyncio.to_thread(files.write, PlaylistFile(view.name, listed), kind)
        return Exported(data, files.FORMATS[kind], f"{view.name}.{kind}")


async def _items(
    connection: AsyncConnection,
    caller: Caller,
    wanted: Sequence[Wanted],
    urls: Sequence[str | None],
    matches: Sequence[Match],
) -> list[NewItem]:
    """Rows in the order of the lines; those without a track get a claim."""
    waits = [place for place, match in enumerate(matches) if match.track_id is None]
    made = await claims.make(
        connection, caller, [wanted[place] for place in waits], [urls[place] for place in waits]
    )
    claimed = dict(zip(waits, made, strict=True))
    return [
        NewItem(None if match.track_id is None else TrackId(match.track_id), claimed.get(place))
        for place, match in enumerate(matches)
    ]


def _wanted(entry: Entry, folder: bytes | None) -> Wanted:
    path = entry.path
    if path is not None and folder is not None and not path.startswith(b"/"):
        joined = b"/".join(parts_of(folder + b"/" + path))
        path = b"/" + joined if folder.startswith(b"/") else joined
    title = entry.title or _stem(entry)
    duration = entry.duration_ms if entry.duration_ms and entry.duration_ms < _INT4 else None
    said = Said(title, entry.artists, entry.album, duration)
    return Wanted(said, entry.isrc, entry.recording_mbid, entry.track_id, path)


def _stem(entry: Entry) -> str:
    if entry.path is None:
        return (entry.url or "").rstrip("/").rpartition("/")[2]
    name = entry.path.rpartition(b"/")[2].decode("utf-8", "replace")
    return name.rpartition(".")[0] or name


def _report(view: PlaylistView, entries: Sequence[Entry], matches: Sequence[Match]) -> ImportReport:
    methods = Counter(match.method for match in matches if match.track_id is not None)
    lost = list(_unmatched(entries, matches))
    return ImportReport(view, len(entries), sum(methods.values()), dict(methods), lost[:MOST_UNMATCHED])


def _unmatched(entries: Sequence[Entry], matches: Sequence[Match]) -> Iterator[Unmatched]:
    for entry, match in zip(entries, matches, strict=True):
        if match.track_id is None:
            path = None if entry.path is None else display(entry.path)
            title = entry.title or _stem(entry)
            yield Unmatched(entry.line, title, ", ".join(entry.artists), path or entry.url, match.method)


def _entry(
    one: PlaylistEntry,
    places: Mapping[UUID, bytes],
    sources: Mapping[UUID, Mapping[str, str]],
    base: str | None,
) -> Entry:
    track, claim = one.track, one.claim
    if track is not None:
        names = tuple(credit.name for credit in track.artists) or ((track.artist,) if track.artist else ())
        isrc = track.isrcs[0] if track.isrcs else None
        url = None if base is None else f"{base}/tracks/{track.id}/stream"
        path = None if url else places.get(track.id)
        return Entry(track.title, names, track.album, track.duration_ms, isrc, track.recording_mbid,
                     track.id, path, url)  # fmt: skip
    assert claim is not None
    held = sources.get(claim.id) or {}
    return Entry(claim.title, claim.artists, claim.album, claim.duration_ms, claim.isrc, claim.recording_mbid,
                 None, claims.path_of(held), held.get("url"))  # fmt: skip


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


async def _claimed(
    connection: AsyncConnection, entries: Sequence[PlaylistEntry]
) -> dict[UUID, Mapping[str, str]]:
    ids = [one.claim.id for one in entries if one.track is None and one.claim]
    found: dict[UUID, Mapping[str, str]] = {}
    for part in chunks(ids):
        query = sa.select(said.c.id, said.c.source_ids).where(said.c.id.in_(part))
        found |= {id_: held for id_, held in await connection.execute(query) if held}
    return found
