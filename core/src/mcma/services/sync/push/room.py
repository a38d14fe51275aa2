"""How much the states that stand may take, in an answer and in what is kept of it: those of a queue of ten
thousand tracks, told with each of five hundred late events, would be two hundred megabytes."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mcma.services.sync.push.batch import Result


def size_of(canonical: Mapping[str, Any] | None) -> int:
    """In bytes, as JSON."""
    return 0 if canonical is None else len(orjson.dumps(canonical))


def within(most: int, results: Sequence[Result]) -> list[Result]:
    """The same, without what is larger than the room that is left."""
    made, left = [], most
    for one in results:
        size = size_of(one.canonical)
        made.append(one if size <= left else one._replace(canonical=None))
        left -= size if size <= left else 0
    return made
