"""What is wrong with a source, said in one way whatever it raised."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite

from mcma.domain.errors import McmaError
from mcma_plugins.errors import AuthorisationNeeded, PermanentError, PluginError, RetryLater
from mcma_plugins.sources import SOURCE_STATES

SLOW, BROKEN, REFUSED = "slow", "broken", "refused"
"""Beside `SOURCE_STATES`: no answer in time; an answer that keeps no promise, or an error nobody meant to
raise; asked for what will never work."""
ABSENT = "absent"
"""Of a source that was asked for by name, and does not run."""
LIMITED = "limited"
"""It can be asked about everything else."""
BUSY = "busy"
"""It was not asked: the person who asks has too many questions open."""
STATES = (*SOURCE_STATES, SLOW, BROKEN, REFUSED, ABSENT, LIMITED, BUSY)
WORDS = {
    "unreachable": "It cannot be reached.",
    "no_network": "This server has no network.",
    "rate_limited": "It is asked too often and wants a pause.",
    "blocked": "It refuses this server.",
    "auth_required": "An administrator has to log in to it again.",
    "outdated": "Its plugin is too old for it.",
    "misconfigured": "Its settings are wrong.",
    SLOW: "It does not answer in time.",
    BROKEN: "Its answer cannot be used.",
    REFUSED: "It does not do what it was asked for.",
    ABSENT: "There is no such source here.",
    LIMITED: "It cannot do all that it does.",
    BUSY: "Too many searches are open.",
}
"""For people who are no administrators: a plugin's own words may tell how this server is set up."""
UNKNOWN = "It cannot do it now."
LONGEST_WAIT = 7 * 86400.0


class SourceFault(McmaError):
    """A source could not do it. `state` is one of `STATES`, `retry_after` in seconds when it said so.

    The message is for everybody; `reason` is what the plugin said, for administrators and the log.
    """

    code = "source_unavailable"

    def __init__(
        self,
        source: str,
        state: str,
        reason: str,
        retry_after: float | None = None,
        *,
        permanent: bool = False,
        hint: str | None = None,
    ) -> None:
        self.words = reason if state == REFUSED else WORDS.get(state, UNKNOWN)
        super().__init__(f"The source {source} cannot do it now: {self.words}", hint=hint)
        self.source, self.state, self.reason, self.retry_after = source, state, reason, retry_after
        self.permanent = permanent
        """Asking again will not help."""


_CODES = {"bad_answer": BROKEN, "incomplete": "unreachable", "forbidden": "blocked", LIMITED: LIMITED}
"""What `mcma_plugins.fetching` says of a service, beside the states."""


def state_named(code: str) -> str | None:
    """The state of a source that the code of an error tells, if it is one."""
    return code if code in SOURCE_STATES else _CODES.get(code)


def fault_of(source: str, error: Exception) -> SourceFault:
    if isinstance(error, PluginError):
        return _of_plugin(source, error)
    if isinstance(error, TimeoutError):
        return SourceFault(source, SLOW, str(error) or "no answer in time")
    return SourceFault(source, BROKEN, str(error) or type(error).__name__)


def _of_plugin(source: str, error: PluginError) -> SourceFault:
    after = _wait(getattr(error, "after", None))
    state = state_named(error.stable_code) or _state(error, after)
    permanent = isinstance(error, PermanentError)
    return SourceFault(source, state, error.message, after, permanent=permanent, hint=error.hint)


def _state(error: PluginError, after: float | None) -> str:
    if isinstance(error, AuthorisationNeeded):
        return "auth_required"
    if isinstance(error, PermanentError):
        return REFUSED
    if isinstance(error, RetryLater):
        return "unreachable" if after is None else "rate_limited"
    return BROKEN


def _wait(after: object) -> float | None:
    if not isinstance(after, int | float) or not isfinite(after) or after <= 0:
        return None
    return min(float(after), LONGEST_WAIT)


@contextmanager
def faults_of(source: str) -> Iterator[None]:
    """Whatever `Asking` raises leaves as `SourceFault`."""
    try:
        yield
    except (PluginError, TimeoutError, RuntimeError) as error:
        raise fault_of(source, error) from error
