"""structlog without rich, which it would load at once, for tracebacks drawn in colour: a tenth of a start and
eight megabytes of a server that never draws one. To be imported before anything imports structlog itself."""

import sys

_WITH_RICH = "rich" in sys.modules
if not _WITH_RICH:  # for now it is as if it were not installed
    sys.modules["rich"] = None  # type: ignore[assignment]

import structlog  # noqa: E402

if not _WITH_RICH:
    del sys.modules["rich"]

__all__ = ["structlog"]
