"""Laying values over tags, as whoever asks and decides needs it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.services.enriching.values import Change, KeptCandidate, Laid
from mcma.store.engine import WriteTransaction
from mcma_plugins.values import ItemRef


class Overlay(NamedTuple):
    """All but `preview` need the catalogue locked."""

    lay: Callable[[AsyncConnection, KeptCandidate], Awaitable[Laid]]
    lift: Callable[[AsyncConnection, ItemRef, str, Mapping[str, Any]], Awaitable[Laid]]
    """Of an enricher: its values go, and those that stood before come back."""
    preview: Callable[[AsyncConnection, KeptCandidate], Awaitable[Sequence[Change]]]
    set_status: Callable[[AsyncConnection, ItemRef], Awaitable[None]]
    picture: Callable[[WriteTransaction, KeptCandidate], Awaitable[None]]
    """Has the picture of what was taken got."""
