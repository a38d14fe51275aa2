"""From changes to lines: `{"seq", "scope", "type", "id", "op", "rev", "data"}`, of both."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.sync.kinds import Data, Kinds, type_of
from mcma.services.sync.scopes import SyncScope
from mcma.store.queries import sync_items
from mcma.store.queries.sync import DEL, Change
from mcma_plugins.values import Caller

Line = dict[str, Any]
_DOCS = frozenset({"details", "profile", "track_ids", "rules", "claim_artists", "value"})


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
            made.append(_there(change, *held))
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
    told = kinds.told[kind]
    prepared, values = sync_items.told_by_ids(told, ids)
    columns = await prepared.columns(connection, {**values, sync_items.USER: caller.user_id})
    if not columns:
        return {}
    names, shape = told.columns, SHAPES.get(kind) or kinds.shapes.get(kind, _plain)
    items, revs, *rest = columns
    rows = zip(*(_read(name, column) for name, column in zip(names, rest, strict=True)), strict=True)
    return {
        item: (rev, shape(dict(zip(names, row, strict=True))))
        for item, rev, row in zip(items, revs, rows, strict=True)
    }


def _read(name: str, column: Sequence[Any]) -> Sequence[Any]:
    """Documents stay text on SQLite."""
    if name not in _DOCS:
        return column
    return [orjson.loads(one) if isinstance(one, str) else one for one in column]


def _plain(data: Data) -> Data:
    return data


def _credited(data: Data) -> Data:
    """Of a track or an album: who made it and what it sounds like, out of its document."""
    details = data.pop("details") or {}
    data["artists"] = [
        {"id": id_, "name": name, "join": join} for id_, name, join in details.get("artists", ())
    ]
    data["genres"] = details.get("genres", [])
    return data


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


def _set(data: Data) -> Data:
    data["value"] = (data["value"] or {}).get("is")
    return data


SHAPES: Final[Mapping[str, Callable[[Data], Data]]] = {
    "track": _credited, "album": _credited, "track_file": _filed, "playlist": _listed,
    "playlist_item": _placed, "user_setting": _set, "download": _placed,
}  # fmt: skip


def _head(change: Change) -> Line:
    scope = SyncScope(change.scope, change.scope_id)
    return {
        "seq": change.seq, "scope": str(scope), "type": type_of(change.kind), "id": change.item_id,
        "op": change.op,
    }  # fmt: skip


def _there(change: Change, rev: int | None, data: Data) -> Line:
    """`rev` is the item's, where it has one: it is the same in every scope."""
    return {**_head(change), "rev": change.rev if rev is None else rev, "data": data}


def _gone(change: Change) -> Line:
    return {
        **_head(change), "rev": change.rev, "reason": change.reason, "replaced_by": change.replaced_by
    }  # fmt: skip
