"""What writing tags looks like in the document."""

from typing import Any

from mcma.api import shapes_tags as shapes
from mcma.services.tagwriting import FieldChange, FilePreview, TagWriteView
from mcma_plugins.values import TrackView, UserView


def tag_examples(track: TrackView, user: UserView) -> dict[str, Any]:
    change, path = (
        FieldChange("title", "Sinnerman", "Sinner Man"),
        "Nina Simone/Pastel Blues/09 Sinnerman.mp3",
    )
    preview = shapes.file_preview(FilePreview(track.id, track.id, path, (change,), None))
    write = shapes.tag_write(
        TagWriteView(track.id, user.id, track.library_id, track.id, track.id, user.id, path, "written",
                     (change,), None, None, None, None, None, user.id, 812, user.created_at)
    )  # fmt: skip
    return {
        "TagChange": change._asdict(), "TagFilePreview": preview, "TagWrite": write,
        "TagWritePreview": {"items": [preview], "next": None},
        "TagWritePage": {"items": [write], "next": None},
    }  # fmt: skip
