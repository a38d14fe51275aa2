"""Things of sources outside, and sources, on the wire."""

from datetime import datetime
from typing import Any

from mcma.services.outside.faults import UNKNOWN, WORDS, SourceFault
from mcma.services.outside.health import SourceView
from mcma.services.outside.relations import Known
from mcma.services.outside.searching import Answer, Outside
from mcma_plugins.sources import SourceItem

Shape = dict[str, Any]


def outside(one: Outside) -> Shape:
    return {"source": one.source, **item(one.item), "known": known(one.known)}


def item(one: SourceItem) -> Shape:
    return {
        "kind": one.kind.value, "source_id": one.source_id, "title": one.title, "artists": list(one.artists),
        "album": one.album, "album_id": one.album_id, "track": one.track_number, "disc": one.disc_number,
        "year": one.year, "duration_ms": one.duration_ms, "track_count": one.track_count, "isrc": one.isrc,
        "recording_mbid": one.recording_mbid, "audio": None if one.audio is None else one.audio._asdict(),
        "artwork_url": one.artwork_url, "url": one.url, "fetchable": one.fetchable, "extra": dict(one.extra),
    }  # fmt: skip


def known(one: Known) -> Shape:
    return {
        "relation": one.relation.value, "track_id": _id(one.track_id), "album_id": _id(one.album_id),
        "artist_id": _id(one.artist_id), "score": one.score, "songs": one.songs,
    }  # fmt: skip


def source_answer(one: Answer, *, told_all: bool) -> Shape:
    """`told_all`: in the plugin's own words."""
    fault = one.fault
    return {
        "source": one.source, "ok": fault is None, "state": "ready" if fault is None else fault.state,
        "reason": None if fault is None else _reason(fault, told_all),
        "retry_after_s": None if fault is None else fault.retry_after,
        "items": [outside(each) for each in one.items],
    }  # fmt: skip


def _reason(fault: SourceFault, told_all: bool) -> str:
    return fault.reason if told_all else WORDS.get(fault.state, UNKNOWN)


def source(view: SourceView, *, told_all: bool) -> Shape:
    health = view.health
    until = health.details.get("until")
    return {
        "name": view.name, "ok": health.ok, "state": health.state,
        "reason": health.reason if told_all or health.ok else WORDS.get(health.state),
        "until": _time(until),
        "details": dict(health.details) if told_all else {},
        "abilities": view.abilities._asdict(),
    }  # fmt: skip


def _id(value: Any) -> str | None:
    return None if value is None else str(value)


def _time(said: object) -> datetime | None:
    """What a source tells of itself is text; what is no time is left out."""
    try:
        found = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return None if found.tzinfo is None else found
