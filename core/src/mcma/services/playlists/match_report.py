"""What became of the lines of a playlist that was made from what somebody says: found, to be looked at,
missing; how, how surely, and what speaks for it."""

import asyncio
from collections.abc import Mapping, Sequence, Set
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
    review: int
    """A person is asked about them."""
    missing: int
    methods: Mapping[str, int]
    """How those with a track were found."""


class ReportRow(NamedTuple):
    entry: PlaylistEntry
    state: str
    """matched, review or missing."""
    reasons: tuple[FieldReason, ...]
    """Of what was said and what was found, compared; empty where nothing was found."""


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
        asked = await self._asked(page.items)
        rows = await asyncio.to_thread(lambda: [_row(one, asked) for one in page.items])
        return MatchReport(counts, rows, page.next)

    async def _asked(self, entries: Sequence[PlaylistEntry]) -> set[UUID]:
        waits = [one.claim.id for one in entries if one.track is None and one.claim is not None]
        if not waits:
            return set()
        async with self._database.read() as connection:
            return set(await connection.scalars(playlist_entries.asked_about(waits)))

    async def counts(self, caller: Caller, playlist_id: PlaylistId) -> Counts:
        seen = sight(caller)
        async with self._database.read() as connection:
            await view_of(connection, caller, playlist_id)
            prepared = playlist_entries.matched(seen.scope)
            columns = await prepared.columns(connection, seen.values | {"playlist": playlist_id})
        rows: list[tuple[str | None, bool, int]] = list(zip(*columns, strict=True)) if columns else []
        methods = {method: count for method, _, count in sorted(rows, key=str) if method is not None}
        review, missing = (
            sum(count for method, asked, count in rows if method is None and bool(asked) is wanted)
            for wanted in (True, False)
        )
        return Counts(sum(methods.values()), review, missing, methods)


def _row(entry: PlaylistEntry, asked: Set[UUID]) -> ReportRow:
    if entry.track is not None:
        return ReportRow(entry, Rows.MATCHED, _reasons(entry))
    is_asked = entry.claim is not None and entry.claim.id in asked
    return ReportRow(entry, Rows.REVIEW if is_asked else Rows.MISSING, ())


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
