"""A device that pushes what was done on it."""

from datetime import UTC, datetime
from typing import Any

from mcma.store.clock import new_id
from tests.support.server import Person

PUSH = "/api/v1/sync/push"


class Pushing:
    def __init__(self, person: Person) -> None:
        self.person, self.id, self.n = person, str(new_id()), 0

    async def say(self, *events: tuple[str, dict[str, Any]]) -> list[Any]:
        if self.n == 0:
            await self.person.put(f"/api/v1/devices/{self.id}", {"name": "Phone"}, 200)
        now = datetime.now(UTC).isoformat()
        sent = []
        for type_, data in events:
            self.n += 1
            sent.append({"id": str(new_id()), "n": self.n, "type": type_, "at": now, "data": data})
        found = await self.person.post(PUSH, {"device_id": self.id, "sent_at": now, "events": sent})
        results: list[Any] = found["results"]
        return results
