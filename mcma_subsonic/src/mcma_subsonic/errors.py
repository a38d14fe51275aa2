"""Subsonic error codes, and the one mapping of mcma's errors to them.

Codes: OpenSubsonic, responses/error. 20 and 30 (version mismatch) are never sent: nobody enforces them.
"""

from enum import IntEnum

from mcma_plugins import errors


class Code(IntEnum):
    GENERIC = 0
    MISSING_PARAMETER = 10
    WRONG_CREDENTIALS = 40
    TOKEN_UNSUPPORTED = 41
    MECHANISM_UNSUPPORTED = 42
    CONFLICTING_CREDENTIALS = 43
    WRONG_API_KEY = 44
    FORBIDDEN = 50
    NOT_FOUND = 70

    @property
    def meaning(self) -> str:
        """For docs/opensubsonic.md."""
        return _MEANINGS[self]


_MEANINGS = {
    Code.GENERIC: "Anything else: a number that is none, an unknown method, too many failed logins",
    Code.MISSING_PARAMETER: "A required parameter is missing or empty; no credentials at all",
    Code.WRONG_CREDENTIALS: "Wrong name or password, which of the two is not told",
    Code.TOKEN_UNSUPPORTED: "Not sent: `t` and `s` work for everybody",
    Code.MECHANISM_UNSUPPORTED: "Not sent: every mechanism of the specification works",
    Code.CONFLICTING_CREDENTIALS: "`apiKey` beside `u`, `p`, `t` or `s`",
    Code.WRONG_API_KEY: "An API key that is none, or no longer",
    Code.FORBIDDEN: "The user may not do that; the thing is read-only or not part of this server",
    Code.NOT_FOUND: "No such item for this user; an id that this server never gave out",
}


HTTP = {
    Code.GENERIC: 400,
    Code.MISSING_PARAMETER: 400,
    Code.WRONG_CREDENTIALS: 401,
    Code.TOKEN_UNSUPPORTED: 401,
    Code.MECHANISM_UNSUPPORTED: 401,
    Code.CONFLICTING_CREDENTIALS: 401,
    Code.WRONG_API_KEY: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
}
"""For the endpoints whose failures are told by a status."""

HELPFUL = {
    Code.WRONG_CREDENTIALS,
    Code.TOKEN_UNSUPPORTED,
    Code.MECHANISM_UNSUPPORTED,
    Code.WRONG_API_KEY,
}
"""Codes that carry `helpUrl`."""

CODES: tuple[tuple[type[errors.McmaError], Code], ...] = (
    (errors.NotAuthenticated, Code.WRONG_CREDENTIALS),
    (errors.Forbidden, Code.FORBIDDEN),
    (errors.NotFound, Code.NOT_FOUND),
    (errors.Gone, Code.NOT_FOUND),
    (errors.McmaError, Code.GENERIC),
)
"""First match wins."""

STATUSES: tuple[tuple[type[errors.McmaError], int], ...] = (
    (errors.Gone, 410),
    (errors.TooManyRequests, 429),
    (errors.Unavailable, 503),
    (errors.OutOfSpace, 507),
)
"""As `HTTP`, where the code alone says too little."""


class SubsonicError(Exception):
    """An answer with status="failed"."""

    def __init__(
        self, code: Code, message: str, *, http_status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http_status = http_status
        """Almost always 200: clients look at the envelope, many never at the status."""
        self.headers = headers or {}


def missing(name: str) -> SubsonicError:
    return SubsonicError(Code.MISSING_PARAMETER, f"Required parameter '{name}' is missing.")


def invalid(message: str) -> SubsonicError:
    return SubsonicError(Code.GENERIC, message)


def not_found(what: str = "The requested data") -> SubsonicError:
    return SubsonicError(Code.NOT_FOUND, f"{what} was not found.")


def from_mcma(error: errors.McmaError) -> SubsonicError:
    code = next(code for kind, code in CODES if isinstance(error, kind))
    return SubsonicError(code, error.message)


def by_status(error: SubsonicError | errors.McmaError) -> SubsonicError:
    """The same failure, for an endpoint whose failures have statuses of their own."""
    if isinstance(error, SubsonicError):
        status = HTTP[error.code] if error.http_status == 200 else error.http_status
        return SubsonicError(error.code, error.message, http_status=status, headers=error.headers)
    plain = from_mcma(error)
    status = next((found for kind, found in STATUSES if isinstance(error, kind)), HTTP[plain.code])
    return SubsonicError(plain.code, plain.message, http_status=status)
