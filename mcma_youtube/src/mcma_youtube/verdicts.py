"""What yt-dlp complains of, and what it means. The words are those of yt-dlp 2026.10 and of YouTube."""

import re
import signal
from collections.abc import Callable
from typing import Final, NamedTuple

from mcma_plugins.errors import McmaError, OutOfSpace
from mcma_plugins.process import Finished
from mcma_youtube import faults

TOO_LARGE: Final = "File is larger than max-filesize"
"""In what it says, not in what it complains of; and it ends well."""
_KILLED_BY_SIZE: Final = (-signal.SIGXFSZ, 128 + signal.SIGXFSZ)


class Verdict(NamedTuple):
    words: str
    error: Callable[[], McmaError]


def _never(code: str, reason: str) -> Callable[[], McmaError]:
    return lambda: faults.never(code, reason)


def _no_space() -> McmaError:
    return OutOfSpace("There is no space left for a download.")


def too_large() -> McmaError:
    return faults.never("too_large", "It is larger than a download may be.")


VERDICTS: Final = (
    Verdict(r"no space left on device|disk quota exceeded", _no_space),
    Verdict(r"file too large", too_large),
    Verdict(
        r"sign in to confirm you.{1,3}re not a bot|captcha challenge|unusual traffic",
        lambda: faults.blocked("it takes this server for a machine"),
    ),
    Verdict(
        r"http error 429|too many requests|rate-limited by youtube"
        r"|content isn.{1,3}t available, try again later",
        faults.rate_limited,
    ),
    Verdict(r"cookies are no longer valid", lambda: faults.auth_required("The cookies are no longer valid.")),
    Verdict(
        r"confirm your age|age-restricted|age restricted|inappropriate for some users",
        _never("age_restricted", "It is only shown to adults who have logged in."),
    ),
    Verdict(r"private video|video is private", _never("private", "It is private.")),
    Verdict(
        r"members-only|join this channel|requires payment|must be purchased|premium members",
        _never("paid", "It is only for those who pay."),
    ),
    Verdict(
        r"not available (?:from|in) your (?:location|country|region)|blocked it in your country"
        r"|not made this video available in your country",
        _never("region", "It is not to be had where this server is."),
    ),
    Verdict(r"drm.protected", _never("protected", "It is protected against copying.")),
    Verdict(
        r"premieres in|live event will begin|live event has ended|offline\.|is not currently live",
        _never("live", "It is not over or has not begun yet."),
    ),
    Verdict(
        r"login details are needed|only available for registered users|sign in if you|login required",
        lambda: faults.auth_required("Somebody has to be logged in for that."),
    ),
    Verdict(
        r"video unavailable|video is (?:un|not )available|no longer available|has been removed"
        r"|been terminated|does not exist|removed by the uploader|http error 404|http error 410",
        _never("removed", "It is not there any more."),
    ),
    Verdict(r"http error 401|http error 403", lambda: faults.blocked("it forbids the download")),
    Verdict(r"http error 5\d\d", lambda: faults.degraded("its servers are not well")),
    Verdict(
        r"certificate_verify_failed|ssl:|tls",
        lambda: faults.no_network("the connection is not secure"),
    ),
    Verdict(
        r"failed to resolve|name resolution|name or service not known|nodename nor servname"
        r"|network is unreachable|no route to host|connection refused|connection reset|connection aborted"
        r"|connection broken|remote end closed|unable to connect|timed out|timeout|proxy error",
        lambda: faults.no_network("the connection fails"),
    ),
    Verdict(
        r"bytes read|content too short|did not get any data|giving up after|incomplete",
        lambda: faults.degraded("the sound broke off"),
    ),
    Verdict(
        r"requested format is not available|only images are available|no video formats found",
        lambda: faults.outdated("no sound was found (is there a JavaScript runtime?)"),
    ),
    Verdict(
        r"unsupported url|no suitable extractor",
        lambda: faults.outdated("yt-dlp does not know the address"),
    ),
    Verdict(
        r"unable to extract|failed to extract|failed to parse|extraction failed|report this issue"
        r"|confirm you are on the latest version|player response",
        lambda: faults.outdated("yt-dlp cannot read its pages"),
    ),
    Verdict(
        r"no module named|syntaxerror|importerror|cannot start",
        lambda: faults.misconfigured("yt-dlp does not start."),
    ),
)
_TABLE: Final = tuple((re.compile(one.words, re.IGNORECASE), one.error) for one in VERDICTS)
_WEIGHTY: Final = re.compile(
    r"^(?:ERROR|WARNING): .*$|^\w*Error: .*$|^.*(?:No module named|cannot start).*$", re.MULTILINE
)


def verdict(done: Finished) -> McmaError:
    """Of a run that brought nothing. Errors are heard before warnings."""
    if done.code in _KILLED_BY_SIZE:
        return too_large()
    lines = _WEIGHTY.findall(done.errors)
    for one in sorted(lines, key=lambda line: line.startswith("WARNING")):
        if found := _meaning(one):
            return found
    return faults.degraded(f"yt-dlp ended with {done.code}")


def _meaning(line: str) -> McmaError | None:
    return next((error() for words, error in _TABLE if words.search(line)), None)
