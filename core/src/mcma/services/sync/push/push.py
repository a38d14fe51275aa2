"""Takes batches of events: in the order of their device, each once, in portions of their own transactions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mcma.domain.errors import TooLarge
from mcma.services.downloading.queueing import Starting
from mcma.services.listening.recorded import Notify
from mcma.services.matching.values import OnDecided
from mcma.services.sync.push.batch import MOST_CANONICAL, MOST_EVENTS, Batch, Pushed
from mcma.services.sync.push.clocks import Clock
from mcma.services.sync.push.events import HANDLERS
from mcma.services.sync.push.handler import Work
from mcma.services.sync.push.portion import acked_by, take
from mcma.services.sync.push.reading import Handlers, Item, read
from mcma.services.sync.push.room import within
from mcma.store.clock import utcnow
from mcma.store.engine import Database, WriteTransaction
from mcma.store.queries import sync_state
from mcma_plugins.ids import DeviceId
from mcma_plugins.values import Caller

PORTION = 100
"""Events of one transaction: others wait for it."""


class Push:
    """What stopped in the middle of a batch leaves its beginning taken; sending it again takes the rest."""

    def __init__(
        self,
        database: Database,
        starting: Starting,
        notify: Notify | None = None,
        handlers: Handlers = HANDLERS,
        told: OnDecided | None = None,
    ) -> None:
        self._database, self._starting = database, starting
        self._notify, self._handlers, self._told = notify, handlers, told

    async def push(self, caller: Caller, batch: Batch) -> Pushed:
        """Raises `TooLarge`, `NotFound` (`unknown_device`) and `NotAuthenticated` (`device_revoked`)."""
        if len(batch.events) > MOST_EVENTS:
            raise TooLarge(f"A batch has {MOST_EVENTS} events at most.")
        clock = Clock(batch.sent_at, utcnow())
        device = DeviceId(batch.device_id)
        items = [read(one, clock, self._handlers) for one in batch.events]
        acked, head, epoch = await self._begin(caller, device)
        for portion in _portions(items):
            async with self._database.write() as transaction:
                acked, head = await take(self._work(transaction, caller, device), clock, portion)
        return Pushed(acked, head, epoch, utcnow(), within(MOST_CANONICAL, [one.result for one in items]))

    def _work(self, transaction: WriteTransaction, caller: Caller, device: DeviceId) -> Work:
        by = replace(caller, device_id=device)
        return Work(transaction, by, device, self._starting, self._notify, self._told)

    async def _begin(self, caller: Caller, device: DeviceId) -> tuple[int, int, str]:
        async with self._database.read() as connection:
            acked = await acked_by(connection, caller.user_id, device)
            head, state = await sync_state.head(connection), await sync_state.state(connection)
        if state is None:
            async with self._database.write() as transaction:
                state = await sync_state.begun(transaction.connection)
        return acked, max(head, state.horizon), state.epoch


def _portions(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), PORTION):
        yield items[start : start + PORTION]
