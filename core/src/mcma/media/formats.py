"""Media types and file name extensions of what the reader knows."""

_TYPES = {
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mp4": "audio/mp4",
    "wav": "audio/wav",
    "aiff": "audio/aiff",
    "wavpack": "audio/x-wavpack",
    "ape": "audio/x-ape",
    "asf": "audio/x-ms-wma",
    "dsf": "audio/x-dsf",
    "mpc": "audio/x-musepack",
    "tta": "audio/x-tta",
    "aac": "audio/aac",
}
_SUFFIXES = {"mp4": "m4a", "wavpack": "wv", "asf": "wma"}
_OGG_SUFFIXES = {"opus": "opus", "flac": "oga", "speex": "spx"}


def content_type(container: str, codec: str = "") -> str:
    """The media type that clients know the file by; `application/octet-stream` for an unknown container."""
    return _TYPES.get(container, "application/octet-stream")


def suffix(container: str, codec: str) -> str:
    """The usual file name extension, without the dot."""
    if container == "ogg":
        return _OGG_SUFFIXES.get(codec, "ogg")
    if container == "mp3":
        return codec if codec in ("mp1", "mp2") else "mp3"
    return _SUFFIXES.get(container, container)
