"""What the command line can have done with tags of files."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from mcma.control.following import followed
from mcma.domain.errors import InvalidInput
from mcma.services.callers import SYSTEM
from mcma.services.tagwriting import FilePreview, Picked, TagWriteView
from mcma.services.tagwriting.listing import WriteFilter
from mcma.wiring import Core
from mcma_plugins.ids import JobId
from mcma_plugins.values import ItemKind

Json = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
_MOST_FILES = 1000
"""Of a dry run."""


async def write(
    core: Core,
    tell: Tell,
    *,
    items: Sequence[Sequence[str]],
    fields: Sequence[str] | None,
    dry_run: bool,
    wait: bool,
) -> Json:
    """`items`: kind and id of each; a library by its name."""
    picked = [await _picked(core, kind, said) for kind, said in items]
    if dry_run:
        return {"files": await _would_change(core, picked, fields)}
    return await _job(core, tell, await core.services.tag_writing.start(SYSTEM, picked, fields), wait=wait)


async def list_(core: Core, _: Tell, *, track: str | None, run: str | None, limit: int) -> list[Json]:
    only = WriteFilter(None if track is None else _id(track), None if run is None else _id(run))
    found = await core.services.tag_writing.page(SYSTEM, only, limit=limit)
    return [_told(one) for one in found]


async def undo(core: Core, tell: Tell, *, id: str, wait: bool) -> Json:
    return await _job(core, tell, await core.services.tag_writing.undo(SYSTEM, _id(id)), wait=wait)


async def _would_change(core: Core, picked: Sequence[Picked], fields: Sequence[str] | None) -> list[Json]:
    found: list[Json] = []
    after: UUID | None = None
    while len(found) < _MOST_FILES:
        page = await core.services.tag_writing.preview(SYSTEM, picked, fields, after=after)
        found += [_told(one) for one in page.files]
        after = page.next
        if after is None:
            break
    return found[:_MOST_FILES]


async def _job(core: Core, tell: Tell, job_id: JobId, *, wait: bool) -> Json:
    if not wait:
        return {"job": job_id, "state": "queued", "error": None, "report": None}
    view = await followed(core, job_id, "tags", tell)
    detail = await core.services.jobs.show(SYSTEM, job_id)
    return {"job": job_id, "state": view.state, "error": view.error, "report": detail.result}


async def _picked(core: Core, kind: str, said: str) -> Picked:
    if kind == "library":
        return Picked(None, (await core.services.libraries.find(SYSTEM, said)).id)
    return Picked(ItemKind(kind), _id(said))


def _told(one: FilePreview | TagWriteView) -> Json:
    return {**one._asdict(), "changes": [change._asdict() for change in one.changes]}


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is no id.", hint="mcma tags list") from None
