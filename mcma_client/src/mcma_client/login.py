"""Who is logged in where, in a file that nobody else may read."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from mcma_client.errors import Damaged, NotLoggedIn

_NAME = "login.json"


@dataclass(frozen=True)
class Login:
    """`url` is the server's, without `/api/v1`."""

    url: str
    username: str
    device_id: str
    access_token: str
    refresh_token: str

    @staticmethod
    def there(folder: Path) -> bool:
        return (folder / _NAME).is_file()

    @classmethod
    def read(cls, folder: Path) -> Self:
        try:
            return cls(**json.loads((folder / _NAME).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise NotLoggedIn("Nobody is logged in here: `mcma-client login URL`.") from None
        except (ValueError, TypeError):
            raise Damaged(f"{folder / _NAME} cannot be read: log in again.") from None

    def write(self, folder: Path) -> None:
        """Whole or not at all: a refresh token is good once, so the newest must never be lost."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = folder / f"{_NAME}.new"
        made.unlink(missing_ok=True)
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
            file.flush()
            os.fsync(file.fileno())
        made.replace(folder / _NAME)

    @staticmethod
    def forget(folder: Path) -> None:
        (folder / _NAME).unlink(missing_ok=True)
