"""What the command line can have searched."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from mcma.control.callers import caller_named
from mcma.domain.errors import InvalidInput
from mcma.services.callers import SYSTEM
from mcma.services.outside.searching import Answer, Outside
from mcma.wiring import Core
from mcma_plugins.sources import SourceKind
from mcma_plugins.values import AlbumView, ArtistView, Caller, ItemKind, SearchQuery, TrackView, Window

Json = dict[str, Any]
Tell = Callable[[Mapping[str, Any]], Awaitable[None]]
LIBRARY = "library"


async def search(
    core: Core,
    tell: Tell,
    *,
    text: str,
    user: str | None = None,
    kinds: Sequence[str] = ("track", "album", "artist"),
    sources: Sequence[str] | None = None,
    outside: bool = True,
    limit: int = 10,
) -> list[Json]:
    """One answer of the library, and one of each source, each told as it comes: all that search, or those in
    `sources`."""
    caller = SYSTEM if user is None else await caller_named(core, user)
    wanted = _kinds(kinds)
    if not text.strip() or not 1 <= limit <= 100:
        raise InvalidInput("Say what to look for, and a limit of 1 to 100.")
    answers = [await _library(core, caller, text, wanted, limit)]
    await tell(answers[0])
    if outside:
        async for one in core.services.outside_search.every(caller, text, wanted, limit, sources):
            answers.append(_told(one))
            await tell(answers[-1])
    return answers


def _kinds(said: Sequence[str]) -> list[SourceKind]:
    try:
        return [SourceKind(one) for one in said]
    except ValueError:
        raise InvalidInput("A kind is track, album, artist or playlist.") from None


async def _library(core: Core, caller: Caller, text: str, kinds: Sequence[SourceKind], limit: int) -> Json:
    def window(kind: ItemKind) -> Window:
        return Window(limit if kind.value in kinds else 0, 0)

    query = SearchQuery(text, window(ItemKind.ARTIST), window(ItemKind.ALBUM), window(ItemKind.TRACK), None)
    found = await core.services.catalogue.search(caller, query)
    items = [_track(one) for one in found.tracks]
    items += [_album(one) for one in found.albums]
    items += [_artist(one) for one in found.artists]
    return {"source": LIBRARY, "ok": True, "state": "ready", "reason": None, "items": items}


def _track(one: TrackView) -> Json:
    return {
        "kind": "track", "id": str(one.id), "title": one.title, "artists": one.artist, "album": one.album,
        "duration_ms": one.duration_ms, "quality": _quality(one.suffix, one.bit_rate_kbps), "relation": None,
    }  # fmt: skip


def _album(one: AlbumView) -> Json:
    return {
        "kind": "album", "id": str(one.id), "title": one.title, "artists": one.artist, "album": None,
        "duration_ms": one.duration_ms, "quality": None, "relation": None,
    }  # fmt: skip


def _artist(one: ArtistView) -> Json:
    return {
        "kind": "artist", "id": str(one.id), "title": one.name, "artists": None, "album": None,
        "duration_ms": None, "quality": None, "relation": None,
    }  # fmt: skip


def _told(one: Answer) -> Json:
    fault = one.fault
    return {
        "source": one.source, "ok": fault is None, "state": "ready" if fault is None else fault.state,
        "reason": None if fault is None else fault.reason, "items": [_outside(each) for each in one.items],
    }  # fmt: skip


def _outside(one: Outside) -> Json:
    item, known = one.item, one.known
    audio = item.audio
    here = known.track_id or known.album_id or known.artist_id
    return {
        "kind": item.kind.value, "id": item.source_id, "title": item.title,
        "artists": ", ".join(item.artists) or None, "album": item.album, "duration_ms": item.duration_ms,
        "quality": None if audio is None else _quality(audio.codec, audio.bit_rate_kbps),
        "relation": known.relation.value, "here": None if here is None else str(here), "url": item.url,
    }  # fmt: skip


def _quality(codec: str | None, rate: int | None) -> str | None:
    return " ".join(part for part in (codec, str(rate) if rate else "") if part) or None
