"""Whether there is a search: a mirror may have none, or one that is down while everything else is well.

All processes know of it, so that not each of them finds it out with each album.
"""

import json
import time
from datetime import timedelta
from typing import Final, NamedTuple

from mcma_plugins import RetryLater
from mcma_plugins.remote import Remote

LIMITED: Final = "limited"
FIRST: Final = 900.0
LONGEST: Final = 6 * 3600.0
"""Seconds until it is tried again, twice as long each time."""
_KEPT: Final = timedelta(days=7)


class _Lack(NamedTuple):
    until: float = 0.0
    times: int = 0
    """In a row."""


class Searching:
    def __init__(self, remote: Remote, base: str, service: str) -> None:
        self._remote, self._name, self._service = remote, f"{base}#search", service
        self._lacks = _Lack()

    async def lacks(self) -> RetryLater | None:
        """Why nothing is searched for now."""
        kept = await self._remote.recall(self._name)
        self._lacks = _Lack(*json.loads(kept)) if kept else _Lack()
        left = self._lacks.until - time.time()
        return self._fault(min(left, LONGEST)) if left > 0 else None

    async def has_failed(self) -> RetryLater:
        seconds = min(LONGEST, FIRST * 2.0 ** min(self._lacks.times, 20))
        await self._keep(_Lack(time.time() + seconds, self._lacks.times + 1))
        return self._fault(seconds)

    async def has_worked(self) -> None:
        if self._lacks.times:
            await self._keep(_Lack())

    async def _keep(self, lacks: _Lack) -> None:
        self._lacks = lacks
        await self._remote.remember(self._name, json.dumps(lacks).encode(), _KEPT)

    def _fault(self, seconds: float) -> RetryLater:
        return RetryLater(
            f"{self._service} does not search: only what ids or its sound tell is known.",
            after=seconds, code=LIMITED, hint="MCMA_PLUGIN_MUSICBRAINZ_BASE_URL",
        )  # fmt: skip
