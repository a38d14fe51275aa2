"""Values in force, written into the files of managed libraries: asked for, field by field, and taken back."""

from mcma.services.tagwriting.service import TagWriting
from mcma.services.tagwriting.values import FieldChange, FilePreview, Picked, Preview, TagWriteView

__all__ = ["FieldChange", "FilePreview", "Picked", "Preview", "TagWriteView", "TagWriting"]
