"""Labels that are one, and back. For administrators."""

from uuid import UUID

from starlette.responses import Response

from mcma.api import shapes
from mcma.api.auth import Admin
from mcma.api.inputs import Body, Id, body
from mcma.api.openapi import area, told
from mcma.api.respond import answer

router = area("/labels", "catalogue")


class LabelInto(Body):
    model_config = body({"into": "01935b2e-7b4f-7cc2-8000-000000000001"})
    into: UUID


@router.post("/{label_id}/merge", **told("Say that a label is another one", "Label"))
async def merge_label(call: Admin, label_id: Id, sent: LabelInto) -> Response:
    """Whatever tags call it is `into` from now on, after every scan, and its id leads there. The answer is
    that one. 409: `same_item`, `merged_before`."""
    winner = await call.services.label_hands.merge(call.caller, label_id, sent.into)
    return answer(shapes.label(await call.services.labels.get(call.caller, winner)))


@router.post("/{label_id}/part", **told("Say that a label is itself again", "Label"))
async def part_label(call: Admin, label_id: Id) -> Response:
    """Takes the merge of this label back. 409: `undone_before`."""
    loser = await call.services.label_hands.undo(call.caller, label_id)
    return answer(shapes.label(await call.services.labels.get(call.caller, loser)))
