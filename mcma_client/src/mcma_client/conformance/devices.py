"""Devices whose part the suite itself plays: their counters, clocks and events."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mcma_client.clock import text_of, time_of, uuid7


@dataclass
class Device:
    id: str
    ahead: timedelta = timedelta()
    """By how much its clock is wrong."""
    n: int = 0

    def event(self, written: dict[str, Any], time: datetime) -> dict[str, Any]:
        """What is left out is made. A written `at` is the true time, and told by the device's clock."""
        event = {"id": str(uuid7(time)), "n": self.n + 1, "at": text_of(time), "data": {}, **written}
        if self.ahead and isinstance(event["at"], str):
            event["at"] = text_of(time_of(event["at"]) + self.ahead)
        if type(event["n"]) is int:
            self.n = event["n"]
        return event

    def batch(self, events: list[dict[str, Any]], time: datetime) -> dict[str, Any]:
        return {"device_id": self.id, "sent_at": text_of(time + self.ahead), "events": events}
