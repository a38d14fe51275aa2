"""What one call of `mcma` was given, for whichever command runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcma.settings import Settings


@dataclass(slots=True)
class Given:
    """Options that every command takes."""

    data_dir: Path | None = None


given = Given()


def settings(**options: Any) -> "Settings":
    """Options that are None count as not given. Raises `ConfigError`."""
    from mcma.settings import load_settings

    wanted = {"data_dir": given.data_dir, **options}
    return load_settings(**{name: value for name, value in wanted.items() if value is not None})
