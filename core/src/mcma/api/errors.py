"""The one place where errors become HTTP: problem documents (RFC 9457) with a stable `code`."""

import errno
import math
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcma.api.respond import encoded
from mcma.domain import errors as known
from mcma.services.catalogue.files import FileReplaced
from mcma.services.outside import SourceFault
from mcma.services.renditions.advance import RenditionPending
from mcma.services.sync.cursors import BadCursor
from mcma.services.sync.scopes import ScopeDenied
from mcma_plugins.errors import AuthorisationNeeded, McmaError, RetryLater

_log = structlog.get_logger(__name__)

PROBLEM: Final = "application/problem+json"
STATUS: Final[Mapping[type[McmaError], int]] = {
    BadCursor: 400,
    known.InvalidInput: 422,
    known.NotAuthenticated: 401,
    known.Forbidden: 403,
    known.NotFound: 404,
    known.Conflict: 409,
    known.Gone: 410,
    known.TooLarge: 413,
    known.Unsupported: 415,
    known.TooManyRequests: 429,
    known.Unavailable: 503,
    known.OutOfSpace: 507,
    SourceFault: 503,
    AuthorisationNeeded: 503,
    RetryLater: 503,
}
_CODES: Final = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    415: "unsupported",
}
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_LONGEST: Final = 500


def problem(
    request: Request | Scope,
    status: int,
    code: str,
    detail: str,
    *,
    hint: str | None = None,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Response:
    """`more` are extension members (RFC 9457 section 3.2)."""
    scope = request.scope if isinstance(request, Request) else request
    content = {
        "type": f"urn:mcma:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail[:_LONGEST],
        "code": code,
        "hint": hint,
        "instance": str(scope.get("path", ""))[:_LONGEST],
        "request_id": scope.get("mcma.request_id"),
        **more,
    }
    return Response(encoded(content), status, {"cache-control": "no-store", **(headers or {})}, PROBLEM)


def of_error(request: Request | Scope, error: Exception) -> Response:
    """The problem document of any exception. What nobody expected tells nothing of itself, and is logged."""
    if isinstance(error, McmaError):
        return _of_known(request, error)
    if isinstance(error, RequestValidationError):
        return problem(request, 422, "invalid_input", first_wrong(error))
    if isinstance(error, HTTPException):
        return _of_http(request, error)
    if isinstance(error, OSError) and error.errno in _FULL:
        return problem(request, 507, known.OutOfSpace.code, "The disk is full.")
    _note(error)
    return problem(request, 500, "internal", "Something went wrong in the server; its log says what.")


def first_wrong(error: RequestValidationError) -> str:
    """Names the first field that is wrong, and never repeats what was sent for it."""
    found: Mapping[str, Any] = next(iter(error.errors()), {})
    where, *path = found.get("loc", ("request",))
    if found.get("type") == "json_invalid":
        return "The body is not JSON."
    named = ".".join(str(part)[:60] for part in path) or "the body"
    return f"{named} ({where}): {str(found.get('msg', 'is wrong')).removeprefix('Value error, ')}"


def _of_known(request: Request | Scope, error: McmaError) -> Response:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    if status == 500:
        _note(error)
    headers = {}
    wait = getattr(error, "retry_after", None) or getattr(error, "after", None)
    if wait is not None:
        headers["retry-after"] = str(max(1, math.ceil(wait)))
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return problem(
        request, status, error.stable_code, error.message, hint=error.hint, headers=headers, more=_more(error)
    )


def _more(error: McmaError) -> Mapping[str, Any]:
    if isinstance(error, FileReplaced):
        return {"replaced_by": error.replaced_by}
    if isinstance(error, RenditionPending):
        return {"state": error.state, "job_id": error.job_id}
    if isinstance(error, SourceFault):
        return {"source": error.source, "state": error.state}
    if isinstance(error, ScopeDenied):
        return {"scopes": error.scopes}
    return {}


def _of_http(request: Request | Scope, error: HTTPException) -> Response:
    code = _CODES.get(error.status_code, "http")
    return problem(request, error.status_code, code, error.detail, headers=error.headers)


def _note(error: Exception) -> None:
    """As plain text: prettier tracebacks show the values of variables, passwords included."""
    _log.error("request_failed", exception="".join(traceback.format_exception(error)))


def install(app: FastAPI) -> None:
    async def handle(request: Request, error: Exception) -> Response:
        return of_error(request, error)

    for kind in (McmaError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, handle)


class Contained:
    """What a route or a plugin's adapter raises becomes a problem document, as long as nothing was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting if scope["type"] == "http" else send)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            await of_error(scope, error)(scope, receive, send)
