"""Scenarios as they are written: files of TOML.

    title = "What is sent twice is done once"
    proves = "Pushing"             # a heading of docs/sync.md
    needs = { tracks = 1 }         # names what is here, see `Needs`
    ids = ["list"]                 # new ones, as $list

    [devices]                      # their clocks are wrong by so much
    phone = "+10m"
    theirs = "second +0s"          # of the second account

    [events.liked]                 # `id`, `n` and `at` are made where they are left out; `from` copies
                                   another
    type = "like.set"
    data = { kind = "track", item_id = "$tracks.0", liked = true }

    [[steps]]
    push = "phone"
    events = ["liked"]
    results = ["applied"]

Instead of devices, or beside them, `[clients]` are programs that are driven; with `newer = true` their
server says more than they have heard of. What a step may be is in `steps.py`.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from mcma_client.conformance.errors import BadScenario

NAME = "conformance suite"
"""Its devices are called so."""
SHIPPED = Path(__file__).parent / "scenarios"
STEPS = ("ask", "push", "snapshot", "follow", "compare", "poll", "polled", "listen", "heard", "hand", "do",
         "sync", "settle", "same", "restart")  # fmt: skip
"""The first of these that a step has says what it is."""
_KEYS = {"title", "proves", "needs", "ids", "devices", "events", "clients", "newer",
         "steps"}  # fmt: skip


@dataclass(frozen=True)
class Needs:
    """`tracks` that are neither liked nor rated nor marked, `unplayed` ones, `files` of such tracks; a
    `second` account; an `admin`; `events` that the server takes; `plays`, which nobody can take back;
    `pages`: more than one of the snapshot; what the operator's `hand` can do."""

    tracks: int = 0
    unplayed: int = 0
    files: int = 0
    second: bool = False
    admin: bool = False
    plays: bool = False
    pages: bool = False
    events: tuple[str, ...] = ()
    hand: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    proves: str
    needs: Needs
    ids: tuple[str, ...]
    devices: dict[str, str]
    events: dict[str, dict[str, Any]]
    clients: dict[str, str]
    newer: bool
    """Whether the clients' server says more than they have heard of."""
    steps: tuple[dict[str, Any], ...]

    @property
    def driven(self) -> bool:
        """Whether it is about clients too."""
        return bool(self.clients)

    @classmethod
    def read(cls, path: Path) -> Self:
        """`BadScenario` names the file and what is wrong with it."""
        try:
            return cls._made(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadScenario(f"{path}: {error}") from None

    @classmethod
    def _made(cls, name: str, written: dict[str, Any]) -> Self:
        if unknown := written.keys() - _KEYS:
            raise BadScenario(f"unknown: {', '.join(sorted(unknown))}")
        needs: dict[str, Any] = {
            key: tuple(one) if isinstance(one, list) else one for key, one in written.get("needs", {}).items()
        }
        for number, step in enumerate(written["steps"], 1):
            if not any(kind in step for kind in STEPS):
                raise BadScenario(f"step {number} is none of {', '.join(STEPS)}")
        return cls(
            name, str(written["title"]), str(written["proves"]), Needs(**needs),
            tuple(written.get("ids", ())),
            written.get("devices", {}), written.get("events", {}), written.get("clients", {}),
            bool(written.get("newer")), tuple(written["steps"]),
        )  # fmt: skip


def scenarios(folder: Path = SHIPPED) -> Iterator[Scenario]:
    for path in sorted(folder.glob("*.toml")):
        yield Scenario.read(path)
