"""Whether a broker answers."""

import structlog

from mcma.worker.wording import describe

_log = structlog.get_logger(__name__)


class Line:
    """What of a connection is broken, part by part. Logs when the first part breaks and when the last one is
    mended, however many tries lie between."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._faults: dict[str, str] = {}

    @property
    def fault(self) -> str | None:
        """The reason, for people; None when all is well."""
        return next(iter(self._faults.values()), None)

    def worked(self, part: str) -> None:
        if self._faults.pop(part, None) is not None and not self._faults:
            _log.info("doorbell_back", broker=self._what)

    def failed(self, part: str, error: BaseException) -> None:
        reason = describe(_innermost(error))
        if not self._faults:
            _log.warning(
                "doorbell_lost", broker=self._what, reason=reason,
                hint="Jobs go on: their rows are looked at every few seconds.",
            )  # fmt: skip
        self._faults[part] = reason

    def forget(self, part: str) -> None:
        """That part is not used any more."""
        self._faults.pop(part, None)


def _innermost(error: BaseException) -> BaseException:
    """Task groups wrap what was raised, taskiq its reason."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error.__cause__ or error
