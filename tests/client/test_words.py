"""What people type and read."""

import pytest

from mcma_client.words import size


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (447_900, "448 kB"), (999_999, "1 MB"),
     (8_000_000, "8 MB"), (10**9, "1.0 GB"), (8_250_000_000, "8.2 GB")],
)  # fmt: skip
def test_a_size_as_people_read_it(count: int, said: str) -> None:
    assert size(count) == said
