"""Commands a plugin adds to `mcma`: `mcma <plugin> <command>`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """`run` gets the remaining arguments and returns what is printed (and, with --json, encoded)."""

    name: str
    help: str
    run: Callable[[Sequence[str]], Awaitable[Mapping[str, Any]]]
