"""Logging: for people on a terminal, JSON elsewhere; whatever looks like a credential is taken out."""

import asyncio
import logging
import re
import secrets
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from mcma._structlog import structlog
from mcma.terminal import no_colour

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "***"
SECRET_NAMES = frozenset({
    "p", "t", "s", "jwt", "apikey", "api_key", "token", "access_token", "refresh_token", "authorization",
    "cookie", "set-cookie", "password", "secret", "setup_token", "app_password",
})  # fmt: skip
_IN_QUERY = re.compile(
    r"(?i)([?&](?:p|t|s|jwt|api_?key|(?:access_|refresh_)?token|password|secret)=)[^&\s\"'<>]*"
)
_IN_HEADER = re.compile(r"(?i)((?:authorization|cookie)[\"']?\s{0,3}[:=]\s{0,3}[\"']?)[^\"'\r\n]+")
_IN_URL = re.compile(r"(?<=://)[^\s/@]{1,200}@")
_DEEPEST = 6

_QUIET = ("uvicorn", "uvicorn.error", "asyncio", "aiosqlite", "alembic", "sqlalchemy", "stevedore", "PIL")
"""Loggers of libraries whose daily doings interest nobody."""


def configure(level: str = "info", style: str = "auto", stream: TextIO | None = None) -> None:
    """Sends structlog and the standard library's loggers to one handler on stderr. May be called again.

    `style`: console, json, or auto: console on a terminal.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream)
    handler.addFilter(_worth_telling)
    handler.setFormatter(_formatter(shared, style, stream or sys.stderr))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of every form that is none


def correlation_id() -> str:
    """For one request or one command; bind it as `request_id`."""
    return secrets.token_hex(8)


def redact(_: "WrappedLogger", __: str, event: "EventDict") -> "EventDict":
    """A structlog processor, the last before the renderer: exceptions are text by then."""
    return {name: _redacted(name, value, _DEEPEST) for name, value in event.items()}


def redacted_text(text: str) -> str:
    text = _IN_QUERY.sub(rf"\1{MASK}", text)
    text = _IN_HEADER.sub(rf"\1{MASK}", text)
    return _IN_URL.sub(f"{MASK}@", text)


def _redacted(name: str, value: Any, depth: int) -> Any:
    if name.lower() in SECRET_NAMES:
        return MASK
    if isinstance(value, str):
        return redacted_text(value.encode("utf-8", "backslashreplace").decode())
    if isinstance(value, bytes):
        return redacted_text(value.decode("utf-8", "backslashreplace"))
    if depth and isinstance(value, Mapping):
        return {key: _redacted(str(key), one, depth - 1) for key, one in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_redacted("", one, depth - 1) for one in value]
    return value


class _Handler(logging.StreamHandler[TextIO]):
    """Looks up stderr each time: a progress bar puts itself in its place for a while."""

    def __init__(self, stream: TextIO | None) -> None:
        logging.Handler.__init__(self)
        self._fixed = stream

    @property
    def stream(self) -> TextIO:
        return self._fixed or sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        self._fixed = value


def _worth_telling(record: logging.LogRecord) -> bool:
    """Not: the trace of a request that a stop cut off."""
    kind = record.exc_info[0] if isinstance(record.exc_info, tuple) else None
    return not (record.name.startswith("uvicorn") and kind is asyncio.CancelledError)


def _formatter(shared: "list[Processor]", style: str, stream: TextIO) -> logging.Formatter:
    for_people = style == "console" or (style == "auto" and stream.isatty())
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if for_people:
        colours = stream.isatty() and not no_colour()
        render: list[Processor] = [
            _short_time,
            structlog.processors.format_exc_info,
            redact,
            structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0),
        ]
    else:
        render = [structlog.processors.format_exc_info, redact, _json()]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[meta, *render])


def _short_time(_: "WrappedLogger", __: str, event: "EventDict") -> "EventDict":
    event["timestamp"] = str(event.get("timestamp", ""))[11:19]
    return event


def _json() -> "Processor":
    import orjson

    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS).decode("utf-8", "replace")

    return structlog.processors.JSONRenderer(serializer=dumps)
