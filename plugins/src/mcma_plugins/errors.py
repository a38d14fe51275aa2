"""Errors that cross the border between core, plugins and adapters.

An adapter maps them once (HTTP status, Subsonic code); nobody else needs to know how they look outside.
"""

from typing import ClassVar


class McmaError(Exception):
    """Base of everything mcma raises on purpose.

    `code` is stable and machine-readable, the message is for people and carries no secrets.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        """The command or setting that would fix it, when there is one."""
        self.stable_code = code or self.code


class InvalidInput(McmaError):
    """What was sent cannot be understood (HTTP 422)."""

    code = "invalid_input"


class NotAuthenticated(McmaError):
    """No credentials, or wrong ones; the same words for both (HTTP 401)."""

    code = "not_authenticated"


class Forbidden(McmaError):
    """Known, but not allowed (HTTP 403)."""

    code = "forbidden"


class NotFound(McmaError):
    """Does not exist, or is not this user's (HTTP 404)."""

    code = "not_found"


class Conflict(McmaError):
    """The state of the object does not allow it (HTTP 409)."""

    code = "conflict"


class Gone(McmaError):
    """Existed once (HTTP 410)."""

    code = "gone"


class TooLarge(McmaError):
    """More bytes than are accepted (HTTP 413)."""

    code = "too_large"


class Unsupported(McmaError):
    """A format or a feature that is not here (HTTP 415)."""

    code = "unsupported"


class TooManyRequests(McmaError):
    """Slow down (HTTP 429). `retry_after` is in seconds."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: float = 1.0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class Unavailable(McmaError):
    """Something this needs is down (HTTP 503). `retry_after` is in seconds."""

    code = "unavailable"

    def __init__(
        self, message: str, *, retry_after: float = 5.0, code: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.retry_after = retry_after


class OutOfSpace(McmaError):
    """The disk is full (HTTP 507). Nothing was half-written."""

    code = "out_of_space"


class PluginError(McmaError):
    """Base of what a plugin raises to tell the host how to go on."""

    code = "plugin_error"


class AuthorisationNeeded(PluginError):
    """A person has to log in, renew a cookie or enter a key; no retry helps before."""

    code = "auth_required"


class TurnedOff(PluginError):
    """Raised in `Plugin.start` by a plugin that runs only when its settings say so: nothing is wrong."""

    code = "disabled"


class RetryLater(PluginError):
    """A passing fault. `after` is the least number of seconds to wait, when the service said so.

    Codes tell them apart: no_network, unreachable, rate_limited, incomplete, bad_answer; limited, where it is
    only this that cannot be told now, and everything else can be asked.
    """

    code = "retry_later"

    def __init__(
        self, message: str, *, after: float | None = None, code: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.after = after


class PermanentError(PluginError):
    """Never going to work like this; no retry."""

    code = "permanent"
