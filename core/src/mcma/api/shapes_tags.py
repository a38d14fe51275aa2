"""Tag writes on the wire."""

from mcma.api.shapes import Shape
from mcma.services.tagwriting import FilePreview, TagWriteView


def tag_write(view: TagWriteView) -> Shape:
    return {**view._asdict(), "changes": [one._asdict() for one in view.changes]}


def file_preview(view: FilePreview) -> Shape:
    return {**view._asdict(), "changes": [one._asdict() for one in view.changes]}
