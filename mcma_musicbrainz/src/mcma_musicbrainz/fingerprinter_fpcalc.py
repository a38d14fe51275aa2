"""fpcalc, the program that comes with Chromaprint."""

import json
import struct
from pathlib import Path
from typing import Any, Final

from mcma_plugins.enrichers import Fingerprint
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.process import (
    Finished,
    Limits,
    ProcessFailed,
    ProgramMissing,
    SaidTooMuch,
    TookTooLong,
    run,
)

LENGTH: Final = 120
"""Seconds that are fingerprinted: what AcoustID compares."""
_ENDED_EARLY: Final = 3
"""It has a fingerprint all the same; any file that ends before `LENGTH` may end so."""
LIMITS: Final = Limits(seconds=120, cpu_seconds=120, file_size=0, output=256 * 1024, nicer=15)


class Fpcalc:
    def __init__(self, program: Path) -> None:
        self._program = program

    async def fingerprint(self, path: Path) -> Fingerprint:
        # An absolute path: of anything else it might fetch what it names.
        options = ("-raw", "-json", "-length", str(LENGTH), "--", str(path))
        return _read(await started([self._program, *options], LIMITS))


async def started(command: list[Any], limits: Limits) -> Finished:
    """Raises `ProgramMissing`, `RetryLater`, and `PermanentError` for a file that no program gets through."""
    try:
        return await run(command, limits)
    except ProgramMissing:
        raise
    except (TookTooLong, SaidTooMuch) as error:
        raise PermanentError(error.message, code="undecodable") from error
    except ProcessFailed as error:
        raise RetryLater(error.message, code="process_failed") from error


def fingerprint_of(raw: bytes, seconds: float) -> Fingerprint:
    """`raw`: little-endian. Raises `PermanentError`."""
    if not raw:
        raise PermanentError("It is too short to have a fingerprint.", code="too_short")
    if seconds <= 0:
        raise PermanentError("Nothing says how long it is.", code="undecodable")
    return Fingerprint(raw, round(seconds * 1000))


def _read(done: Finished) -> Fingerprint:
    if not done.ok and (done.code != _ENDED_EARLY or not done.output.strip()):
        if "Empty fingerprint" in done.errors:
            raise PermanentError("It is too short to have a fingerprint.", code="too_short")
        raise PermanentError(f"fpcalc: {done.last_line}", code="undecodable")
    try:
        said = json.loads(done.output)
        items = said["fingerprint"]
        return fingerprint_of(struct.pack(f"<{len(items)}I", *items), float(said["duration"]))
    except (ValueError, KeyError, TypeError, OverflowError, struct.error) as error:
        # Another program of this name: the next way may do.
        raise ProgramMissing("What fpcalc says is no fingerprint.") from error
