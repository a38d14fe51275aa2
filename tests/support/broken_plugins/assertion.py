"""Fails while it is imported."""

assert False, "checked at import"  # noqa: B011
