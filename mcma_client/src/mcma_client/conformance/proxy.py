"""Between a client and the server: a network that fails as it is told to, and a server of a later version."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2 as httpx

from mcma_client.trust import authorities

FAULTS = ("refuse", "lose_answer", "repeat", "late", "busy", "cut")
"""`refuse`: the request does not arrive. `lose_answer`: it does, and the client never hears of it.
`repeat`: it arrives twice. `late`: the client hears nothing, and it arrives after the next one. `busy`: 503
with `Retry-After`. `cut`: half of the answer."""
_OWN = {"connection", "keep-alive", "transfer-encoding", "host", "upgrade", "te", "trailer",
        "proxy-connection", "content-length"}  # fmt: skip
"""Headers that are of one connection, not of what is said."""
_NEW = {"conformance_new": {"since": ["a", "later", 1]}}
_LINE = {"seq": 1, "scope": "me", "type": "conformance_new@1", "id": "019353a0-0000-7000-8000-00000000c0de",
         "op": "put", "rev": 1, "data": {"anything": None}}  # fmt: skip


class Proxy:
    """Of one client. `url` is what it is told that the server is."""

    def __init__(
        self, upstream: str, transport: httpx.BaseTransport | None = None, *, newer: bool = False
    ) -> None:
        self.newer, self.asked = newer, list[str]()
        self._faults, self._at = list[str](), ""
        self._late: httpx.Request | None = None
        self._on: tuple[str, int, Callable[[], None]] | None = None
        self._lock = threading.Lock()
        self.client = httpx.Client(base_url=upstream, transport=transport, timeout=60, verify=authorities())
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.client.close()

    def fails(self, *faults: str, at: str = "") -> None:
        """One after the other, to requests whose path has `at` in it."""
        self._faults, self._at = list(faults), at

    def when(self, at: str, times: int, then: Callable[[], None]) -> None:
        """`then`, and no answer, when `at` is asked for so many times."""
        self._on = (at, times, then)

    def begin(self, method: str, path: str) -> str | None:
        """The fault of this request."""
        with self._lock:
            self.asked.append(f"{method} {path}")
            if self._on is not None and self._on[0] in path:
                at, left, then = self._on
                self._on = (at, left - 1, then) if left > 1 else None
                if left == 1:
                    then()
                    return "refuse"
            return self._faults.pop(0) if self._faults and self._at in path else None

    def forward(self, request: httpx.Request, fault: str | None) -> httpx.Response | None:
        """None: the client gets no answer."""
        if fault in ("refuse", "late"):
            self._late = request if fault == "late" else self._late
            return None
        if fault == "busy":
            return httpx.Response(503, headers={"retry-after": "1"}, content=b"")
        if request.url.path.endswith("/events"):
            return httpx.Response(404, content=b"")
        answer = self._sent(request)
        if fault == "repeat":
            answer = self._sent(request)
        late, self._late = self._late, None
        if late is not None:
            self._sent(late)
        return None if fault == "lose_answer" else answer

    def _sent(self, request: httpx.Request) -> httpx.Response:
        answer = self.client.send(request)
        return _newer(request.url.path, answer) if self.newer and answer.status_code == 200 else answer


def _newer(path: str, answer: httpx.Response) -> httpx.Response:
    """As a server says it that knows more: of fields and types that nobody has heard of."""
    if path.endswith("/sync/changes"):
        body = json.loads(answer.content)
        found = [_with_more(line) for line in body["changes"]]
        content = json.dumps({**body, **_NEW, "changes": [_LINE, *found]}).encode()
    elif path.endswith("/sync/snapshot"):
        *lines, last, _ = answer.content.split(b"\n")
        told = [_LINE, *(_with_more(json.loads(line)) for line in lines)]
        content = b"".join(json.dumps(line).encode() + b"\n" for line in (*told, json.loads(last) | _NEW))
    elif path.endswith(("/sync/push", "/sync/capabilities", "/sync/digest")):
        content = json.dumps({**json.loads(answer.content), **_NEW}).encode()
    else:
        return answer
    return httpx.Response(200, headers={"content-type": answer.headers["content-type"]}, content=content)


def _with_more(line: dict[str, Any]) -> dict[str, Any]:
    data = {"data": {**line["data"], **_NEW}} if "data" in line else {}
    return {**line, **_NEW, **data}


class _Handler(BaseHTTPRequestHandler):
    """Of one connection."""

    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def log_message(self, *_: object) -> None:
        """Nothing: its lines would have what no log may have."""

    def handle_any(self) -> None:
        self.close_connection = True
        try:
            self._handle(self.proxy.begin(self.command, self.path), self._body())
        except (httpx.HTTPError, OSError, ValueError):
            return  # one of the two has gone

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        pieces = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _handle(self, fault: str | None, content: bytes) -> None:
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _OWN]
        request = self.proxy.client.build_request(self.command, self.path, headers=headers, content=content)
        answer = self.proxy.forward(request, fault)
        if answer is not None:
            self._answer(answer, cut=fault == "cut")

    def _answer(self, answer: httpx.Response, *, cut: bool) -> None:
        content = answer.content
        size = answer.headers.get("content-length", "0") if self.command == "HEAD" else len(content)
        self.send_response(answer.status_code)
        for name, value in answer.headers.multi_items():
            if name.lower() not in _OWN | {"content-encoding"}:
                self.send_header(name, value)
        self.send_header("content-length", str(size))
        self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any  # noqa: N815
