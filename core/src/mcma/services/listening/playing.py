"""What is being played, by whom and where. Satisfies `mcma_plugins.services.Playing`.

Every player of a user has one row, which any server process may write. Plays that reports show are recorded
as listens of a source of their own, so that a client that reports the same play in another way adds none.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import InvalidInput, NotFound
from mcma.domain.playing import FOLLOWED_FOR, LONGEST_MS, Session, stepped
from mcma.services.catalogue.lookup import reachable
from mcma.services.catalogue.paging import rows_of
from mcma.services.listening import derive
from mcma.services.listening.recorded import Notify
from mcma.services.listening.recording import Recording
from mcma.services.listening.sessions import (
    LONGEST_NAME,
    REPORTED,
    client_of,
    player_of,
    session_of,
    sessions_of,
)
from mcma.store.access import library_ids
from mcma.store.clock import utcnow
from mcma.store.dialect import hold_catalogue, upsert
from mcma.store.engine import Database
from mcma.store.queries import listening as log
from mcma.store.queries.rows import track_view
from mcma.store.tables.listening import now_playing
from mcma_plugins.ids import TrackId
from mcma_plugins.playing import NowPlaying, PlaybackReport, PlayingState
from mcma_plugins.values import Caller, ItemKind, ListenReport

STILL_PLAYING = timedelta(minutes=1)
"""How long past its end a track is shown as playing."""
REMEMBERED = timedelta(days=1)
MOST = 200
"""Players that a list shows."""
MOST_PLAYERS = 50
"""Of one user; the one that was silent longest goes first."""
FASTEST, SLOWEST = 16.0, 1 / 16


class PlayingService:
    def __init__(self, database: Database, notify: Notify | None = None) -> None:
        self._database, self._notify = database, notify

    async def report(self, caller: Caller, report: PlaybackReport) -> None:
        """`NotFound` for a track the caller may not see; `InvalidInput` for absurd numbers."""
        if not 0 <= report.position_ms <= LONGEST_MS or not SLOWEST <= report.rate <= FASTEST:
            raise InvalidInput("A position is 0 or more milliseconds, a rate lies between 1/16 and 16.")
        await self._follow(caller, [report])

    async def announce(self, caller: Caller, track_id: TrackId) -> None:
        """Told from its start by a client that may say no more. One that reports has said it better."""
        states = (PlayingState.STARTING, PlayingState.PLAYING)
        await self._follow(caller, [PlaybackReport(track_id, one, counts=False) for one in states], True)

    async def now_playing(self, caller: Caller) -> Sequence[NowPlaying]:
        """Of everybody, as far as the caller may see the tracks; the last report first."""
        now = utcnow()
        async with self._database.read() as connection:
            query = log.playing_now(library_ids(caller), now - REMEMBERED, MOST)
            rows = await rows_of(connection, query, caller)
        return [shown for row in rows if (shown := _shown(row, now))]

    async def _follow(
        self, caller: Caller, reports: Sequence[PlaybackReport], announced: bool = False
    ) -> None:
        async with self._database.write() as transaction:
            connection = transaction.connection
            await hold_catalogue(connection)
            await derive.lock(connection, caller.user_id)
            track, length = await _meant(connection, caller, reports[0].track_id)
            players = _Players(await sessions_of(connection, caller.user_id), player_of(caller), utcnow())
            if not (announced and players.reports_on(track)):
                for report in reports:
                    players.take(report._replace(track_id=track), length)
            await _store(connection, caller, players)
            plays = [one for one in players.ended if one.is_play]
            told = [ListenReport(TrackId(one.track_id), one.started_at, one.heard_ms) for one in plays]
            if told:
                await Recording(transaction, caller, self._notify).listens(told, REPORTED)


class _Players:
    """Those of one user, and what reports to one of them change."""

    def __init__(self, held: dict[str, Session], mine: str, now: datetime) -> None:
        self.mine, self.now = mine, now
        self.session = held.pop(mine, None)
        self.changed = False
        lost = {name for name, one in held.items() if _is_lost(one, now)}
        over = {name for name, one in held.items() if one.reported_at < now - REMEMBERED}
        latest = sorted(held, key=lambda name: held[name].reported_at, reverse=True)
        self.gone = lost | over | set(latest[MOST_PLAYERS - 1 :])
        self.ended = [held[name] for name in sorted(self.gone) if _is_open(held[name])]
        """What no further report can change."""

    def reports_on(self, track: UUID) -> bool:
        held = self.session
        return held is not None and held.counting and held.track_id == track and held.is_followed(self.now)

    def take(self, report: PlaybackReport, duration_ms: int) -> None:
        step = stepped(self.session, report, duration_ms, self.now)
        if step.ended is not None:
            self.ended.append(step.ended)
        if step.now is not None:
            self.session, self.changed = step.now, True


def _is_open(one: Session) -> bool:
    return one.state is not PlayingState.STOPPED


def _is_lost(one: Session, now: datetime) -> bool:
    """Neither stopped nor heard of again."""
    return _is_open(one) and not one.is_followed(now)


async def _meant(connection: AsyncConnection, caller: Caller, track_id: UUID) -> tuple[TrackId, int]:
    """And its length."""
    found = await reachable(connection, caller, ItemKind.TRACK, [track_id])
    if track_id not in found:
        raise NotFound("There is no such track.")
    row = (await connection.execute(log.durations([found[track_id]]))).one()
    return row.id, row.duration_ms


async def _store(connection: AsyncConnection, caller: Caller, players: _Players) -> None:
    mine = now_playing.c.user_id == caller.user_id
    if players.gone:
        await connection.execute(sa.delete(now_playing).where(mine, now_playing.c.player.in_(players.gone)))
    if players.changed and players.session is not None:
        row = _row(caller, players.mine, players.session)
        await connection.execute(upsert(connection, now_playing, ["user_id", "player"]), [row])


def _row(caller: Caller, player: str, one: Session) -> dict[str, Any]:
    row = one._asdict()
    del row["duration_ms"]
    reported_at, state = row.pop("reported_at"), one.state.value
    client = client_of(caller)[:LONGEST_NAME]
    return {**row, "user_id": caller.user_id, "player": player, "client": client, "state": state,
            "updated_at": reported_at}  # fmt: skip


def shown_until(one: Session) -> datetime:
    if one.state is PlayingState.PLAYING:
        return one.ends_at + STILL_PLAYING
    return one.reported_at + FOLLOWED_FOR


def _shown(row: Any, now: datetime) -> NowPlaying | None:
    values = tuple(row)
    one = session_of(values)
    if now > shown_until(one):
        return None
    user, client, player = values[-len(Session._fields) - 3 : -len(Session._fields)]
    return NowPlaying(
        user, client, player, track_view(row), one.state, one.position_at(now), one.rate, one.started_at,
        one.reported_at,
    )  # fmt: skip
