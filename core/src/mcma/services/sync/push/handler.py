"""What a type of event needs of its module. All of them stand in one table: `events/__init__.py`.

A handler takes events whose data it has typed, writes, and says what became of each. It MUST NOT raise for
what a client may send: that is an outcome. Locks are taken for it, in the one order of locks: the catalogue
(held, or locked alone where `needs_catalogue`), the playlists it names, the user. It MUST NOT lock more of
these. The lines that its writing gives to the feed are what `seq` stands for.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from mcma.domain.errors import McmaError, OutOfSpace, TooManyRequests, Unavailable
from mcma.services.downloading.queueing import Starting
from mcma.services.listening.recorded import Notify
from mcma.services.matching.values import OnDecided
from mcma.services.sync.push.batch import Outcome, rejected
from mcma.store.engine import WriteTransaction
from mcma_plugins.ids import DeviceId
from mcma_plugins.values import Caller

Data_co = TypeVar("Data_co", bound=BaseModel, covariant=True)
Data = TypeVar("Data", bound=BaseModel)
_PASSING = (OutOfSpace, TooManyRequests, Unavailable)


@dataclass(frozen=True, slots=True)
class Event(Generic[Data_co]):
    """One event. State goes by (`at`, `id`)."""

    id: UUID
    n: int
    at: datetime
    """Corrected by how wrong the device's clock is; never ahead of `received_at`."""
    reported_at: datetime
    """As the device said."""
    received_at: datetime
    data: Data_co


@dataclass(frozen=True, slots=True)
class Work:
    """The transaction that events are taken in, and whose they are."""

    transaction: WriteTransaction
    caller: Caller
    """With the device that pushes."""
    device_id: DeviceId
    starting: Starting
    """Of downloads."""
    notify: Notify | None = None
    told: OnDecided | None = None
    """Hears what was decided of a claim."""

    @property
    def connection(self) -> AsyncConnection:
        return self.transaction.connection

    def tell(self, hook: str, event: object) -> None:
        """Plugins, after the commit."""
        notify = self.notify
        if notify is not None:
            self.transaction.after_commit.append(lambda: notify(hook, event))


class Handler(Protocol[Data]):
    """Of one type of event. Stateless: there is one for all users."""

    @property
    def data(self) -> type[Data]:
        """What `data` of the event must be. Unknown fields are refused."""

    @property
    def in_bulk(self) -> bool:
        """Whether it commutes with all other types: then it gets all of a portion's events at once, whatever
        stands between them. Else it gets runs of its own, in order."""

    @property
    def needs_catalogue(self) -> bool:
        """Whether it writes the catalogue."""

    def playlists(self, data: Data) -> Collection[UUID]:
        """Those it will write: they are locked. They need not be there, nor be the caller's."""

    async def apply(self, work: Work, events: Sequence[Event[Data]]) -> Sequence[Outcome]:
        """One for each, in order."""


class InBulk(ABC, Generic[Data]):
    """A handler that takes many at once and commutes with every other type."""

    data: ClassVar[type[BaseModel]]
    in_bulk: ClassVar[bool] = True
    needs_catalogue: ClassVar[bool] = False

    def playlists(self, data: Data) -> Collection[UUID]:
        return ()

    @abstractmethod
    async def apply(self, work: Work, events: Sequence[Event[Data]]) -> Sequence[Outcome]:
        """One for each, in order."""


@runtime_checkable
class Related(Protocol):
    """A handler of which there are several, for types that are taken together: a run is of one family, and
    the handler of its first event takes it."""

    @property
    def family(self) -> str: ...


def family_of(handler: object, type_: str) -> str:
    return handler.family if isinstance(handler, Related) else type_


class OneByOne(ABC, Generic[Data]):
    """A handler that takes its events each alone. What `take` raises on purpose is a rejection with the
    error's code and message, and nothing of what it wrote stays."""

    data: ClassVar[type[BaseModel]]
    in_bulk: ClassVar[bool] = False
    needs_catalogue: ClassVar[bool] = False

    def playlists(self, data: Data) -> Collection[UUID]:
        return ()

    @abstractmethod
    async def take(self, work: Work, event: Event[Data]) -> Outcome: ...

    async def apply(self, work: Work, events: Sequence[Event[Data]]) -> Sequence[Outcome]:
        return [await self._alone(work, event) for event in events]

    async def _alone(self, work: Work, event: Event[Data]) -> Outcome:
        try:
            async with work.connection.begin_nested():
                return await self.take(work, event)
        except _PASSING:
            raise
        except McmaError as error:
            return rejected(_CODES.get(error.stable_code, error.stable_code), error.message)


_CODES = {"invalid_input": "invalid"}
