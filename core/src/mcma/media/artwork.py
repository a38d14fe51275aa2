"""Pictures: checked, shrunk, made up where there are none, and kept on disk.

Everything here blocks and computes. Call it in a worker or a thread, never on the event loop.
"""

from mcma.media._artwork_cache import ArtworkCache
from mcma.media._images import (
    MAX_BYTES,
    MAX_PIXELS,
    SIZES,
    ImageInfo,
    check_image,
    check_whole,
    snapped,
    square,
    thumbnail,
)
from mcma.media._placeholder import placeholder

__all__ = [
    "MAX_BYTES",
    "MAX_PIXELS",
    "SIZES",
    "ArtworkCache",
    "ImageInfo",
    "check_image",
    "check_whole",
    "placeholder",
    "snapped",
    "square",
    "thumbnail",
]
