"""Ids. All are UUIDs; new ones are version 7 (RFC 9562 section 5.7), so that they sort by time."""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
DeviceId = NewType("DeviceId", UUID)
LibraryId = NewType("LibraryId", UUID)
ArtistId = NewType("ArtistId", UUID)
AlbumId = NewType("AlbumId", UUID)
TrackId = NewType("TrackId", UUID)
FileId = NewType("FileId", UUID)
ArtworkId = NewType("ArtworkId", UUID)
PlaylistId = NewType("PlaylistId", UUID)
PlaylistItemId = NewType("PlaylistItemId", UUID)
ClaimId = NewType("ClaimId", UUID)
EventId = NewType("EventId", UUID)
JobId = NewType("JobId", UUID)
ShareId = NewType("ShareId", UUID)
DownloadRequestId = NewType("DownloadRequestId", UUID)
StationId = NewType("StationId", UUID)

__all__ = [
    "AlbumId",
    "ArtistId",
    "ArtworkId",
    "ClaimId",
    "DeviceId",
    "DownloadRequestId",
    "EventId",
    "FileId",
    "JobId",
    "LibraryId",
    "PlaylistId",
    "PlaylistItemId",
    "ShareId",
    "StationId",
    "TrackId",
    "UserId",
]
