"""What a plugin's processes share of services outside: turns, pauses, and answers that were got once."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from math import isfinite

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from mcma.domain.texts import storable
from mcma.store.dialect import database_now, insert_ignoring, upsert
from mcma.store.engine import Database
from mcma.store.queries.jobs import database_time
from mcma.store.tables.enriching import remote_answers, remote_turns
from mcma_plugins.errors import McmaError, RetryLater

LONGEST_WAIT = 60.0
"""Seconds that somebody is kept waiting for a turn."""
LONGEST_PAUSE = 86_400.0
"""Whoever asks for more is asked again after a day. Beyond it only a clock that was set back can lie."""
LONGEST_KEEP = timedelta(days=3650)
LARGEST = 1024 * 1024
"""Bytes of an answer."""
LONGEST_NAME = 200
_LATE, _LATEST = 0.1, 0.05
"""Of the time between two turns, and seconds, that somebody may be late."""
_TRIES = 3
_log = structlog.get_logger(__name__)


class PluginRemote:
    """Satisfies `mcma_plugins.remote.Remote`. Its writes are those of work that nobody waits for: a scan
    takes no smaller steps because of them, and on a full disk they are refused first."""

    def __init__(self, database: Database, plugin: str) -> None:
        self._database, self._plugin = database, plugin

    async def turn(self, service: str, every: float) -> None:
        """Whoever is held up on the way (a slow disk, a busy machine) takes another turn: going now would be
        too close to the next one."""
        step = _seconds(every, LONGEST_PAUSE)
        for _ in range(_TRIES):
            due = await self._claimed(_named(service), step)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() - due <= max(step * _LATE, _LATEST):
                break

    async def _claimed(self, service: str, step: float) -> float:
        """The moment of the turn, by this process's own clock. Who dies before it has only left it unused."""
        mine = self._service(service)
        with _or_later():
            async with self._database.write(bulk=True) as transaction:
                connection = transaction.connection
                row = {"plugin": self._plugin, "service": service, "next_at": await database_time(connection)}
                await connection.execute(insert_ignoring(connection, remote_turns), [row])
                query = sa.select(remote_turns.c.next_at).where(mine).with_for_update()
                following = (await connection.execute(query)).scalar_one()
                now, here = await database_time(connection), time.monotonic()
                wait = max(0.0, (following - now).total_seconds())
                wait = 0.0 if wait > LONGEST_PAUSE else wait
                if wait <= LONGEST_WAIT:
                    at = now + timedelta(seconds=wait + step)
                    await connection.execute(sa.update(remote_turns).where(mine).values(next_at=at))
        if wait > LONGEST_WAIT:
            raise RetryLater(f"{service} is left alone for a while.", after=wait, code="rate_limited")
        return here + wait

    async def pause(self, service: str, seconds: float) -> None:
        name = _named(service)
        with _or_later():
            async with self._database.write(bulk=True) as transaction:
                connection = transaction.connection
                pause = timedelta(seconds=_seconds(seconds, LONGEST_PAUSE))
                until = await database_time(connection) + pause
                row = {"plugin": self._plugin, "service": name, "next_at": until}
                await connection.execute(insert_ignoring(connection, remote_turns), [row])
                later = sa.update(remote_turns).where(self._service(name), remote_turns.c.next_at < until)
                await connection.execute(later.values(next_at=until))

    async def recall(self, key: str) -> bytes | None:
        try:
            async with self._database.read() as connection:
                query = sa.select(remote_answers.c.answer).where(
                    remote_answers.c.plugin == self._plugin,
                    remote_answers.c.key_hash == _hash(key),
                    remote_answers.c.expires_at > database_now(connection),
                )
                found: bytes | None = await connection.scalar(query)
        except (McmaError, SQLAlchemyError, OSError) as error:
            _log.warning("answer_not_recalled", plugin=self._plugin, error=type(error).__name__)
            return None
        return found

    async def remember(self, key: str, answer: bytes, keep: timedelta) -> None:
        """An answer that cannot be kept is still an answer."""
        if len(answer) > LARGEST or keep <= timedelta(0):
            return
        try:
            async with self._database.write(bulk=True) as transaction:
                now = await database_time(transaction.connection)
                row = {"plugin": self._plugin, "key_hash": _hash(key), "answer": answer, "kept_at": now,
                       "expires_at": now + min(keep, LONGEST_KEEP)}  # fmt: skip
                statement = upsert(transaction.connection, remote_answers, ("plugin", "key_hash"))
                await transaction.connection.execute(statement, [row])
        except (McmaError, SQLAlchemyError, OSError) as error:
            _log.warning("answer_not_kept", plugin=self._plugin, error=type(error).__name__)

    def _service(self, service: str) -> sa.ColumnElement[bool]:
        return sa.and_(remote_turns.c.plugin == self._plugin, remote_turns.c.service == service)


@contextmanager
def _or_later() -> Iterator[None]:
    """A database that is locked, full or away is a bad moment, and no fault of the plugin's."""
    try:
        yield
    except (McmaError, SQLAlchemyError, OSError) as error:
        said = error.message if isinstance(error, McmaError) else "The database is busy."
        raise RetryLater(said, code="database") from error


def _named(service: str) -> str:
    """As both databases keep it; what they would not, or only at length, goes by its hash."""
    try:
        return storable(service) if len(service) <= LONGEST_NAME else _hash(service).hex()
    except ValueError:
        return _hash(service).hex()


def _seconds(said: float, most: float) -> float:
    return min(max(said, 0.0), most) if isfinite(said) else 0.0


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
