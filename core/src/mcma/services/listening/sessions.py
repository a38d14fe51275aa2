"""What is known of a user's players, and what that says of plays that are reported without a time."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.playing import Session
from mcma.domain.plays import SAME_PLAY_S
from mcma.store.clock import utcnow
from mcma.store.queries import listening as log
from mcma_plugins.playing import PlayingState
from mcma_plugins.values import Caller

REPORTED = "playback"
"""Source of listens that a player's reports of its state came to."""
LATELY = timedelta(minutes=2)
"""How long after a play has ended a client may take to report it without a time."""
LONGEST_NAME = 100


def client_of(caller: Caller) -> str:
    """PostgreSQL takes no NUL in text."""
    return caller.client.replace("\0", "")


def player_of(caller: Caller) -> str:
    """The device, or the client's name where no device is known."""
    return str(caller.device_id) if caller.device_id else client_of(caller)[:LONGEST_NAME]


async def sessions_of(connection: AsyncConnection, user: UUID) -> dict[str, Session]:
    """By player."""
    rows = await connection.execute(log.players_of(user))
    return {row.player: session_of(tuple(row)) for row in rows}


def session_of(values: Sequence[Any]) -> Session:
    """The last columns of a row."""
    found = Session(*values[-len(Session._fields) :])
    return found._replace(state=PlayingState(found.state))


async def beginnings(
    connection: AsyncConnection, caller: Caller, tracks: Collection[UUID]
) -> dict[UUID, datetime]:
    """When plays of these began that are reported now, as far as the player has told.

    So one without a time lands on the play it is about, however often it is sent.
    """
    now = utcnow()
    lately = log.lately_played(caller.user_id, list(tracks), REPORTED, now - LATELY)
    found: dict[UUID, datetime] = {row.track_id: row.at for row in await connection.execute(lately)}
    session = (await sessions_of(connection, caller.user_id)).get(player_of(caller))
    if session is not None and session.track_id in tracks and _is_meant(session, now):
        found[session.track_id] = session.started_at
    return found


def _is_meant(one: Session, now: datetime) -> bool:
    if one.state is PlayingState.STOPPED:
        return now <= one.reported_at + LATELY
    if one.state is PlayingState.PLAYING:
        return now <= one.ends_at + timedelta(seconds=SAME_PLAY_S)
    return one.is_followed(now)
