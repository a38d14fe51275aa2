"""The composition root: the one place that knows how all of it fits together."""

from mcma.wiring.core import Core, opened

__all__ = ["Core", "opened"]
