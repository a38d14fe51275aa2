"""Asks for all that a playlist waits for, each in the way that asking for one has (`placing`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mcma.domain.claiming import Link, Said
from mcma.domain.errors import Conflict
from mcma.services.claims.claims import UNNAMED
from mcma.services.claims.lookup import Wanted
from mcma.services.downloading.queueing import TRACK, Starting
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.wanted.placing import Answer, Wish, ask
from mcma.store.clock import new_id
from mcma.store.dialect import hold_catalogue
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries.keyset import Key
from mcma.store.queries.people import lock_user
from mcma.store.queries.playlist_entries import Rows
from mcma.store.tables.wanted import FOR_APPROVAL
from mcma_plugins.ids import PlaylistId
from mcma_plugins.jobs import Priority
from mcma_plugins.values import Caller, ClaimView

PORTION = 25
"""Asked for in one transaction."""


@dataclass(slots=True)
class Asked:
    """What became of the rows that were looked at, each recording once."""

    asked: int = 0
    """For the first time now."""
    waiting_for_approval: int = 0
    """Of those."""
    known: int = 0
    """Asked for before."""
    here: int = 0
    over_quota: int = 0
    """Not asked for: it is more than one may have got in a day."""
    over_room: int = 0
    """Not asked for: more requests wait than one may have."""
    unnamed: int = 0
    """Nothing is known of it but its id in a source that cannot get it here."""
    next: Key | None = None
    """Where the rows go on that were not looked at."""

    def count(self, answer: Answer) -> None:
        self.here += answer.id is None
        self.known += answer.id is not None and not answer.made
        self.asked += answer.made
        self.waiting_for_approval += answer.made and answer.waiting_for == FOR_APPROVAL


class MissingRequests:
    def __init__(self, database: Database, playlists: PlaylistService, starting: Starting) -> None:
        self._database, self._playlists, self._starting = database, playlists, starting

    async def ask(
        self, caller: Caller, playlist_id: PlaylistId, after: Key | None = None, limit: int = 200
    ) -> Asked:
        """For the rows of a playlist that are missing, so many of them. Asking again asks for nothing twice.
        `NotFound`."""
        page = await self._playlists.page(caller, playlist_id, after, limit, which=Rows.MISSING)
        told = Asked(next=page.next)
        claims = {one.claim.id: one.claim for one in page.items if one.claim is not None}
        wishes = [wish for wish in map(self._wish, claims.values()) if wish is not None]
        told.unnamed = len(claims) - len(wishes)
        for part in _portions(wishes):
            async with self._database.write() as transaction:
                await hold_catalogue(transaction.connection)
                await lock_user(transaction.connection, caller.user_id)
                for wish in part:
                    await self._one(transaction, caller, wish, told)
        return told

    def _wish(self, claim: ClaimView) -> Wish | None:
        """From where it is known, if that is a source that can get it; else by what it is said to be."""
        link = None if claim.source is None else Link(claim.source, claim.source_id or "")
        said = Said(claim.title, claim.artists, claim.album, claim.duration_ms)
        wanted = Wanted(said, claim.isrc, claim.recording_mbid, link=link)
        if link is not None and self._gets(link):
            named = None if claim.title == UNNAMED else wanted
            return Wish(link.source, link.source_id, named, priority=Priority.BULK)
        return None if claim.title == UNNAMED else Wish(wanted=wanted, priority=Priority.BULK)

    def _gets(self, link: Link) -> bool:
        offered = self._starting.offer(link.source, TRACK) is not None
        return offered and self._starting.accepts(link.source, TRACK, link.source_id)

    async def _one(self, transaction: WriteTransaction, caller: Caller, wish: Wish, told: Asked) -> None:
        try:
            async with transaction.connection.begin_nested():
                told.count(await ask(transaction, caller, new_id(), wish, self._starting))
        except Conflict as refused:
            if refused.stable_code == "quota_exceeded":
                told.over_quota += 1
            elif refused.stable_code == "too_large":
                told.over_room += 1
            else:
                raise


def _portions(wishes: Sequence[Wish]) -> Iterable[Sequence[Wish]]:
    return (wishes[start : start + PORTION] for start in range(0, len(wishes), PORTION))
