"""How a worker learns that there is something to do. It is a hint and nothing more: rows are the truth."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from mcma.services.jobs import Ringer
from mcma_plugins.ids import JobId


class Ear:
    """One listener's side of a doorbell."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._ids: set[JobId] = set()
        self.full = False
        """Whether its owner could take no more jobs at its last look: a broker had better wake another."""

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

    kind: str
    """What it is, for people: embedded or redis."""

    @property
    def fault(self) -> str | None:
        """Why it does not ring now, for people; None while it does."""
        ...

    def listen(self, kinds: Collection[str] = ()) -> AbstractContextManager[Ear]:
        """An ear that hears from now on: what is rung for everybody, and its share of what is rung for
        whoever runs one of `kinds`."""
        ...


class EmbeddedDoorbell:
    """Everybody in this process hears everything."""

    def __init__(self) -> None:
        self._ears: set[Ear] = set()

    kind, fault = "embedded", None

    async def ring(self, job_id: JobId, kind: str, *, everybody: bool = False) -> None:
        self.notify([job_id])

    def notify(self, ids: Collection[JobId]) -> None:
        """Everybody looks, for these jobs or (without any) for whatever there is."""
        for ear in self._ears:
            ear.notify()
            for job_id in ids:
                ear.notify(job_id)

    @contextmanager
    def listen(self, kinds: Collection[str] = ()) -> Iterator[Ear]:
        ear = Ear()
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)
