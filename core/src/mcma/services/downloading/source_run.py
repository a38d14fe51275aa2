"""A source at work: what it yields is looked at, bounded, and what it hands over checked."""

import asyncio
import os
import stat
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

from mcma.services.downloading.folders import Folder
from mcma.services.downloading.policy import Policy
from mcma.services.outside import Asking
from mcma.services.outside.checking import Unfit, checked_item
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.sources import (
    FetchableSource,
    Fetched,
    FetchProgress,
    FetchWish,
    SourceItem,
    SourceKind,
)

Tell = Callable[[int, int | None], Awaitable[None]]
_LOOK_EVERY = 1.0
"""Seconds between two looks at the disk."""


async def taken(
    asking: Asking, source: FetchableSource, source_id: str, folder: Folder, policy: Policy, tell: Tell
) -> Fetched:
    """Raises what `Asking` does, `TimeoutError`, `OutOfSpace`, and `PermanentError` (too_large)."""
    wish = FetchWish(policy.most_bytes, policy.seconds)
    last: Fetched | None = None
    looked = 0.0
    async with asyncio.timeout(policy.seconds):
        fetching = asking.stream(
            source.name, "fetch", lambda: source.fetch(source_id, folder.got, wish), policy.seconds
        )
        async with aclosing(fetching) as steps:
            async for step in steps:
                if isinstance(step, Fetched):
                    last = step
                    continue
                done, total = _amounts(step)
                _check_size(max(done, total or 0), policy)
                now = asyncio.get_running_loop().time()
                if now - looked >= _LOOK_EVERY:
                    looked = now
                    await asyncio.to_thread(folder.check_room, (total or done) - done, policy.reserve_bytes)
                await tell(done, total)
    if last is None:
        raise RetryLater("The source ended without a file.")
    return await asyncio.to_thread(_checked, last, folder.got, policy)


def _amounts(step: object) -> tuple[int, int | None]:
    if not isinstance(step, FetchProgress):
        raise RetryLater("The source does not answer as it should.")
    return max(step.done, 0), step.total if step.total and step.total > 0 else None


def _check_size(size: int, policy: Policy) -> None:
    if size > policy.most_bytes:
        raise PermanentError(
            f"It has more than {policy.most_bytes} bytes.", code="too_large", hint="MCMA_DOWNLOAD_MAX_BYTES"
        )


def _checked(fetched: Fetched, got: Path, policy: Policy) -> Fetched:
    path = _below(fetched.path, got)
    if path is None:
        raise RetryLater("The source does not answer as it should.")
    size = path.stat().st_size
    if not size:
        raise RetryLater("The source gave an empty file.")
    _check_size(size, policy)
    cover = None if fetched.cover is None else _below(fetched.cover, got)
    return Fetched(path, _known(fetched.item), cover)


def _known(item: object) -> SourceItem | None:
    """What a source says of it, field by field as far as it fits."""
    try:
        return checked_item(item, tuple(SourceKind), Counter())
    except Unfit:
        return None


def _below(path: object, folder: Path) -> Path | None:
    """A regular file below the folder, and no way round it."""
    if not isinstance(path, Path):
        return None
    try:
        real = Path(os.path.realpath(path))
        regular = stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return None
    return real if regular and real.is_relative_to(os.path.realpath(folder)) else None
