"""What became of the lines of a playlist that was made from what somebody says: found, to be looked at,
missing; how, how surely, and what speaks for it."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from mcma.domain.matching import Facts, FieldReason, compare
from mcma.services.playlists.playlist_edit import view_of
from mcma.services.playlists.playlists import PlaylistService
from mcma.store.access import sight
from mcma.store.engine import Database
from mcma.store.queries import playlist_entries
from mcma.store.queries.keyset import Key
from mcma.store.queries.playlist_entries import Rows
from mcma_plugins.ids import PlaylistId
from mcma_plugins.values import Caller, ClaimView, PlaylistEntry, TrackView


class Counts(NamedTuple):
    """Of rows that were made from claims."""

    matched: int
    missing: int
    methods: Mapping[str, int]
    """How those with a track were found."""


class ReportRow(NamedTuple):
    entry: PlaylistEntry
    reasons: tuple[FieldReason, ...]
    """Of what was said and what was found, compared; empty where nothing was found."""

    @property
    def state(self) -> str:
        return Rows.MISSING if self.entry.track is None else Rows.MATCHED


class MatchReport(NamedTuple):
    counts: Counts
    items: Sequence[ReportRow]
    next: Key | None


class MatchReports:
    def __init__(self, database: Database, playlists: PlaylistService) -> None:
        self._database, self._playlists = database, playlists

    async def report(
        self, caller: Caller, playlist_id: PlaylistId, state: str | None = None, after: Key | None = None,
        limit: int = 50,
    ) -> MatchReport:  # fmt: skip
        """A page of the rows, in the order of the playlist; a playlist that nobody claimed anything for has
        none. `NotFound`."""
        counts = await self.counts(caller, playlist_id)
        page = await self._playlists.page(
            caller, playlist_id, after, limit, which=Rows(state or Rows.CLAIMED)
        )
        rows = await asyncio.to_thread(lambda: [ReportRow(one, _reasons(one)) for one in page.items])
        return MatchReport(counts, rows, page.next)

    async def counts(self, caller: Caller, playlist_id: PlaylistId) -> Counts:
        seen = sight(caller)
        async with self._database.read() as connection:
            await view_of(connection, caller, playlist_id)
            prepared = playlist_entries.matched(seen.scope)
            columns = await prepared.columns(connection, seen.values | {"playlist": playlist_id})
        found: dict[str | None, int] = dict(zip(*columns, strict=True)) if columns else {}
        missing = found.pop(None, 0)
        methods = {str(method): count for method, count in sorted(found.items(), key=str)}
        return Counts(sum(methods.values()), missing, methods)


def _reasons(entry: PlaylistEntry) -> tuple[FieldReason, ...]:
    if entry.claim is None or entry.track is None:
        return ()
    return compare(_said(entry.claim), _found(entry.track, entry.claim.isrc)).reasons


def _said(claim: ClaimView) -> Facts:
    return Facts(claim.title, claim.artists, claim.album, claim.duration_ms, claim.isrc,
                 _text(claim.recording_mbid))  # fmt: skip


def _found(track: TrackView, isrc: str | None) -> Facts:
    """Of several codes the one that was said, if it is one of them."""
    names = tuple(credit.name for credit in track.artists) or ((track.artist,) if track.artist else ())
    code = isrc if isrc in track.isrcs else next(iter(track.isrcs), None)
    return Facts(track.title, names, track.album, track.duration_ms or None, code,
                 _text(track.recording_mbid))  # fmt: skip


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)
