"""Where files of tests cost no disk.

Every test has a database of its own: some three hundred files on PostgreSQL, made in memory for a quarter of
the time, and on SQLite every commit waits for the disk, in vain for what is thrown away.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

GIB = 2**30
MEMORY = Path("/dev/shm")


def roomy_memory() -> Path | None:
    """Where there is enough of it for several test processes, and programs may run; else the usual place."""
    with suppress(OSError):
        page = os.sysconf("SC_PAGE_SIZE")
        free = min(shutil.disk_usage(MEMORY).free, os.sysconf("SC_AVPHYS_PAGES") * page)
        runs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
        if free > 6 * GIB and runs and os.access(MEMORY, os.W_OK | os.X_OK):
            return MEMORY
    return None
