"""What the command line can have done with reviews."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from mcma.control.callers import caller_named
from mcma.domain.errors import InvalidInput
from mcma.services.callers import SYSTEM
from mcma.services.matching.reviews import Filter
from mcma.services.matching.service import Choice
from mcma.services.matching.values import Thing
from mcma.wiring import Core
from mcma_plugins.ids import TrackId
from mcma_plugins.values import Caller

Json = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]


async def list_(core: Core, tell: Tell, *, user: str | None, state: str | None, limit: int) -> list[Json]:
    """The latest, of one user or of all."""
    found = await core.services.matching.page(await _who(core, user), Filter(state), None, limit)
    return [_told(one) for one in found.items]


async def show(core: Core, tell: Tell, *, claim: str) -> Json:
    return _told(await core.services.matching.show(SYSTEM, _id(claim)))


async def decide(
    core: Core, tell: Tell, *, claim: str, candidate: int | None, track: str | None, user: str | None
) -> Json:
    """`candidate` counts from 1, as `show` lists them. Neither: none of them."""
    caller, id_ = await _who(core, user), _id(claim)
    thing: Thing | UUID | None = None if track is None else Thing(TrackId(_id(track)))
    if candidate is not None:
        listed = (await core.services.matching.show(caller, id_)).candidates
        if not 1 <= candidate <= len(listed):
            raise InvalidInput(f"There are {len(listed)} candidates.", hint="mcma reviews show CLAIM")
        thing = listed[candidate - 1].id
    return _told(await core.services.matching.decide(caller, Choice(id_, thing)))


async def undo(core: Core, tell: Tell, *, claim: str, user: str | None) -> Json:
    return _told(await core.services.matching.undo(await _who(core, user), _id(claim)))


async def _who(core: Core, user: str | None) -> Caller:
    return SYSTEM if user is None else await caller_named(core, user)


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is no id.", hint="mcma reviews list") from None


def _told(view: Any) -> Json:
    candidates = [one._asdict() for one in view.candidates]
    return {**view._asdict(), "claim": view.claim._asdict(), "candidates": candidates}
