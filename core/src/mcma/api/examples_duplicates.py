"""What duplicates look like in the document."""

from typing import Any

from mcma.api import shapes_duplicates as shapes
from mcma.services.identity.duplicates import DuplicateFile, DuplicateGroup, DuplicateTrack, Merged, Summary
from mcma.services.identity.merges import MergeView
from mcma_plugins.values import ItemKind, TrackView, UserView


def duplicate_examples(track: TrackView, user: UserView) -> dict[str, Any]:
    at, id_ = user.created_at, track.id
    flac = DuplicateFile(
        id_, "Nina Simone/Little Girl Blue/11 Little Girl Blue.flac", "flac", True, 812, 44100, 16,
        26_700_000, 263_000, False, 0.9958,
    )  # fmt: skip
    mp3 = flac._replace(
        file_id=user.id, path="Unsorted/little girl blue.mp3", codec="mp3", lossless=False, bit_rate_kbps=192,
        bit_depth=None, size=6_300_000,
    )  # fmt: skip
    one = DuplicateTrack(
        id_, track.title, "Nina Simone", "Little Girl Blue", track.library_id, "Music", False, (flac,)
    )
    other = one._replace(track_id=user.id, album=None, files=(mp3,))
    group = DuplicateGroup(id_, "recording", 0.9958, at, None, None, (one, other))
    merge = MergeView(
        id_, ItemKind.TRACK, user.id, track.title, id_, track.title, "by hand", user.id, at, None, True
    )
    shown = shapes.group(group)
    return {
        "DuplicateGroup": shown, "DuplicateTrack": shown["tracks"][0],
        "DuplicateFile": shown["tracks"][0]["files"][0],
        "DuplicatePage": {"items": [shown], "next": None},
        "DuplicateSummary": Summary(9120, 3, 0, None)._asdict(),
        "DuplicatesMerged": shapes.merged(Merged(id_, id_, (merge,), ())),
    }  # fmt: skip
