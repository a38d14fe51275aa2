"""mcma health: what a container's health check asks."""

import json as encoding
from typing import TYPE_CHECKING, Any

from mcma.cli import context
from mcma.cli.output import as_json, table
from mcma.cli.values import Json

if TYPE_CHECKING:
    from mcma.settings import Settings

SECONDS = 5.0
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses that are listened on


def health(*, json: Json = False) -> None:
    """Ask the server of this data folder whether it can work; exit status 1 when it cannot."""
    from mcma.domain.errors import Unavailable

    found = _asked(readiness_url(context.settings()))
    if json:
        as_json(found)
    else:
        rows = [(name, check["state"], _words(check)) for name, check in found["checks"].items()]
        table(("Check", "State", "Details"), rows, "")
    if found["status"] == "unready":
        raise Unavailable("The server is up, but something it needs is not.")


def readiness_url(settings: "Settings") -> str:
    """The server that has the data folder says where it is; for others (PostgreSQL) the settings do."""
    from mcma.control.client import ADDRESS

    told = settings.data_dir / ADDRESS
    if told.is_file():
        return f"{told.read_text().strip()}/health/ready"
    host = _EVERYWHERE.get(settings.listen_on, settings.listen_on)
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.port}{settings.base_path}/health/ready"


def _asked(url: str) -> dict[str, Any]:
    import urllib.error
    import urllib.request

    from mcma.domain.errors import Unavailable

    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:  # noqa: S310 - http, by construction
            return _read(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return _read(error.read())
    except OSError as error:
        raise Unavailable(f"No server answers at {url}: {_reason(error)}", hint="mcma serve") from None


def _read(content: bytes) -> dict[str, Any]:
    from mcma.domain.errors import Unavailable

    try:
        found = dict(encoding.loads(content))
        return {"status": found["status"], "checks": dict(found["checks"])}
    except (ValueError, KeyError, TypeError):
        raise Unavailable("Something else than mcma answers there.", hint="MCMA_PORT") from None


def _reason(error: OSError) -> str:
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason)


def _words(check: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in check["details"].items())
