"""What the command line can have done with duplicates."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from mcma.control.following import followed
from mcma.domain.errors import InvalidInput, NotFound
from mcma.services.callers import SYSTEM
from mcma.services.identity.duplicates import DuplicateGroup
from mcma.wiring import Core
from mcma_plugins.ids import TrackId

Json = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]


async def list_(core: Core, tell: Tell, *, kind: str | None, dismissed: bool, limit: int) -> list[Json]:
    found = await core.services.sounds.duplicates.groups(SYSTEM, limit=limit, kind=kind, dismissed=dismissed)
    return [_told(one) for one in found]


async def show(core: Core, tell: Tell, *, group: str) -> Json:
    return _told(await core.services.sounds.duplicates.group(SYSTEM, _id(group)))


async def status(core: Core, tell: Tell) -> Json:
    return (await core.services.sounds.duplicates.summary(SYSTEM))._asdict()


async def merge(core: Core, tell: Tell, *, group: str, into: str | None) -> Json:
    winner = None if into is None else TrackId(_id(into))
    made = await core.services.sounds.duplicates.merge(SYSTEM, _id(group), winner)
    return {**made._asdict(), "merges": [one._asdict() for one in made.merges]}


async def dismiss(core: Core, tell: Tell, *, group: str) -> Json:
    return _told(await core.services.sounds.duplicates.dismiss(SYSTEM, _id(group)))


async def undo(core: Core, tell: Tell, *, id: str) -> Json:
    """Of a merge, or of a group that was dismissed."""
    try:
        return (await core.services.merges.undo(SYSTEM, _id(id)))._asdict()
    except NotFound:
        return _told(await core.services.sounds.duplicates.ask_again(SYSTEM, _id(id)))


async def find(core: Core, tell: Tell, *, again: bool, wait: bool = False) -> Json:
    job_id = await core.services.sounds.finding.start(SYSTEM, again=again)
    if not wait:
        return {"job_id": job_id, "state": "queued", "error": None, "report": None}
    view = await followed(core, job_id, "duplicates", tell)
    detail = await core.services.jobs.show(SYSTEM, job_id)
    return {"job_id": job_id, "state": view.state, "error": view.error, "report": detail.result}


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is no id.", hint="mcma duplicates list") from None


def _told(view: DuplicateGroup) -> Json:
    tracks = [{**one._asdict(), "files": [file._asdict() for file in one.files]} for one in view.tracks]
    return {**view._asdict(), "tracks": tracks}
