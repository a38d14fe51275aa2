"""Files leave uvicorn by os.sendfile: the kernel copies, Python only waits.

A stream costs a fraction of the processor time that reading and writing it in Python does. This builds on
uvicorn's internals, so it looks first whether they are what was tested; where they are not, the server runs
with uvicorn's own protocol and `mcma_plugins.web.file_response` reads the file in pieces.
"""

import asyncio
import importlib
import os
from collections.abc import Callable
from typing import Any, Final

__all__ = ["sendfile_protocol"]

_UVICORN: Final = "uvicorn.protocols.http.httptools_impl"

_USED: Final = {
    ("HttpToolsProtocol", "__init__"): {"loop", "transport", "flow", "scheme", "scope", "cycle"},
    ("HttpToolsProtocol", "on_headers_complete"): {"RequestResponseCycle", "cycle", "scope"},
    ("HttpToolsProtocol", "on_message_begin"): {"scope"},
    ("HttpToolsProtocol", "connection_made"): {"scheme", "is_ssl"},
    ("HttpToolsProtocol", "connection_lost"): set[str](),
    ("HttpToolsProtocol", "pause_writing"): {"flow", "pause_writing"},
    ("HttpToolsProtocol", "resume_writing"): {"flow", "resume_writing"},
    ("RequestResponseCycle", "__init__"): {"disconnected", "expected_content_length"},
    ("RequestResponseCycle", "send"): {"disconnected", "expected_content_length"},
    ("FlowControl", "drain"): set[str](),
}
"""The methods of uvicorn that are extended or relied on, and the names each of them has to work with."""


def sendfile_protocol() -> type[asyncio.Protocol] | str:
    """What to pass to uvicorn as `http`: the protocol class, or "auto" where it would not work."""
    kernel = all(hasattr(os, name) for name in ("sendfile", "preadv", "RWF_NOWAIT"))
    if not kernel or not _as_expected():
        return "auto"
    from mcma.api._sendfile import SendfileProtocol

    return SendfileProtocol


def _as_expected() -> bool:
    """Whether uvicorn's module (it needs httptools) is there and works with the names that are used."""
    try:
        module = importlib.import_module(_UVICORN)
        return all(names <= _names(module, where) for where, names in _USED.items())
    except (ImportError, AttributeError):
        return False


def _names(module: Any, where: tuple[str, str]) -> set[str]:
    method: Callable[..., object] = getattr(getattr(module, where[0]), where[1])
    return set(method.__code__.co_names)
