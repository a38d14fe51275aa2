"""gzip for long answers: lists of hundreds shrink to a tenth on their way to a phone."""

import zlib

_LEAST = 2048
"""Below this many bytes it is not worth the time."""
_GZIP = 16 + zlib.MAX_WBITS
_FASTEST = 1


def compressed(body: bytes, accepted: str) -> bytes | None:
    """The shorter body, or None when it goes out as it is."""
    if len(body) < _LEAST or not _accepts_gzip(accepted):
        return None
    packer = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


def _accepts_gzip(accepted: str) -> bool:
    """RFC 9110 section 12.5.3, without the star."""
    for part in accepted.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
