"""What to fetch for the pins: as the server plans it, or, for files as they are, as the copy knows it."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from mcma_client import items
from mcma_client.api import Api
from mcma_client.errors import BadAnswer, ClientError, Refused
from mcma_client.overlay import Overlay
from mcma_client.store import Store

KINDS = ("track", "album", "artist", "playlist", "genre", "likes")
ORIGINAL = "original"
READY, HELD, FAILED = "ready", "held", "failed"
_OPEN = ("queued", "making", "waiting")
_MOST_PINS, _MOST_HAD = 500, 20_000
_NO_PLAN = (404, 405, 413)
"""A server of old, or more tracks than it plans at once."""
_BELOW = re.compile(r".*/api/v1(/files/[0-9a-f-]{36}/(?:content|renditions/[a-z0-9-]{1,40}))")
_ID = re.compile(r"[0-9a-f-]{36}")
_SUFFIX = re.compile(r"[a-z0-9]{1,10}")


class Pin(NamedTuple):
    """`likes` has no id."""

    kind: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


class Wish(NamedTuple):
    """How music is kept here: in which format, a profile of the server's, and in how many bytes."""

    format: str = ORIGINAL
    budget: int | None = None


class Entry(NamedTuple):
    track_id: str
    file_id: str
    path: str
    """Below `/api/v1`."""
    etag: str | None
    """Of the bytes, when they are there."""
    size: int | None
    """In bytes, where it is exact."""
    suffix: str
    pins: tuple[str, ...]
    state: str
    reason: str | None = None

    @property
    def original(self) -> bool:
        return self.path.endswith("/content")


class Missing(NamedTuple):
    """What cannot be had: a track, or a pin. `here` may stay what is: its volume is away."""

    named: str
    said: str
    here: bool = False


class Plan(NamedTuple):
    entries: list[Entry]
    missing: list[Missing]
    left_out: int = 0
    poll_after: float | None = None

    @property
    def open(self) -> int:
        return sum(one.state in _OPEN for one in self.entries)


_WHY = {
    "deleted": "It was deleted.",
    "unknown": "There is no such thing there, or it is not yours to see.",
    "file_missing": "Its file cannot be reached on the server now.",
}


def planned(api: Api, store: Store, pins: Sequence[Pin], wish: Wish, have: Sequence[str]) -> Plan:
    """`have`: ids of files that are here in this format. Has what is not there yet made."""
    if not pins:
        return Plan([], [])
    if len(pins) > _MOST_PINS and wish.format == ORIGINAL:
        return by_copy(store, pins, wish)
    asked = {
        "pins": [{"kind": pin.kind, **({"id": pin.id} if pin.id else {})} for pin in pins],
        "profile": wish.format, "budget_bytes": wish.budget, "have": list(have[:_MOST_HAD]), "start": True,
    }  # fmt: skip
    try:
        told = api.post("/offline/plan", lambda: asked)
    except Refused as error:
        if error.status not in _NO_PLAN or wish.format != ORIGINAL:
            raise
        return by_copy(store, pins, wish)
    return _plan(told, pins)


def _plan(told: Any, pins: Sequence[Pin]) -> Plan:
    try:
        entries = [_entry(one, pins) for one in told["entries"]]
        missing = [_missing(one, pins) for one in told["missing"] if one["reason"] in _WHY]
        poll = told["poll_after"]
        return Plan(entries, missing, int(told["totals"]["left_out"]), None if poll is None else float(poll))
    except (KeyError, TypeError, IndexError, ValueError, OverflowError):
        raise BadAnswer("The server's plan is not as the protocol says.") from None


def _entry(one: dict[str, Any], pins: Sequence[Pin]) -> Entry:
    """What an address says of its host is not believed: tokens go where one is logged in, and names become
    those of files."""
    below, etag = _BELOW.fullmatch(one["url"]), one["etag"]
    named = [one["track_id"], one["file_id"], *([] if etag is None else [etag])]
    if below is None or not _SUFFIX.fullmatch(one["suffix"]) or not all(map(_ID.fullmatch, named)):
        raise ValueError("no address or no id")
    if etag is None and one["state"] == READY:
        raise ValueError("nothing to go on with")
    size = None if one["estimated"] else int(one["size"])
    wanted = tuple(str(pins[place]) for place in one["pins"])
    return Entry(one["track_id"], one["file_id"], below[1], etag, size, one["suffix"], wanted, one["state"],
                 one["reason"])  # fmt: skip


def _missing(one: dict[str, Any], pins: Sequence[Pin]) -> Missing:
    named = one["track_id"] or ", ".join(str(pins[place]) for place in one["pins"])
    return Missing(str(named), _WHY[one["reason"]], one["reason"] == "file_missing")


def by_copy(store: Store, pins: Sequence[Pin], wish: Wish) -> Plan:
    """Files as they are, of what the copy knows; artists and genres need the server's plan."""
    plan, tracks, room = Plan([], []), dict[str, list[str]](), wish.budget
    for pin in pins:
        for track in _tracks(store, pin):
            tracks.setdefault(track, []).append(str(pin))
    for track, wanted in tracks.items():
        found = items.get(store, "track@1", track)
        file_id = str(found.data.get("file_id")) if found else ""
        if not _ID.fullmatch(file_id):
            plan.missing.append(Missing(track, "There is no such track, or it has no file now."))
            continue
        entry = original(store, track, file_id, tuple(wanted))
        if room is not None and entry.size is not None:
            room -= entry.size
        if room is not None and room < 0:
            return plan._replace(left_out=len(tracks) - len(plan.entries))
        plan.entries.append(entry)
    return plan


def original(store: Store, track_id: str, file_id: str, wanted: tuple[str, ...]) -> Entry:
    file = items.get(store, "track_file@1", file_id)
    size, suffix = (file.data.get("size"), str(file.data.get("suffix"))) if file else (None, "")
    known = suffix if _SUFFIX.fullmatch(suffix) else "audio"
    path = f"/files/{file_id}/content"
    return Entry(track_id, file_id, path, file_id, size, known, wanted, READY)


def _tracks(store: Store, pin: Pin) -> list[str]:
    if pin.kind == "track":
        return [items.resolved(store, "track@1", pin.id)]
    if pin.kind == "album":
        album = items.resolved(store, "album@1", pin.id)
        return [one.id for one in items.listed(store, "track@1", album)]
    if pin.kind == "playlist":
        return Overlay(store).tracks(pin.id)
    if pin.kind == "likes":
        return [one.id for one in Overlay(store).liked("track")]
    raise ClientError(f"This server does not plan what is taken along: {pin} cannot be kept here.")
