"""What fields of tracks look like in the document."""

from datetime import datetime
from typing import Any
from uuid import UUID

from mcma.api import shapes, shapes_fields
from mcma.services.catalogue.fieldviews import FieldView, SaidValue
from mcma_plugins.values import TrackView


def field_examples(at: datetime, id_: UUID, track: TrackView) -> dict[str, Any]:
    plugin = SaidValue("Sinnerman", "plugin:musicbrainz", at, None, id_)
    view = FieldView("title", "Sinnerman", plugin.origin, "prefer", [SaidValue("Sinner man", "tag"), plugin])
    shape = shapes_fields.field(view)
    return {
        "SaidValue": shape["values"][1],
        "TrackField": shape,
        "FieldList": {"items": [shape]},
        "OneTrack": {**shapes.track(track), "provenance": {"title": plugin.origin}},
    }
