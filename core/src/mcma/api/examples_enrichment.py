"""What enriching looks like in the document."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from mcma.api import shapes_enrichment as shapes
from mcma.services.enriching.overview import EnricherView
from mcma.services.enriching.reviews import CandidateView, ItemName, RunView, StateView
from mcma.services.enriching.service import ItemView
from mcma.services.enriching.standings import Standing
from mcma.services.enriching.values import Change
from mcma_plugins.enrichers import Reason
from mcma_plugins.values import AlbumView, ItemKind, ItemRef


def enrichment_examples(album: AlbumView, track: UUID, id_: UUID) -> dict[str, Any]:
    at, item = album.created_at, ItemRef(ItemKind.ALBUM, album.id)
    reasons = (Reason("tracks", 1.0, "10 of 10 tracks, within a second each"),
               Reason("date", 0.5, "another year"))  # fmt: skip
    change = Change(ItemRef(ItemKind.TRACK, track), "date", "1970", "tag", "1969", False)
    release = "76df3287-6cda-33eb-8e9a-044b5e15ffdd"
    found = CandidateView(
        id_, f"release:{release}", f"{album.title} (1969, US)", 0.84, 0.84, reasons,
        f"https://musicbrainz.example/release/{release}", False, 10, None, (change,),
    )  # fmt: skip
    name = ItemName(album.title, "Nina Simone")
    run = RunView(
        id_, item, name, "musicbrainz", "import", "review", None, None, None, None, None, at, [found]
    )
    state = StateView("musicbrainz", "review", None, None, at, None, 0, id_)
    view = EnricherView(
        "musicbrainz", "musicbrainz", True, ("album", "artist", "track"), "paused", at + timedelta(hours=1),
        "unreachable", "It cannot be reached.", {"enriched": 812, "review": 9, "waiting": 40},
        {"unreachable": 1, "in_line": 39},
    )  # fmt: skip
    shown, whole = shapes.run(run), shapes.item(ItemView(item, name, (state,), (run,)))
    candidate = shown["candidates"][0]
    return {
        "EnricherState": shapes.enricher(view), "EnrichmentOverview": {"items": [shapes.enricher(view)]},
        "EnrichmentRun": shown, "EnrichmentSubject": shown["item"], "EnrichmentCandidate": candidate,
        "EnrichmentReason": candidate["reasons"][0], "EnrichmentChange": candidate["changes"][0],
        "EnrichmentItemStanding": shapes.standing(Standing(item, name, state)),
        "EnrichmentStanding": whole["states"][0], "EnrichedItem": whole,
    }  # fmt: skip
