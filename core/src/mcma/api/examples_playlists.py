"""Examples of answers about playlists that come from elsewhere."""

from datetime import datetime
from typing import Any
from uuid import UUID

from mcma.api import shapes
from mcma.domain.matching import FieldReason
from mcma.services.playlists.match_report import ReportRow
from mcma.services.playlists.playlist_origins import Origin
from mcma.services.wanted.missing import Asked
from mcma_plugins.ids import PlaylistItemId
from mcma_plugins.values import ClaimView, PlaylistEntry, PlaylistView, TrackView

_ITEM = PlaylistItemId(UUID("019353a0-0000-7000-8000-00000000000e"))
_UNMATCHED = {
    "line": 5, "title": "Little Girl Blue", "artist": "Nina Simone", "path": "Blue/01.flac",
    "reason": "unknown",
}  # fmt: skip
_ORIGIN = Origin(
    "youtube", "playlist", "PL1234567890", True, "https://music.youtube.com/playlist?list=PL1234567890",
    "2026-11-20T18:30:00Z",
)  # fmt: skip
_JOB = "019353a0-0000-7000-8000-00000000000b"
_REASON = FieldReason("title", 1.0, "the same title")


def playlist_examples(
    at: datetime, playlist: PlaylistView, track: TrackView, claim: ClaimView
) -> dict[str, Any]:
    said = claim._replace(match_method="name", match_score=0.9)
    row = shapes.match_report_row(
        ReportRow(PlaylistEntry(_ITEM, track, at, "V0000V", said), "matched", (_REASON,))
    )
    return {
        "UnmatchedLine": _UNMATCHED,
        "PlaylistImport": {
            "playlist": shapes.playlist(playlist), "entries": 2, "matched": 1, "methods": {"path": 1},
            "unmatched": [_UNMATCHED], "skipped": 0, "others": [],
        },
        "PlaylistOrigin": _ORIGIN.kept(),
        "PlaylistLink": {
            "playlist": shapes.playlist(playlist._replace(origin=_ORIGIN.kept())), "job_id": _JOB,
        },
        "PlaylistRefresh": {"job_id": _JOB},
        "MissingAnswer": shapes.missing(Asked(asked=12, waiting_for_approval=12, known=3), None),
        "FieldReason": _REASON._asdict(),
        "MatchReportRow": row,
        "MatchReport": {
            "matched": 1, "review": 0, "missing": 0, "methods": {"name": 1}, "items": [row], "next": None,
        },
    }  # fmt: skip
