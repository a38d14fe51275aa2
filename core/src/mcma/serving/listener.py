"""The address a server listens on, taken before anything else starts: that it cannot be had should cost
nothing."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mcma.control.client import ADDRESS
from mcma.domain.errors import McmaError

BACKLOG = 512


class CannotListen(McmaError):
    code = "cannot_listen"


def bound(host: str, port: int) -> socket.socket:
    """Raises `CannotListen`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    except OSError as error:
        raise CannotListen(
            f"{host} is no address of this machine: {error.strerror}", hint="--host or MCMA_HOST"
        ) from None
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"Cannot listen on {host}, port {port}: {error.strerror}", hint=_way_out(error, port)
        ) from None
    return listener


@contextmanager
def announced(folder: Path, url: str) -> Iterator[None]:
    """Where the server of this data folder is found meanwhile. The caller holds the lock."""
    file = folder / ADDRESS
    file.write_text(url)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _way_out(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRNOTAVAIL:
        return "It is no address of this machine. --host, or MCMA_HOST"
    if error.errno == errno.EACCES:
        return "Ports below 1024 are for root. --port 6262, or MCMA_PORT"
    another = port + 1 if port < 65535 else 6262
    return f"Another program has it. --port {another}, or MCMA_PORT"
