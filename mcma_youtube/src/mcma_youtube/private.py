"""Files of the plugin's own folder: whole or not at all, and readable by nobody else from the beginning."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_json(folder: Path, name: str, value: dict[str, Any]) -> None:
    write(folder, name, json.dumps(value).encode())


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """Empty when it is not there or cannot be read."""
    try:
        value = json.loads((folder / name).read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
