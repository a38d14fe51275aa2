"""What the answers of other servers mean, in the errors of the contract."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from mcma_plugins.errors import AuthorisationNeeded, PermanentError, PluginError, RetryLater

LONGEST_WAIT: Final = 24 * 3600.0
"""Seconds. Whoever says more is asked again the next day."""
_SHORTEST_WAIT: Final = 1.0
_PASSING: Final = frozenset({408, 425, 429})
_DIGITS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_PACKED: Final = frozenset({"", "identity", "gzip", "x-gzip"})


def too_large(most: int) -> PermanentError:
    return PermanentError(f"It is larger than the {most} bytes that are taken.", code="too_large")


def check_status(host: str, answer: httpx2.Response, login: bool) -> None:
    """`login`: somebody could log in there."""
    if not 200 <= answer.status_code < 300:
        raise _fault_of(host, answer, login)


def _fault_of(host: str, answer: httpx2.Response, login: bool) -> PluginError:
    status = answer.status_code
    if status in _PASSING or status >= 500:
        return _passing(host, answer)
    if status in (401, 403):
        return _denied(host, status, login)
    if status in (404, 410):
        return PermanentError(f"{host} has no such thing (any more).", code="not_found")
    return PermanentError(f"{host} refused that ({status}).", code="refused")


def _passing(host: str, answer: httpx2.Response) -> RetryLater:
    after = retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
    if answer.status_code == 429:
        return RetryLater(f"{host} asks to slow down.", after=after, code="rate_limited")
    return RetryLater(f"{host} is not well ({answer.status_code}).", after=after, code="unreachable")


def _denied(host: str, status: int, login: bool) -> PluginError:
    if login:
        return AuthorisationNeeded(f"{host} wants somebody to log in ({status}).")
    return PermanentError(f"{host} does not give that to us ({status}).", code="forbidden")


def retry_after(said: str | None, now: datetime) -> float | None:
    """Seconds, of a number or a date (RFC 9110 section 10.2.3), between one second and a day."""
    if said is None:
        return None
    if _DIGITS.fullmatch(said.strip()):
        return _clamped(float(said))
    try:
        then = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    return _clamped((then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())


def _clamped(seconds: float) -> float:
    return min(max(seconds, _SHORTEST_WAIT), LONGEST_WAIT)


def content_type(answer: httpx2.Response) -> str:
    return str(answer.headers.get("content-type", "")).partition(";")[0].strip().lower()


def check_type(host: str, answer: httpx2.Response, types: Sequence[str]) -> None:
    """`types`: beginnings of what is due. A page where none is due is the word of somebody in between (a
    login of the network, a service that is down), so it passes."""
    found = content_type(answer)
    if any(found.startswith(one) for one in types):
        return
    if found in _HTML:
        raise RetryLater(f"{host} answered with a page for people.", code="bad_answer")
    if types and found:
        raise PermanentError(f"{host} has {found[:100]} there.", code="unexpected_type")


def check_packing(host: str, answer: httpx2.Response, plain: bool) -> None:
    """One layer of gzip at most: of several, those within are as large as they like."""
    found = str(answer.headers.get("content-encoding", "")).strip().lower()
    if found not in (_PACKED if not plain else {"", "identity"}):
        raise RetryLater(f"{host} packed its answer in a way that was not asked for.", code="bad_answer")


def json_of(host: str, content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        page = content.lstrip()[:1] == b"<"
        what = "a page for people" if page else "something that is no JSON"
        raise RetryLater(f"{host} answered with {what}.", code="bad_answer") from error
