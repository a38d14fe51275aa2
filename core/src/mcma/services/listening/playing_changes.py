"""When what is playing changes: another track, another state, a player that fell silent.

Reports of a position alone are no change: positions between two reports are worked out by whoever shows them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from mcma.services.listening.playing import MOST, REMEMBERED, shown_until
from mcma.services.listening.sessions import session_of
from mcma.services.looking import Looking
from mcma.store.clock import utcnow
from mcma.store.engine import Database
from mcma.store.queries import listening as log

EVERY = 0.5
"""Seconds."""

Shown = Mapping[tuple[object, ...], UUID]
"""What each player plays, and the library that it is in."""


class PlayingChanges:
    """One look for all who follow in this process, and only while somebody does."""

    def __init__(self, database: Database, every: float = EVERY) -> None:
        self._database = database
        self._looking = Looking(self._look, every)
        self._told: set[Callable[[Shown], None]] = set()
        self._last: Shown | None = None

    @contextmanager
    def followed(self, tell: Callable[[Shown], None]) -> Iterator[None]:
        if not self._told:
            self._last = None
        self._told.add(tell)
        if self._last is not None:
            tell(self._last)
        try:
            with self._looking.awaited():
                yield
        finally:
            self._told.discard(tell)

    async def _look(self) -> None:
        now = utcnow()
        async with self._database.read() as connection:
            rows = (await connection.execute(log.players_now(now - REMEMBERED, MOST))).all()
        shown: dict[tuple[object, ...], UUID] = {}
        for library, user, player, *session in rows:
            one = session_of(session)
            if now <= shown_until(one):
                shown[(user, player, one.track_id, one.state, one.rate, one.started_at)] = library
        if shown != self._last:
            self._last = shown
            for tell in list(self._told):
                tell(shown)

    async def close(self) -> None:
        await self._looking.close()
