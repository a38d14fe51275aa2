"""Whom connections believe. Read once: that takes longer than all else of a connection's beginning."""

from functools import cache
from ssl import SSLContext

import httpx2 as httpx


@cache
def authorities() -> SSLContext:
    return httpx.create_ssl_context()
