"""From changes to lines: `{"seq", "scope", "type", "id", "op", "rev", "data"}`, of both."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.sync.cursors import Page
from mcma.services.sync.kinds import Data, Kinds, type_of
from mcma.services.sync.scopes import SyncScope
from mcma.store.queries import sync_items
from mcma.store.queries.prepared import Columns
from mcma.store.queries.sync import DEL, PUT, Change
from mcma.store.queries.sync_items import Told
from mcma.store.types import Id, Json
from mcma_plugins.values import Caller

Line = dict[str, Any]
_AT_ONCE = 500
"""Items of one query: the next larger one would take 5,000 values, most of them for nothing."""
_DETAILS = "details"
"""A document that is never told as it is."""


async def lines(
    connection: AsyncConnection, caller: Caller, found: Sequence[Change], kinds: Kinds
) -> list[Line]:
    """Without those whose item went between the change and now: they come again, as gone."""
    loaded = await _loaded(connection, caller, found, kinds)
    made: list[Line] = []
    for change in found:
        held = None if change.op == DEL else loaded.get(change.kind, {}).get(change.item_id)
        if change.op == DEL:
            made.append(_gone(change))
        elif held is not None:
            rev, data = held
            made.append({**_head(change), "rev": change.rev if rev is None else rev, "data": data})
    return made


async def current(
    connection: AsyncConnection, caller: Caller, kind: str, ids: Sequence[UUID]
) -> dict[UUID, Data]:
    """The `data` of items as they are now, with their `rev`, as plain JSON: ids and times are text."""
    found = await _of_kind(connection, caller, kind, ids, Kinds()) if ids else {}
    return {item: plain({**data, "rev": rev}) for item, (rev, data) in found.items()}


def plain(data: Data) -> Data:
    made: Data = orjson.loads(orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z))
    return made


class Portion(NamedTuple):
    """Some items of one kind, in order, and their lines, to be gone through once."""

    items: Sequence[UUID]
    lines: Iterator[Line]


async def present(
    connection: AsyncConnection, caller: Caller, scope: SyncScope, page: Page, most: int, kinds: Kinds
) -> Portion:
    """What is there of one kind in one scope, by id."""
    told = kinds.told.get(page.kind)
    asked = {"scope": scope.name, "id": scope.id, "item": page.item, "most": most}
    columns = told and await sync_items.present(page.kind, told).columns(
        connection, {**asked, sync_items.USER: caller.user_id}
    )
    if not columns:
        return Portion((), iter(()))
    return Portion(columns[1], _put(str(scope), page.kind, kinds, columns))


def _put(scope: str, kind: str, kinds: Kinds, columns: Columns) -> Iterator[Line]:
    seqs, items, revs, *rest = columns
    type_, data = type_of(kind), _data(kind, kinds, rest)
    for seq, id_, rev, one in zip(seqs, map(str, items), revs, data, strict=True):
        yield {"seq": seq, "scope": scope, "type": type_, "id": id_, "op": PUT, "rev": rev, "data": one}


async def _loaded(
    connection: AsyncConnection, caller: Caller, found: Iterable[Change], kinds: Kinds
) -> Mapping[str, Mapping[UUID, tuple[int | None, Data]]]:
    wanted: dict[str, dict[UUID, None]] = defaultdict(dict)
    for change in found:
        if change.op != DEL and change.kind in kinds.told:
            wanted[change.kind][change.item_id] = None
    return {kind: await _of_kind(connection, caller, kind, list(ids), kinds) for kind, ids in wanted.items()}


async def _of_kind(
    connection: AsyncConnection, caller: Caller, kind: str, ids: Sequence[UUID], kinds: Kinds
) -> dict[UUID, tuple[int | None, Data]]:
    held: dict[UUID, tuple[int | None, Data]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        prepared, values = sync_items.told_by_ids(kinds.told[kind], ids[start : start + _AT_ONCE])
        columns = await prepared.columns(connection, {**values, sync_items.USER: caller.user_id})
        if columns:
            items, revs, *rest = columns
            held |= zip(items, zip(revs, _data(kind, kinds, rest), strict=True), strict=True)
    return held


def _data(kind: str, kinds: Kinds, columns: Columns) -> Iterable[Data]:
    """Of whole columns, in the order of the kind's: a snapshot spends its time here."""
    told, shape = kinds.told[kind], SHAPES.get(kind) or kinds.shapes.get(kind)
    names, readers = told.columns, _readers(told)
    read = [reader(column) for reader, column in zip(readers, columns, strict=True)]
    rows = (dict(zip(names, row, strict=True)) for row in zip(*read, strict=True))
    return map(shape, rows) if shape else rows


_Reader = Callable[[Sequence[Any]], Iterable[Any]]


@lru_cache(128)
def _readers(told: Told) -> tuple[_Reader, ...]:
    """How each column becomes what is sent: ids are text, documents what they say."""
    return tuple(map(_reader, told.columns, [source.type for source in told.sources]))


def _reader(name: str, type_: object) -> _Reader:
    if isinstance(type_, Id):
        return _texts
    return _documents if type_ is Json and name != _DETAILS else iter


def _texts(column: Sequence[Any]) -> Iterable[Any]:
    if None in column:
        return [None if one is None else str(one) for one in column]
    return map(str, column)


def _documents(column: Sequence[Any]) -> Iterable[Any]:
    return [None if one is None else orjson.loads(one) for one in column]


OF_TRACKS: Final = ("moods", "groupings", "isrcs", "work", "movement", "remix_of")
"""Of their documents, besides who made them; most tracks have none of them."""
_SELDOM: Final = ("recording_mbid", "bpm", "lyrics_digest")
OF_ALBUMS: Final = ("labels", "catalog_numbers", "release_types")


def _track(data: Data) -> Data:
    data |= _said(data.pop(_DETAILS) or "{}")
    for name in _SELDOM:
        if data[name] is None:
            del data[name]
    return data


@lru_cache(4096)
def _said(details: str) -> Data:
    """The tracks of an album share it: it is told, never written to."""
    found = orjson.loads(details)
    said = _credited(found) | {name: found[name] for name in OF_TRACKS if name in found}
    if "contributors" in found:
        said["contributors"] = [
            {"role": role, "id": id_, "name": name, "detail": detail}
            for role, id_, name, detail in found["contributors"]
        ]
    return said


def _album(data: Data) -> Data:
    """What it is, who brought it out, and what its discs are called."""
    found = orjson.loads(data.pop(_DETAILS) or "{}")
    data |= _credited(found) | {name: found.get(name, []) for name in OF_ALBUMS}
    data["disc_titles"] = [{"disc": disc, "title": title} for disc, title in found.get("disc_titles", ())]
    if "moods" in found:
        data["moods"] = found["moods"]
    return data


def _credited(found: Data) -> Data:
    """Who made it and what it sounds like."""
    artists = [{"id": id_, "name": name, "join": join} for id_, name, join in found.get("artists", ())]
    return {"artists": artists, "genres": found.get("genres", [])}


def _filed(data: Data) -> Data:
    data["sha256"] = None if data["sha256"] is None else bytes(data["sha256"]).hex()
    return data


def _listed(data: Data) -> Data:
    data["public"] = data.pop("visibility") == "public"
    return data


_SAID = ("title", "artists", "album", "duration_ms", "isrc")


def _placed(data: Data) -> Data:
    """What is said of a recording that is not here (yet)."""
    said = {name: data.pop(f"claim_{name}") for name in _SAID}
    data["claim"] = None if data["claim_id"] is None else said
    return data


def _queued(data: Data) -> Data:
    """The index may have been said of other tracks than the ones that stand."""
    count, current = len(data["track_ids"] or ()), data["current_index"]
    data["current_index"] = None if current is None or not count else min(current, count - 1)
    return data


def _set(data: Data) -> Data:
    data["value"] = (data["value"] or {}).get("is")
    return data


SHAPES: Final[Mapping[str, Callable[[Data], Data]]] = {
    "track": _track, "album": _album, "track_file": _filed, "playlist": _listed,
    "playlist_item": _placed, "user_setting": _set, "play_queue": _queued, "download": _placed,
    "review": _placed,
}  # fmt: skip


def _head(change: Change) -> Line:
    scope = SyncScope(change.scope, change.scope_id)
    return {
        "seq": change.seq, "scope": str(scope), "type": type_of(change.kind), "id": str(change.item_id),
        "op": change.op,
    }  # fmt: skip


def _gone(change: Change) -> Line:
    winner = None if change.replaced_by is None else str(change.replaced_by)
    return {**_head(change), "rev": change.rev, "reason": change.reason, "replaced_by": winner}
