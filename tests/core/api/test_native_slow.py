"""Clients that connect and then take their time over the head of a request."""

import asyncio

import pytest
import uvicorn

from mcma.api._sendfile import SendfileProtocol
from tests.support.jobs import until

pytestmark = pytest.mark.anyio


class Impatient(SendfileProtocol):
    head_timeout = 0.2


async def app(scope: object, receive: object, send: object) -> None:
    await asyncio.sleep(0.5)  # longer than a head may take: an answer may
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"ok"})  # type: ignore[operator]


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nhost: x\r\n", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"]
)
async def test_a_head_has_to_arrive_in_time(sent: bytes) -> None:
    config = uvicorn.Config(app, port=0, http=Impatient, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        answer = b""
        async with asyncio.timeout(5):
            if sent.endswith(b"\r\n\r\n"):  # complete: answered, and the connection stays for the next one
                assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
                writer.write(b"GET / HT")
            answer = await _rest(reader)
        assert answer == b""
    finally:
        writer.close()
        server.should_exit = True
        await task


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
