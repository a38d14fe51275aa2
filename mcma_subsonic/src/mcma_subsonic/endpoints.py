"""The complete table: importing a module of endpoints fills it."""

from mcma_subsonic import (
    annotate,
    browse,
    folders,
    lists,
    lyrics,
    media,
    others,
    playing,
    playlists,
    related,
    resuming,
    search,
    shares,
    sonic,
    system,
    transcoding,
    users,
)
from mcma_subsonic.call import ENDPOINTS, Endpoint

__all__ = [
    "ENDPOINTS",
    "Endpoint",
    "annotate",
    "browse",
    "folders",
    "lists",
    "lyrics",
    "media",
    "others",
    "playing",
    "playlists",
    "related",
    "resuming",
    "search",
    "shares",
    "sonic",
    "system",
    "transcoding",
    "users",
]
