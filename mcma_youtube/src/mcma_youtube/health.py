"""How the source is, and what people look at when it is not well."""

import re
import shutil
import sysconfig
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from mcma_plugins.errors import AuthorisationNeeded
from mcma_plugins.process import PATH
from mcma_plugins.sources import SourceHealth
from mcma_youtube.condition import Condition
from mcma_youtube.cookies import Cookies
from mcma_youtube.faults import UPDATE
from mcma_youtube.programs import Programs
from mcma_youtube.settings import YouTubeSettings

Details = dict[str, str | int | bool | None]
_DATE: Final = re.compile(r"(20\d\d)\.(\d{1,2})\.(\d{1,2})(?:\.|$)", re.ASCII)
_WORST: Final = (
    "auth_required",
    "blocked",
    "rate_limited",
    "outdated",
    "degraded",
    "no_network",
    "misconfigured",
)


async def health_of(
    settings: YouTubeSettings, programs: Programs, cookies: Cookies, conditions: Sequence[Condition]
) -> SourceHealth:
    """`ok` is what worked last, with a yt-dlp that is not too old, and cookies that can be read if any."""
    details: Details = {"js_runtime": js_runtime(settings)}
    try:
        await _tell_cookies(cookies, details)
        old = await _tell_program(settings, programs, details)
    except AuthorisationNeeded as error:
        return SourceHealth(False, "misconfigured", error.message, details)
    worst = min(conditions, key=lambda one: _weight(one.state))
    if worst.rest > 0:
        details["seconds_of_rest"] = round(worst.rest)
    if worst.state != "ready":
        return SourceHealth(False, worst.state, worst.reason, details)
    if details.get("cookies_expired"):
        reason = "The cookies are no longer valid; what can be got without them is."
        return SourceHealth(False, "auth_required", reason, details)
    if old is not None:
        return SourceHealth(False, "outdated", old, details)
    return SourceHealth(True, "ready", None, details)


def age_of(version: str, today: date | None = None) -> int | None:
    """Days since the date that a version of yt-dlp is."""
    match = _DATE.match(version)
    if match is None:
        return None
    try:
        made = date(*map(int, match.groups()))
    except ValueError:
        return None
    return max(0, ((today or datetime.now(UTC).date()) - made).days)


def js_runtime(settings: YouTubeSettings) -> str | None:
    """The program that would be used, as far as its file is there."""
    name, _, path = settings.js_runtime.partition(":")
    if path:
        return settings.js_runtime if Path(path).exists() else None
    found = shutil.which(name, path=f"{sysconfig.get_path('scripts')}:{PATH}")
    return None if found is None else f"{name}:{found}"


async def _tell_cookies(cookies: Cookies, details: Details) -> None:
    kept = await cookies.health()
    details["cookies"] = kept.kept_since is not None
    if kept.kept_since is not None:
        details["cookies_expired"] = cookies.expired()
        details["cookies_days"] = (datetime.now(UTC) - kept.kept_since).days
        details["cookies_last_success"] = kept.last_success.isoformat() if kept.last_success else None


async def _tell_program(settings: YouTubeSettings, programs: Programs, details: Details) -> str | None:
    """What is wrong with its age."""
    program = await programs.current()
    age = age_of(program.version)
    details |= {"yt_dlp": program.version, "yt_dlp_from": program.origin, "yt_dlp_days": age}
    if age is None or age <= settings.outdated_days:
        return None
    return f"yt-dlp {program.version} is {age} days old, and YouTube changes often: {UPDATE}"


def _weight(state: str) -> int:
    return _WORST.index(state) if state in _WORST else len(_WORST)
