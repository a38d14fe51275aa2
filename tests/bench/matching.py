"""How fast recordings are compared on one core, and how often rightly: `python -m tests.bench.matching`."""

import argparse
import json
import time

from mcma.domain.matching import Facts, compare
from tests.support.matching import measured, pairs


def speed(rounds: int) -> dict[str, float]:
    """Each of some claims against each of some candidates, as a portion of an import does it; and texts that
    nobody has seen before."""
    both = [*pairs("tuning"), *pairs("heldout")]
    said, found = [pair.said for pair in both[:100]], [pair.found for pair in both]
    begun = time.process_time()
    for _ in range(rounds):
        for one in said:
            for other in found:
                compare(one, other)
    known = rounds * len(said) * len(found) / (time.process_time() - begun)
    fresh = [
        Facts(
            f"{pair.found.title} {n}",
            (*pair.found.artists, f"Someone {n}"),
            pair.found.album,
            pair.found.duration_ms,
        )
        for n in range(rounds)
        for pair in both
    ]
    begun = time.process_time()
    for place, other in enumerate(fresh):
        compare(said[place % len(said)], other)
    unseen = len(fresh) / (time.process_time() - begun)
    return {"each_us": round(1e6 / known, 1), "unseen_us": round(1e6 / unseen, 1)}


def percent(name: str) -> dict[str, float]:
    return {field: round(100 * value, 1) for field, value in measured(name)._asdict().items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    found = {name: percent(name) for name in ("tuning", "heldout")}
    print(json.dumps({**speed(options.rounds), **found}))


if __name__ == "__main__":
    main()
