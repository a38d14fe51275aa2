"""Fields of tracks on the wire."""

from typing import Any

from mcma.services.catalogue.fieldviews import FieldView, SaidValue

Shape = dict[str, Any]


def field(view: FieldView) -> Shape:
    return {**view._asdict(), "values": [_said(one) for one in view.values]}


def _said(one: SaidValue) -> Shape:
    user, candidate = one.user_id, one.candidate_id
    return {
        "value": one.value, "origin": one.origin, "at": one.at,
        "user_id": None if user is None else str(user),
        "candidate_id": None if candidate is None else str(candidate),
    }  # fmt: skip
