"""What a scan was asked and what it did."""

from dataclasses import asdict, dataclass, field
from typing import Any

from mcma.domain.words import counted


@dataclass(frozen=True, slots=True)
class ScanOptions:
    full: bool = False
    """Read every file again."""
    accept_missing: bool = False
    """An admin says that the missing files are really gone."""


@dataclass(slots=True)
class ScanReport:
    """The job's result."""

    state: str = "ok"
    """ok, suspicious or failed."""
    error: str | None = None
    files: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    missing: int = 0
    returned: int = 0
    problems: int = 0
    """Files that were refused, and duplicates, which were not."""
    unknown_folders: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def note(self) -> str:
        return f"{self.added} added, {self.changed} changed, {counted(self.problems, 'problem')}"

    def as_result(self) -> dict[str, Any]:
        return asdict(self)
