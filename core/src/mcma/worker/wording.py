"""What of an error is kept in a job's row, where people who may see the job read it."""

import re

from mcma_plugins.errors import McmaError

LONGEST = 500
_LOGIN_IN_URL = re.compile(r"(?<=://)[^\s/@]{1,200}@")
_QUERY_OF_URL = re.compile(r"(?<=[^\s?]\?)[^\s'\"<>]*=[^\s'\"<>]*")
_NAMED_SECRET = re.compile(
    r"(?i)((?:pass(?:word)?|token|secret|api_?key|authorization|cookie|session|signature)[\"']?\s{0,3}[=:]\s{0,3})"
    r"(?:(?:bearer|basic)\s+)?[^\s,;&]+"
)


def clean(text: str) -> str:
    """Without what one of the databases could not keep: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def describe(error: BaseException) -> str:
    """Class and message, without logins and query strings of URLs and values that are named like secrets."""
    message = error.message if isinstance(error, McmaError) else str(error)
    message = clean(message)[: 4 * LONGEST]
    message = _LOGIN_IN_URL.sub("***@", message)
    message = _QUERY_OF_URL.sub("***", message)
    message = _NAMED_SECRET.sub(r"\1***", message)
    name = type(error).__name__
    return (f"{name}: {message}" if message else name)[:LONGEST]
