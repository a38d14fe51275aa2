"""What the web side needs to know of the settings; the names are theirs."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """`closing` is set by whoever stops the server, as soon as it is asked to: streams of events end then,
    and the server need not wait for them."""

    base_path: str = ""
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    max_body_bytes: int = 1_048_576
    max_upload_bytes: int = 2_147_483_648
    read_seconds: float = 20.0
    """How long a client may pause in the middle of a request's body."""
    heartbeat_seconds: float = 15.0
    """Between two signs of life on a stream of events."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def public_address(self) -> str | None:
        """`public_url` with the base path, however it was given."""
        if self.public_url is None or urlsplit(self.public_url).path.rstrip("/"):
            return self.public_url
        return f"{self.public_url}{self.base_path}"
