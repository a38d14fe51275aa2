"""A server on a real port, as it is served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from mcma.api.sendfile import sendfile_protocol
from tests.support.jobs import until
from tests.support.server import Server


@asynccontextmanager
async def listening(server: Server) -> AsyncIterator[str]:
    config = uvicorn.Config(
        server.app, port=0, http=sendfile_protocol(), log_config=None, access_log=False,
        proxy_headers=False, lifespan="on", ws="none",
    )  # fmt: skip
    web = uvicorn.Server(config)
    task = asyncio.create_task(web.serve())
    await until(lambda: web.started)
    port = web.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        web.should_exit = True
        await task
