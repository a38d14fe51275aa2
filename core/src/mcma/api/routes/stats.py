"""What there is and what was heard, in numbers."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import SignedIn
from mcma.api.inputs import Libraries, Moment
from mcma.api.openapi import area, told
from mcma.api.respond import answer
from mcma.api.routes._libraries import numbers_of
from mcma.services.catalogue.browse import Ask
from mcma.services.catalogue.filters import Filters
from mcma.services.catalogue.statistics import Share, Top

router = area("/stats", "catalogue")
_GENRES = 20
_MOST_PLAYED = 10
_MONTH = timedelta(days=30)


@router.get("", **told("Show what there is, in numbers", "Statistics"))
async def get_statistics(call: SignedIn, libraries: Libraries = None) -> Response:
    """Of the libraries I may see, and what I did. Sums are up to a minute old while a library changes."""
    numbers = await numbers_of(call, libraries)
    found = await call.services.statistics.library(call.caller, numbers)
    genres = await call.services.catalogue.genres(call.caller, numbers)
    mine = await call.services.statistics.mine(call.caller)
    most = await call.services.browse.list_tracks(
        call.caller, Filters(library_ids=libraries, played=True), Ask("-plays", limit=_MOST_PLAYED)
    )
    top = sorted(genres, key=lambda one: (-one.song_count, one.name))[:_GENRES]
    return answer(
        {
            **found._asdict(),
            "formats": _shares(found.formats, "suffix", "files", "size"),
            "decades": _shares(found.decades, "decade", "albums", "songs"),
            "months": _shares(found.months, "month", "albums", "songs"),
            "top_genres": [shapes.genre(one) for one in top],
            "mine": [one._asdict() for one in mine],
            "most_played": shapes.tracks(most.items),
        }
    )


@router.get("/listening", **told("Show what I listened to, in numbers", "ListeningStatistics"))
async def get_listening_statistics(
    call: SignedIn,
    since: Annotated[Moment | None, Query(description="30 days before `until` by default.")] = None,
    until: Annotated[Moment | None, Query(description="Now by default.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="Items of each kind.")] = 10,
) -> Response:
    """Plays of each day (in UTC), and what I played most: of what counted as played."""
    end = until or datetime.now(UTC)
    found = await call.services.statistics.listening(call.caller, since or end - _MONTH, end, limit=limit)
    return answer(
        {
            "since": since or end - _MONTH,
            "until": end,
            "plays": found.plays,
            "ms": found.ms,
            "days": [one._asdict() for one in found.days],
            "tracks": _top(found.tracks, "track", shapes.track),
            "albums": _top(found.albums, "album", shapes.album),
            "artists": _top(found.artists, "artist", shapes.artist),
        }
    )


def _shares(listed: Sequence[Share], *names: str) -> list[dict[str, Any]]:
    return [dict(zip(names, one, strict=True)) for one in listed]


def _top(listed: Sequence[Top], name: str, shape: Callable[[Any], Any]) -> list[dict[str, Any]]:
    return [{name: shape(one.item), "plays": one.plays, "ms": one.ms} for one in listed]
