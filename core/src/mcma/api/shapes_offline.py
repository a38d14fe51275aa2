"""Plans for offline listening as answers."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from mcma.services.offline.entries import Entry
from mcma.services.offline.pins import Missing
from mcma.services.offline.plans import Plan

Shape = dict[str, Any]


def plan(made: Plan, path: Callable[[str], str]) -> Shape:
    return {
        "entries": [entry(one, path) for one in made.entries],
        "missing": [_missing(one) for one in made.missing],
        "unneeded": [str(one) for one in made.unneeded],
        "totals": asdict(made.totals),
        "jobs": [str(one) for one in made.jobs],
        "poll_after": made.poll_after,
        "kept_until": made.kept_until,
    }


def entry(one: Entry, path: Callable[[str], str]) -> Shape:
    file = f"/files/{one.file_id}"
    url = path(f"{file}/content" if one.profile is None else f"{file}/renditions/{one.profile}")
    return {
        "track_id": str(one.track_id), "file_id": str(one.file_id), "pins": list(one.pins), "url": url,
        "etag": None if one.etag is None else str(one.etag), "size": one.size, "estimated": one.estimated,
        "content_type": one.content_type, "suffix": one.suffix, "duration_ms": one.duration_ms,
        "profile": one.profile or "original", "state": one.state.value, "reason": one.reason,
    }  # fmt: skip


def _missing(one: Missing) -> Shape:
    ids = {"track_id": one.track_id, "item_id": one.item_id}
    named = {name: None if id_ is None else str(id_) for name, id_ in ids.items()}
    return {
        "pins": list(one.pins),
        "reason": one.reason.value,
        **named,
        "title": one.title,
        "artist": one.artist,
    }
