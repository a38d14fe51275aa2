"""English, as reports need it."""


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 file`, `2,000 files`. `many` is for nouns that take more than an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
