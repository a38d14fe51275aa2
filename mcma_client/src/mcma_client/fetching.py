"""What is pinned, brought here: a plan, what of it is ready, and the plan again until nothing is open."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mcma_client.api import LONGEST, Api
from mcma_client.downloads import NotYet, downloaded
from mcma_client.errors import ClientError, DiskFull, Unreachable
from mcma_client.files import Files
from mcma_client.plans import FAILED, READY, Entry, Plan, planned

PATIENCE = 300.0
"""Seconds without anything new, after which the rest is left for another time: the server goes on with it."""
PAUSE = 10.0


class Fetched(NamedTuple):
    track_id: str
    path: Path


class Rest(NamedTuple):
    """Tracks that are not here: the server is at `open` of them, `left_out` have no room."""

    open: int
    left_out: int


@dataclass
class Fetching:
    """`fetched` is told of every file; `failed` of what cannot be had, once, and the next one follows. A full
    disk and a server that is gone end it (`DiskFull`, `Unreachable`): what came stays."""

    api: Api
    files: Files
    fetched: Callable[[Fetched], None]
    failed: Callable[[str, ClientError], None]
    _given_up: set[str] = field(default_factory=set)

    def all(self, *, wait: bool = True) -> Rest:
        """`wait` for what the server makes; else take what is ready."""
        quiet = 0.0
        while True:
            plan = self._planned()
            came, again = self._round(plan)
            pause = PAUSE if again and plan.poll_after is None else plan.poll_after
            quiet = 0.0 if came or pause is None else quiet + pause
            if not wait or pause is None or quiet > PATIENCE:
                break
            self.api.sleep(min(pause, LONGEST))
        for one in plan.missing:
            self.failed(one.named, ClientError(one.said))
        return Rest(plan.open + again, plan.left_out)

    def _planned(self) -> Plan:
        files, wish = self.files, self.files.wish()
        plan = planned(self.api, files.store, files.pins(), wish, files.have(wish))
        files.keep(plan)
        return plan

    def _round(self, plan: Plan) -> tuple[int, int]:
        """How many came, and how many have to be planned again."""
        came = again = 0
        held = self.files.adopted(plan)
        for entry in plan.entries:
            try:
                if entry.state == FAILED:
                    raise ClientError(f"It cannot be had in this format ({entry.reason}).")
                if entry.state == READY and entry.track_id not in held | self._given_up:
                    self._fetch(entry)
                    came += 1
            except NotYet:
                again += 1
            except (Unreachable, DiskFull):
                raise
            except ClientError as error:
                self._give_up(entry.track_id, error)
        return came, again

    def _fetch(self, entry: Entry) -> None:
        entry, path = downloaded(self.api, self.files.store, entry, self.files.folder)
        self.files.note(entry, path)
        self.fetched(Fetched(entry.track_id, path))

    def _give_up(self, track_id: str, error: ClientError) -> None:
        if track_id not in self._given_up:
            self._given_up.add(track_id)
            self.failed(track_id, error)
