"""Fingerprinting as the host does it, by the real plugin or by whatever a test says."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from mcma.services.identity.duplicate_finding import DuplicateFinding
from mcma.services.identity.fingerprinting import Fingerprinting, FingerprintOffer
from mcma.services.identity.soundalikes import Soundalikes
from mcma_musicbrainz.fingerprinter import Chromaprint
from mcma_plugins.enrichers import Fingerprint, Fingerprinter
from mcma_plugins.ids import JobId
from tests.support.jobs import Workshop


class Direct:
    """Calls as the host makes them, without its limits."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    async def call(self, source: str, what: str, work: Callable[[], Awaitable[Any]], seconds: float) -> Any:
        return await work()

    def complain(self, source: str, complaint: str) -> None:
        self.complaints.append(complaint)


class Said:
    """A fingerprinter that knows its answers by the name of the file."""

    name = "said"

    def __init__(self, **answers: Fingerprint | Exception | object) -> None:
        self.answers, self.asked = answers, list[str]()

    async def fingerprint(self, path: Path) -> Fingerprint:
        self.asked.append(path.name)
        answer: Any = self.answers[path.stem]
        if isinstance(answer, Exception):
            raise answer
        return cast("Fingerprint", answer)  # also what is none


class Hearing:
    """The services, and their jobs run to the end."""

    def __init__(self, workshop: Workshop, *fingerprinters: Fingerprinter) -> None:
        self.workshop, self.told, self.calls = workshop, list[tuple[str, Any]](), Direct()
        self.fingerprinters: Sequence[Fingerprinter] = fingerprinters or (Chromaprint(),)
        self.soundalikes = Soundalikes(workshop.database, lambda hook, event: self.told.append((hook, event)))
        self.fingerprinting = Fingerprinting(
            workshop.database, workshop.jobs, self.soundalikes,
            lambda: [FingerprintOffer("ears", one) for one in self.fingerprinters], self.calls, 2,
        )  # fmt: skip
        self.finding = DuplicateFinding(workshop.database, workshop.jobs, self.soundalikes)

    async def run(self, kind: str) -> Any:
        """The result of a job of this kind."""
        return await self.done(kind, await self.workshop.jobs.submit(kind, {}, dedup_key=kind))

    async def done(self, kind: str, job: JobId) -> Any:
        kinds = (*self.fingerprinting.job_kinds(), *self.finding.job_kinds())
        runner = await self.workshop.runner(*(one for one in kinds if one.name == kind), lease=30.0)
        view = await self.workshop.over(JobId(UUID(str(job))))
        await runner.stop(0)
        assert view.state == "succeeded", view
        return (await self.workshop.row(job)).result
