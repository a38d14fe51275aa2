"""uvicorn's httptools protocol with `mcma.sendfile`. Take it from `mcma.api.sendfile`, which looks first."""

import asyncio
import errno
import os
from typing import Any, ClassVar, Final
from weakref import WeakSet

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from mcma.api._stall import StallWatch
from mcma_plugins.web import SENDFILE

WINDOW: Final = 2 * 1024 * 1024
"""Bytes per call: large enough to be cheap, small enough that other requests get their turn."""

_HUNG_UP: Final = {
    errno.EPIPE,
    errno.ECONNRESET,
    errno.ECONNABORTED,
    errno.ENOTCONN,
    errno.ETIMEDOUT,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.ENETDOWN,
}
_CANNOT: Final = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
"""sendfile(2): this file system or socket does not do it."""


class SendfileProtocol(HttpToolsProtocol):
    """uvicorn's httptools protocol that offers `mcma.sendfile` on plain connections and cuts stalled ones."""

    idle_timeout: ClassVar[float] = 60.0
    """Seconds a peer may take nothing of what is waiting for it, whoever wrote it."""
    head_timeout: ClassVar[float] = 20.0
    """Seconds from connecting, or from a request's first byte, to the end of its head. uvicorn has no such
    limit: a peer that sends a byte now and then would hold its connection for ever."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiter: asyncio.Future[None] | None = None
        self.head: asyncio.TimerHandle | None = None
        self.cycles: WeakSet[RequestResponseCycle] = WeakSet()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.stall = StallWatch(self.loop, transport, self.idle_timeout)
        self._expect_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.head is None:
            self._expect_head()

    def _expect_head(self) -> None:
        self.head = self.loop.call_later(self.head_timeout, self.transport.abort)

    def _forget_head(self) -> None:
        if self.head is not None:
            self.head.cancel()
            self.head = None

    def on_headers_complete(self) -> None:
        """Offer the extension; under TLS the kernel does not know the keys, so there is none."""
        self._forget_head()
        sender = Sender(self)
        if self.scheme == "http":
            self.scope["extensions"] = {SENDFILE: {"send": sender}}
        super().on_headers_complete()
        sender.cycle = self.cycle
        if self.cycle is not None:
            self.cycles.add(self.cycle)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.stall.start()

    def resume_writing(self) -> None:
        self.stall.stop()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stall.stop()
        self._forget_head()
        super().connection_lost(exc)
        self._tell_all()
        wake(self.waiter)

    def _tell_all(self) -> None:
        """uvicorn tells the latest request that the client is gone; an earlier one, which a client that
        pipelines is still waiting for, would write to a closed connection."""
        for cycle in self.cycles:
            cycle.disconnected = True
            cycle.message_event.set()


class Sender:
    """The extension of one request; satisfies `mcma_plugins.web.Sendfile`."""

    def __init__(self, protocol: SendfileProtocol) -> None:
        self.protocol = protocol
        self.cycle: RequestResponseCycle | None = None

    async def __call__(self, fd: int, offset: int, count: int) -> bool:
        """The length is known once the head is out; no cycle: a WebSocket, or a task that began at once."""
        if self.cycle is None or self.cycle.expected_content_length < count:
            return False
        try:
            return await self._send(self.cycle, fd, offset, count)
        except BaseException as error:
            self._cut(self.cycle)
            if isinstance(error, OSError) and error.errno in _HUNG_UP:
                return True
            raise

    async def _send(self, cycle: RequestResponseCycle, fd: int, offset: int, count: int) -> bool:
        await self._flush()
        out = os.dup(self.protocol.transport.get_extra_info("socket").fileno())
        try:
            sent = await self._pump(out, fd, offset, offset + count)
        finally:
            os.close(out)
        cycle.expected_content_length -= sent
        return sent == count

    async def _flush(self) -> None:
        """Wait until the transport holds nothing, so that the body cannot overtake the head."""
        transport = self.protocol.transport
        low, high = transport.get_write_buffer_limits()
        transport.set_write_buffer_limits(high=0)
        try:
            while transport.get_write_buffer_size() and not transport.is_closing():
                paused = self.protocol.flow.write_paused
                await (self.protocol.flow.drain() if paused else asyncio.sleep(0))
        finally:
            transport.set_write_buffer_limits(high, low)
        self._check()

    async def _pump(self, out: int, fd: int, position: int, end: int) -> int:
        """The number of bytes sent: all, or none where the kernel cannot do it for this file."""
        start = position
        while position < end:
            asked = min(WINDOW, end - position)
            try:
                sent = await _push(out, fd, position, asked)
            except OSError as error:
                if error.errno in _CANNOT and position == start:
                    return 0
                raise
            position += sent
            if position < end:
                await (asyncio.sleep(0) if sent == asked else self._writable(out))
                self._check()
        return position - start

    async def _writable(self, out: int) -> None:
        """Wait for room. `out` is a duplicate, because loops refuse to watch a transport's own descriptor."""
        protocol, loop = self.protocol, self.protocol.loop
        protocol.waiter = loop.create_future()
        loop.add_writer(out, wake, protocol.waiter)
        protocol.stall.start()
        try:
            await protocol.waiter
        finally:
            protocol.stall.stop()
            loop.remove_writer(out)
        self._check()

    def _check(self) -> None:
        if self.protocol.transport.is_closing():
            raise ConnectionResetError(errno.ECONNRESET, "the client hung up")

    def _cut(self, cycle: RequestResponseCycle) -> None:
        """End the connection; what the application still says about this response goes nowhere."""
        cycle.disconnected = True
        self.protocol.transport.abort()


def wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


async def _push(out: int, fd: int, position: int, count: int) -> int:
    """One sendfile(2): here when the bytes are in memory, in a thread when the disk has to be waited for."""
    if _in_memory(fd, position) and _in_memory(fd, position + count - 1):
        return _sendfile(out, fd, position, count)
    thread = asyncio.get_running_loop().run_in_executor(None, _sendfile, out, fd, position, count)
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait([thread])  # the descriptors are closed next, and must not be in use then
        raise


def _sendfile(out: int, fd: int, position: int, count: int) -> int:
    """Bytes sent, 0 when the socket is full. Raises EOFError where the file has ended."""
    try:
        sent = os.sendfile(out, fd, position, count)
    except BlockingIOError:
        return 0
    if not sent:
        raise EOFError("the file is shorter than it was")
    return sent


def _in_memory(fd: int, position: int) -> bool:
    """preadv2(2): RWF_NOWAIT fails instead of waiting for the disk, or where it is not supported."""
    try:
        return os.preadv(fd, [bytearray(1)], position, os.RWF_NOWAIT) == 1
    except OSError:
        return False
