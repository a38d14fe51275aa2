"""The one hierarchy of errors. Adapters map it in one module each (HTTP status, Subsonic code)."""

from mcma_plugins.errors import (
    Conflict,
    Forbidden,
    Gone,
    InvalidInput,
    McmaError,
    NotAuthenticated,
    NotFound,
    OutOfSpace,
    TooLarge,
    TooManyRequests,
    Unavailable,
    Unsupported,
)

__all__ = [
    "Conflict",
    "Forbidden",
    "Gone",
    "InvalidInput",
    "McmaError",
    "NotAuthenticated",
    "NotFound",
    "OutOfSpace",
    "TooLarge",
    "TooManyRequests",
    "Unavailable",
    "Unsupported",
]
