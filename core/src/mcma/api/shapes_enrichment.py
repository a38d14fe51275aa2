"""What plugins know of music, on the wire."""

from mcma.api.shapes import Shape
from mcma.services.enriching.overview import EnricherView
from mcma.services.enriching.reviews import CandidateView, ItemName, RunView
from mcma.services.enriching.service import ItemView
from mcma.services.enriching.standings import Standing
from mcma.services.enriching.values import Change
from mcma_plugins.values import ItemRef

MOST_CHANGES = 2000
"""Of one candidate that are shown."""


def enricher(view: EnricherView) -> Shape:
    return view._asdict()


def run(view: RunView) -> Shape:
    shown = view._asdict()
    del shown["name"]
    return {
        **shown,
        "item": _item(view.item, view.name),
        "candidates": [_candidate(one) for one in view.candidates],
    }


def item(view: ItemView) -> Shape:
    return {
        "item": _item(view.item, view.name), "states": [one._asdict() for one in view.states],
        "runs": [run(one) for one in view.runs],
    }  # fmt: skip


def standing(view: Standing) -> Shape:
    return {"item": _item(view.item, view.name), **view.stands._asdict()}


def _item(ref: ItemRef, name: ItemName | None) -> Shape:
    return {
        "kind": ref.kind.value,
        "id": ref.id,
        "title": name and name.title,
        "artist": name and name.artist,
    }


def _candidate(view: CandidateView) -> Shape:
    changes = None if view.changes is None else [_change(one) for one in view.changes[:MOST_CHANGES]]
    reasons = [reason._asdict() for reason in view.reasons]
    return {**view._asdict(), "reasons": reasons, "changes": changes}


def _change(change: Change) -> Shape:
    return {
        "kind": change.item.kind.value, "id": change.item.id, "field": change.field,
        "before": change.before, "before_origin": change.before_origin, "after": change.after,
        "kept": change.kept, "reason": change.reason,
    }  # fmt: skip
