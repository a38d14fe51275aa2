"""Operations on what plugins know of music."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from mcma.control.following import followed
from mcma.domain.errors import InvalidInput
from mcma.domain.words import counted
from mcma.services.callers import SYSTEM
from mcma.services.enriching.requesting import Selection
from mcma.services.enriching.reviews import Filter, ItemName, RunView
from mcma.services.enriching.standings import StandingFilter
from mcma.services.enriching.values import Change
from mcma.wiring import Core
from mcma_plugins.values import ItemKind, ItemRef

Json = dict[str, Any]
Names = Mapping[ItemRef, ItemName]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
_KINDS = (ItemKind.ALBUM, ItemKind.TRACK, ItemKind.ARTIST)


async def ask(
    core: Core,
    tell: Tell,
    *,
    items: Sequence[Sequence[str]],
    library: str | None = None,
    folder: str | None = None,
    everything: bool = False,
    enrichers: Sequence[str] | None = None,
    dry_run: bool = False,
    wait: bool = False,
) -> Json:
    """`items` are pairs of a kind and an id. With `wait`, once it is over; progress is told meanwhile."""
    named = [ItemRef(ItemKind(kind), _id(id_)) for kind, id_ in items]
    where = None if library is None else (await core.services.libraries.find(SYSTEM, library)).id
    wanted = Selection(named, where, everything, (), enrichers or None, dry_run, folder)
    job_id = await core.services.enrichment.ask(SYSTEM, wanted)
    if not wait:
        return {"job": job_id, "state": "queued"}
    view = await followed(core, job_id, "enriching", tell, unit="item")
    detail = await core.services.jobs.show(SYSTEM, job_id)
    result = await _with_titles(core, detail.result) if dry_run else detail.result
    return {"job": job_id, "state": view.state, "error": view.error, "result": result}


async def status(core: Core, _: Tell) -> list[Json]:
    return [one._asdict() for one in await core.services.enrichment.overview(SYSTEM)]


async def reviews(
    core: Core, _: Tell, *, outcome: str | None = "review", enricher: str | None = None, limit: int = 50
) -> list[Json]:
    most = max(1, min(limit, 500))
    found = await core.services.enrichment.page(SYSTEM, Filter(outcome, enricher), None, most)
    return [_row(one) for one in found.items]


async def list_(
    core: Core,
    _: Tell,
    *,
    state: str | None = None,
    enricher: str | None = None,
    kind: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Json:
    """`after` is the `next` of the page before."""
    asked = StandingFilter(state, enricher, None if kind is None else ItemKind(kind))
    place = None if after is None else _place(after)
    found = await core.services.enrichment.items(SYSTEM, asked, place, max(1, min(limit, 500)))
    items = [
        {"item": _item(one.item, one.name), **one.stands._asdict()} for one in found.items
    ]  # fmt: skip
    return {"items": items, "next": None if found.next is None else "/".join(map(str, found.next))}


async def show(core: Core, _: Tell, *, run: str) -> Json:
    view = await core.services.enrichment.show(SYSTEM, _id(run))
    items = {change.item for one in view.candidates for change in one.changes or ()}
    return _row(view, await core.services.enrichment.names(SYSTEM, items))


async def accept(core: Core, _: Tell, *, run: str, candidate: int) -> Json:
    """`candidate` counts from 1, as `show` lists them."""
    chosen = await _chosen(core, run, candidate)
    return _row(await core.services.enrichment.accept(SYSTEM, _id(run), chosen))


async def refuse(core: Core, _: Tell, *, run: str, candidate: int | None = None) -> Json:
    chosen = None if candidate is None else await _chosen(core, run, candidate)
    return _row(await core.services.enrichment.refuse(SYSTEM, _id(run), chosen))


async def undo(core: Core, _: Tell, *, run: str) -> Json:
    return _row(await core.services.enrichment.undo(SYSTEM, _id(run)))


async def _chosen(core: Core, run: str, candidate: int) -> UUID:
    listed = (await core.services.enrichment.show(SYSTEM, _id(run))).candidates
    if not 1 <= candidate <= len(listed):
        raise InvalidInput(f"It has {counted(len(listed), 'candidate')}.", hint="mcma enrich show ANSWER")
    return listed[candidate - 1].id


async def _with_titles(core: Core, result: Any) -> Any:
    if not result:
        return result
    changes = [change for answer in result["answers"] for change in answer.get("changes") or ()]
    items = {ItemRef(ItemKind(one["kind"]), UUID(one["id"])): one for one in changes}
    names = await core.services.enrichment.names(SYSTEM, items.keys())
    for one in changes:
        one["title"] = _title(names, ItemRef(ItemKind(one["kind"]), UUID(one["id"])))
    return result


def _title(names: Names, item: ItemRef) -> str | None:
    return names[item].title if item in names else None


def _row(view: RunView, names: Names = MappingProxyType({})) -> Json:
    candidates = [
        {**one._asdict(), "reasons": [list(reason) for reason in one.reasons],
         "changes": None if one.changes is None else [_change(change, names) for change in one.changes]}
        for one in view.candidates
    ]  # fmt: skip
    return {**view._asdict(), "item": _item(view.item, view.name), "candidates": candidates}


def _item(item: ItemRef, name: ItemName | None) -> Json:
    named = {"title": None, "artist": None} if name is None else name._asdict()
    return {"kind": item.kind.value, "id": item.id, **named}


def _place(said: str) -> tuple[str, UUID]:
    enricher, _, id_ = said.partition("/")
    return enricher, _id(id_)


def _change(change: Change, names: Names) -> Json:
    item = {"kind": change.item.kind.value, "id": change.item.id, "title": _title(names, change.item)}
    return {**change._asdict(), "item": item}


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError:
        raise InvalidInput(f"{said!r} is no id.", hint="mcma enrich reviews") from None


OPERATIONS: Mapping[str, Any] = {
    "enrich.ask": ask,
    "enrich.status": status,
    "enrich.reviews": reviews,
    "enrich.list": list_,
    "enrich.show": show,
    "enrich.accept": accept,
    "enrich.refuse": refuse,
    "enrich.undo": undo,
}
