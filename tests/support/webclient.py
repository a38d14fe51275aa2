"""`Web` as tests ask with it: with little patience."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from mcma_plugins.fetching import Times, Web

QUICK = Times(connect=2, read=2, whole=4)


@asynccontextmanager
async def web(
    *allowed: str, times: Times = QUICK, addresses: Sequence[str] = (), tls: ssl.SSLContext | None = None
) -> AsyncIterator[Web]:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return addresses

    made = (
        Web(agent="mcma-test/1", allowed=allowed, times=times, tls=tls, resolver=resolver)
        if addresses
        else Web(agent="mcma-test/1", allowed=allowed, times=times, tls=tls)
    )
    try:
        yield made
    finally:
        await made.aclose()
