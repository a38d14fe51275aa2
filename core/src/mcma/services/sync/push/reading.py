"""From what was sent to events that a handler can take, or to why none can. No database is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from pydantic import ValidationError

from mcma.services.sync.push.batch import Outcome, Result, Sent, rejected
from mcma.services.sync.push.clocks import Clock
from mcma.services.sync.push.data import first_wrong
from mcma.services.sync.push.handler import Event, Handler

Handlers = Mapping[str, Handler[Any]]


@dataclass(slots=True, eq=False)
class Item:
    """One event of a batch, on its way to its result."""

    sent: Sent
    digest: bytes
    """Of its content: what is the same is answered as before."""
    handler: Handler[Any] | None = None
    event: Event[Any] | None = None
    outcome: Outcome | None = None
    seq: int | None = None

    @property
    def result(self) -> Result:
        assert self.outcome is not None
        status, code, message, canonical = self.outcome
        return Result(self.sent.id, self.sent.n, status, self.seq, code, message, canonical)


def read(sent: Sent, clock: Clock, handlers: Handlers) -> Item:
    handler, digest = handlers.get(sent.type), _digest(sent)
    if handler is None:
        refused = rejected("unknown_type", "This server does not know events of this type.")
        return Item(sent, digest, outcome=refused)
    try:
        data = handler.data.model_validate(sent.data)
    except ValidationError as error:
        return Item(sent, digest, outcome=rejected("invalid", first_wrong(error)))
    event = Event(sent.id, sent.n, clock.corrected(sent.at), sent.at, clock.received_at, data)
    return Item(sent, digest, handler, event)


def _digest(sent: Sent) -> bytes:
    """What JSON cannot say twice in the same way is like nothing else, and never valid."""
    try:
        content = orjson.dumps([sent.type, sent.at, sent.data], option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return b""
    return sha256(content).digest()
