"""A small client for mcma that keeps working without a connection."""

from mcma_client.client import Client, Synced
from mcma_client.errors import (
    BadAnswer,
    ClientError,
    Damaged,
    DiskFull,
    FolderInUse,
    NotLoggedIn,
    Refused,
    Unreachable,
)

__all__ = [
    "BadAnswer",
    "Client",
    "ClientError",
    "Damaged",
    "DiskFull",
    "FolderInUse",
    "NotLoggedIn",
    "Refused",
    "Synced",
    "Unreachable",
]
