"""Examples of what sources answer."""

from typing import Any
from uuid import UUID

from mcma.api import shapes_outside
from mcma.services.outside.health import SourceAbilities, SourceView
from mcma.services.outside.relations import Known, Relation
from mcma.services.outside.searching import Answer, Outside
from mcma_plugins.sources import OutsideAudio, SourceHealth, SourceItem, SourceKind


def outside_examples(track: UUID) -> dict[str, Any]:
    """By the name of the schema."""
    health = SourceHealth(True, "ready")
    abilities = SourceAbilities(
        ("album", "artist", "playlist", "track"), shows=True, fetches=True, links=True
    )
    source = shapes_outside.source(SourceView("youtube", health, abilities), told_all=True)
    known = Known(Relation.OWNED_BETTER, track_id=track, score=0.97)
    answer = shapes_outside.source_answer(
        Answer("youtube", [Outside("youtube", _ITEM, known)]), told_all=True
    )
    item = answer["items"][0]
    return {
        "Source": source, "SourceAbilities": source["abilities"], "SourceList": {"items": [source]},
        "OutsideAudio": item["audio"], "Known": item["known"], "OutsideItem": item,
        "OutsideItemList": {"items": [item]}, "OutsideItemPage": {"items": [item], "next": "WzEwMF0"},
        "SourceAnswer": answer,
    }  # fmt: skip


_ITEM = SourceItem(
    SourceKind.TRACK, "dQw4w9WgXcQ", "Sinnerman", ("Nina Simone",), album="Pastel Blues", year=1965,
    duration_ms=622_000, audio=OutsideAudio("opus", 130),
    url="https://music.youtube.com/watch?v=dQw4w9WgXcQ",
)  # fmt: skip
