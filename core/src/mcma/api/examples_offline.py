"""Examples of plans for offline listening."""

from datetime import datetime
from typing import Any
from uuid import UUID

from mcma.api.shapes_offline import plan
from mcma.services.offline.entries import Entry, State
from mcma.services.offline.pins import Missing, Reason
from mcma.services.offline.plans import Plan, Totals


def offline_examples(at: datetime) -> dict[str, Any]:
    track, file, rendition, job = (UUID(f"019353a0-0000-7000-8000-00000000000{end}") for end in "45eb")
    entry = Entry(
        track, file, [0], "opus-128", rendition, 9_800_000, False, "audio/ogg", "opus", 622_000, State.READY,
        None,
    )  # fmt: skip
    missing = Missing([1], Reason.WAITING, None, job, "Feeling Good", "Nina Simone")
    made = Plan([entry], [missing], [], Totals(1, 9_800_000, 0, 0, 0, 0), [job], None, at)
    shown = plan(made, lambda below: f"/api/v1{below}")
    return {
        "OfflinePlan": shown, "OfflineEntry": shown["entries"][0], "OfflineMissing": shown["missing"][0],
        "OfflineTotals": shown["totals"],
    }  # fmt: skip
