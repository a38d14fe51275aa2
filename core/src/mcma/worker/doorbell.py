"""How a worker learns that there is something to do. It is a hint and nothing more: rows are the truth."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from mcma.services.jobs import Ringer
from mcma_plugins.ids import JobId


class Ear:
    """One listener's side of a doorbell."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._ids: set[JobId] = set()

    def notify(self, job_id: JobId | None = None) -> None:
        if job_id is not None:
            self._ids.add(job_id)
        self._event.set()

    async def heard(self, timeout: float) -> set[JobId]:
        """The jobs rung for since the last call; waits at most `timeout` seconds for a first one."""
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()
        heard, self._ids = self._ids, set()
        return heard


class Doorbell(Ringer, Protocol):
    """A broker that carries job ids. MAY lose a ring, ring twice, or wake who cannot run the job."""

    def listen(self) -> AbstractContextManager[Ear]:
        """An ear that hears everything from now on."""
        ...


class EmbeddedDoorbell:
    """Everybody in this process hears everything."""

    def __init__(self) -> None:
        self._ears: set[Ear] = set()

    async def ring(self, job_id: JobId, kind: str) -> None:
        for ear in self._ears:
            ear.notify(job_id)

    @contextmanager
    def listen(self) -> Iterator[Ear]:
        ear = Ear()
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)
