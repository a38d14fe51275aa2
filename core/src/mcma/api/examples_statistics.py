"""Examples of answers in numbers."""

from datetime import datetime
from typing import Any

from mcma.api import shapes
from mcma_plugins.values import AlbumView, ArtistView, GenreView, TrackView


def statistics_examples(
    at: datetime, track: TrackView, album: AlbumView, artist: ArtistView, genre: GenreView
) -> dict[str, Any]:
    share = {"suffix": "flac", "files": 9100, "size": 240_000_000_000}
    decade, month = ({name: value, "albums": 40, "songs": 480} for name, value in
                     (("decade", "1960"), ("month", "2026-11")))  # fmt: skip
    mine = {"kind": "track", "liked": 120, "rated": 40, "played": 900, "plays": 4200}
    day, heard = {"day": "2026-11-20", "plays": 12, "ms": 2_900_000}, {"plays": 12, "ms": 7_428_000}
    tops = {
        "TopTrack": {"track": shapes.track(track), **heard},
        "TopAlbum": {"album": shapes.album(album), **heard},
        "TopArtist": {"artist": shapes.artist(artist), **heard},
    }
    return {
        "FormatShare": share, "DecadeShare": decade, "MonthShare": month, "Mine": mine, "DayPlays": day,
        **tops,
        "Statistics": {
            "songs": 10_000, "albums": 830, "artists": 412, "genres": 31, "labels": 77,
            "duration_ms": 2_400_000_000, "size": 260_000_000_000, "formats": [share], "decades": [decade],
            "months": [month], "top_genres": [shapes.genre(genre)], "mine": [mine],
            "most_played": [shapes.track(track)],
        },
        "ListeningStatistics": {
            "since": at, "until": at, **heard, "days": [day], "tracks": [tops["TopTrack"]],
            "albums": [tops["TopAlbum"]], "artists": [tops["TopArtist"]],
        },
    }  # fmt: skip
