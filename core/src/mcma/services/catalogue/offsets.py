"""Remembers where pages ended, so that a client that counts offsets is served by key.

Pages asked for in order then cost the same at any depth and neither repeat nor skip a row while the library
changes. Without a memory (another process, a jump, too long ago) a plain OFFSET serves: what was remembered
when the library was another one would repeat or skip.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from uuid import UUID

from mcma.store.queries.keyset import Key
from mcma_plugins.values import Caller

SIZE = 4096
"""Ends of pages that one process keeps, a few hundred bytes each."""
SECONDS = 600.0
"""How long a client may take from one page to the next."""


class Offsets:
    """The keys at which pages ended, by user, client, query and offset; the longest unused go first."""

    def __init__(self, size: int = SIZE, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._clock = size, clock
        self._keys: OrderedDict[tuple[UUID, str, Hashable, int], tuple[float, Key]] = OrderedDict()

    def recall(self, caller: Caller, query: Hashable, offset: int) -> Key | None:
        """The key of the row before `offset`, when this client was given the page that ended there."""
        at = (caller.user_id, caller.client, query, offset)
        until, key = self._keys.get(at, (0.0, None))
        if key is None or until < self._clock():
            return None
        self._keys.move_to_end(at)
        return key

    def remember(self, caller: Caller, query: Hashable, offset: int, key: Key) -> None:
        """`key` is of the last row before `offset`."""
        at = (caller.user_id, caller.client, query, offset)
        self._keys[at] = (self._clock() + SECONDS, key)
        self._keys.move_to_end(at)
        if len(self._keys) > self._size:
            self._keys.popitem(last=False)
