"""A small client for mcma that keeps working without a connection."""

from mcma_client.api import Api
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
from mcma_client.fetching import Fetched, Rest
from mcma_client.files import Files
from mcma_client.outbox import Event, Outbox, Rejected
from mcma_client.overlay import Mine, Overlay, Row
from mcma_client.plans import Wish
from mcma_client.recorder import Recorder
from mcma_client.replica import Replica
from mcma_client.store import Store

__all__ = [
    "Api",
    "BadAnswer",
    "Client",
    "ClientError",
    "Damaged",
    "DiskFull",
    "Event",
    "Fetched",
    "Files",
    "FolderInUse",
    "Mine",
    "NotLoggedIn",
    "Outbox",
    "Overlay",
    "Recorder",
    "Refused",
    "Rejected",
    "Replica",
    "Rest",
    "Row",
    "Store",
    "Synced",
    "Unreachable",
    "Wish",
]
