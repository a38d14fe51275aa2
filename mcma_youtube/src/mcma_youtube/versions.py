"""Versions of yt-dlp: dates, which the index writes without the zeros that yt-dlp itself has."""

from packaging.version import InvalidVersion, Version


def newer(one: str, other: str) -> bool:
    """Also than something that is no version."""
    try:
        return Version(one) > Version(other)
    except InvalidVersion:
        return True


def same(one: str, other: str) -> bool:
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other
