"""The ASGI application: from a request to a handler and back into an envelope.

Bare ASGI instead of a router: there is one kind of path, and every failure has to come out as an envelope.
"""

from collections.abc import Mapping, Sequence
from logging import Logger
from uuid import UUID

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from mcma_plugins.errors import McmaError, TooManyRequests
from mcma_plugins.ids import UserId
from mcma_plugins.services import Services
from mcma_plugins.values import Caller
from mcma_plugins.web import LOGIN_HELP, server_address
from mcma_subsonic import auth, clients, render
from mcma_subsonic.body import form_items, read_body
from mcma_subsonic.call import METHODS, Call, Endpoint, Node
from mcma_subsonic.compression import compressed
from mcma_subsonic.endpoints import ENDPOINTS
from mcma_subsonic.errors import Code, SubsonicError, by_status, from_mcma, invalid
from mcma_subsonic.network import Cors, Transport, address_of
from mcma_subsonic.params import Params, parse_urlencoded
from mcma_subsonic.settings import SubsonicSettings

_NOBODY = Caller(user_id=UserId(UUID(int=0)), name="")
_NOT_CACHED = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class SubsonicApp:
    """Answers below one mount. Never raises for what a client sent, never answers in HTML."""

    def __init__(self, services: Services, settings: SubsonicSettings, log: Logger) -> None:
        self.services, self.settings, self.log = services, settings, log
        self.transport = Transport(log, settings.require_tls_for_public)
        self.cors = Cors(frozenset(settings.cors_origins.replace(",", " ").split()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _Exchange(self, scope, receive, send).run()
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: SubsonicApp, scope: Scope, receive: Receive, send: Send) -> None:
        self.app, self.scope, self.receive = app, scope, receive
        self.headers = Headers(scope=scope)
        self.params = Params()
        self.body = b""
        self.endpoint = ENDPOINTS.get(_method_name(scope))
        self.started = False
        self._send = send
        self._shared_headers = app.cors.headers(self.headers.get("origin", ""))

    async def run(self) -> None:
        if self.scope["method"] == "OPTIONS":
            headers = self.app.cors.preflight(self.headers.get("origin", ""))
            await Response(status_code=204, headers=headers)(self.scope, self.receive, self._send)
            return
        try:
            await self._answer()
        except SubsonicError as error:
            await self._fail(error)
        except McmaError as error:
            await self._fail(by_status(error) if self._by_status else from_mcma(error))
        except HTTPException as error:  # of the host, about a body that is too large or too slow
            await self._fail(_refused(error))
        except Exception:  # an envelope is the only thing clients can read
            self.app.log.exception("Subsonic %s failed", _method_name(self.scope)[:64])
            status = 500 if self._by_status else 200
            await self._fail(SubsonicError(Code.GENERIC, "Internal error.", http_status=status))

    async def _answer(self) -> None:
        await self._read_params()
        endpoint = self.endpoint
        if endpoint is None:
            raise invalid(_unknown(_method_name(self.scope)))
        self._check_method(endpoint.methods)
        render.form_of(self.params.raw("f"), self.params.raw("callback"))
        result = await self._result(endpoint, await self._caller(endpoint))
        if isinstance(result, Response):
            await result(_as_get(self.scope), self.receive, self._send_media)
        else:
            await self._send_tree(render.success(result, self.app.services.version))

    async def _read_params(self) -> None:
        self.params.add(parse_urlencoded(self.scope.get("query_string", b"")))
        self._check_method(METHODS)
        if self.scope["method"] == "POST":
            self.body = await read_body(self.headers, self.receive)
            self.params.add(await form_items(self.headers, self.body))

    def _check_method(self, methods: Sequence[str]) -> None:
        if self.scope["method"] not in methods:
            use = f"Use {' or '.join(one for one in methods if one != 'HEAD')}."
            raise SubsonicError(Code.GENERIC, use, http_status=405, headers={"allow": ", ".join(methods)})

    @property
    def _by_status(self) -> bool:
        return self.endpoint is not None and self.endpoint.http_errors

    async def _caller(self, endpoint: Endpoint) -> Caller:
        if endpoint.public:
            return _NOBODY
        self.app.transport.check(self.scope)
        return await auth.login(self.app.services.logins, self.params, address_of(self.scope))

    async def _result(self, endpoint: Endpoint, caller: Caller) -> Node | Response:
        request = Request(_as_get(self.scope), self.receive)
        call = Call(self.params, caller, self.app.services, self.app.settings, request, self.body)
        try:
            return await endpoint.handler(call)
        except TooManyRequests as error:
            raise _slow_down(error, endpoint) from None

    async def _fail(self, error: SubsonicError) -> None:
        if self.started:
            # The head is out: only a cut connection can still say that something is wrong.
            raise ConnectionError(error.message) from error
        error = by_status(error) if self._by_status else error
        tree = render.failure(error, self.app.services.version, self._help())
        await self._send_tree(tree, error.http_status, error.headers)

    def _help(self) -> str:
        given = self.app.settings.help_url
        return given or server_address(Request(self.scope)) + LOGIN_HELP

    async def _send_tree(self, tree: Node, status: int = 200, headers: Mapping[str, str] = {}) -> None:
        form = self._form()
        profile = clients.profile_of(self.params.raw("c"))
        content_type, body = render.render(clients.trimmed(tree, profile, xml=form.name == "xml"), form)
        await self._send_body(body, content_type, status, {**_NOT_CACHED, **self._shared_headers, **headers})

    async def _send_body(self, body: bytes, kind: str, status: int, headers: dict[str, str]) -> None:
        if packed := compressed(body, self.headers.get("accept-encoding", "")):
            headers["content-encoding"] = "gzip"
        response = Response(packed or body, status, headers, kind)
        response.headers.add_vary_header("Accept-Encoding")
        if self.scope["method"] == "HEAD":
            response.body = b""
        await response(self.scope, self.receive, self._send)

    def _form(self) -> render.Form:
        try:
            return render.form_of(self.params.raw("f"), self.params.raw("callback"))
        except SubsonicError:
            return render.Form("json")

    async def _send_media(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            MutableHeaders(raw=message["headers"]).update(self._shared_headers)
        await self._send(message)


def _method_name(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).strip("/").removesuffix(".view")


def _unknown(method: str) -> str:
    """Apps put `/rest` behind the address of the server, also where people have entered it with one."""
    twice = method.startswith("rest/")
    return f"Unknown method.{' Enter the address of the server without /rest.' if twice else ''}"


def _as_get(scope: Scope) -> Scope:
    """For ranges and preconditions a form POST (extension formPost) is the GET it stands for."""
    return {**scope, "method": "GET"} if scope["method"] == "POST" else scope


def _refused(error: HTTPException) -> SubsonicError:
    headers = {**(error.headers or {}), "connection": "close"}
    return SubsonicError(Code.GENERIC, error.detail, http_status=error.status_code, headers=headers)


def _slow_down(error: TooManyRequests, endpoint: Endpoint) -> SubsonicError:
    """429 with Retry-After where bytes are asked for; elsewhere clients only read envelopes."""
    if not endpoint.media:
        return invalid(error.message)
    retry = {"retry-after": str(max(1, round(error.retry_after)))}
    return SubsonicError(Code.GENERIC, error.message, http_status=429, headers=retry)
