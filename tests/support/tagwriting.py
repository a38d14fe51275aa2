"""An inbox whose imported files get tags written into them."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from mcma.domain.facts import FileFacts, TagFacts
from mcma.media.tags import read_file
from mcma.services.callers import SYSTEM
from mcma.services.catalogue.edits import Edits
from mcma.services.covers import Covers
from mcma.services.jobs import Jobs
from mcma.services.tagwriting import Picked, TagWriting
from mcma.services.tagwriting.service import allowed_fields
from mcma.store.engine import Database
from mcma.store.tables.machinery import jobs as job_rows
from mcma.store.tables.tag_writing import tag_writes
from mcma.worker.doorbell import EmbeddedDoorbell
from mcma_plugins.ids import TrackId
from mcma_plugins.values import ItemKind
from tests.support.importing import Inbox, NewJob


class Pen:
    def __init__(self, inbox: Inbox, allowed: str = "all") -> None:
        self.inbox, self.kept, self.database = inbox, inbox.kept, inbox.database
        self.covers = Covers(inbox.database, inbox.kept.root.parent.parent / "artwork")
        self.allow(allowed)

    def allow(self, words: str) -> None:
        self.service = TagWriting(
            self.database, Jobs(self.database, EmbeddedDoorbell()), self.inbox.managed, self.covers,
            self.inbox._hear, allowed_fields(words.split()),
        )  # fmt: skip

    async def say(self, title: str, /, **values: Any) -> None:
        """A person edits the track of that title."""
        track = await self.kept.track(title)
        await Edits(self.database, self.inbox._hear).edit_track(SYSTEM, TrackId(track.id), values)

    async def picked(self, *titles: str) -> list[Picked]:
        return [Picked(ItemKind.TRACK, (await self.kept.track(title)).id) for title in titles]

    async def write(self, *titles: str, fields: list[str] | None = None) -> dict[str, Any]:
        """The result of the job."""
        return await self.run(await self.service.start(SYSTEM, await self.picked(*titles), fields))

    async def undo(self, id_: UUID) -> dict[str, Any]:
        return await self.run(await self.service.undo(SYSTEM, id_))

    async def run(self, job_id: UUID) -> dict[str, Any]:
        [row] = await self.kept.rows(job_rows, job_rows.c.id == job_id)
        return await self.work(TagJob(job_id, row.payload))

    async def work(self, job: "TagJob") -> dict[str, Any]:
        [kind] = self.service.job_kinds()
        return dict(await kind.handler(job) or {})

    async def writes(self) -> list[Any]:
        return await self.kept.rows(tag_writes)

    def path(self, place: str) -> Path:
        return self.kept.root / place

    async def only_path(self) -> Path:
        [path] = await self.inbox.paths()
        return self.path(path)

    def tags(self, path: Path) -> TagFacts:
        facts = read_file(os.fsencode(path))
        assert isinstance(facts, FileFacts), facts
        return facts.tags


class TagJob(NewJob):
    def __init__(self, id_: UUID, payload: Mapping[str, Any]) -> None:
        self.id = id_  # type: ignore[assignment]
        self.payload = MappingProxyType(dict(payload))
        self.lines: list[str] = []

    async def log(self, line: str) -> None:
        self.lines.append(line)


async def pen_on(database: Database, folder: Path) -> Pen:
    return Pen(await Inbox(database, folder).create())
