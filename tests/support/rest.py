"""A Subsonic app in front of a real core: every answer is held against the specification's schemas."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2 as httpx

from mcma_subsonic.endpoints import ENDPOINTS
from tests.support import opensubsonic as spec
from tests.support.server import Person, Server

Content = dict[str, Any]


@dataclass(frozen=True)
class App:
    client: httpx.AsyncClient
    secret: str
    name: str = "test"

    def query(self, params: Content, form: str) -> Content:
        return {"apiKey": self.secret, "v": "1.16.1", "c": self.name, "f": form, **params}

    async def get(self, method: str, *, form: str = "json", **params: Any) -> httpx.Response:
        return await self.client.get(f"/rest/{method}", params=self.query(params, form))

    async def post(self, method: str, *, form: str = "json", **params: Any) -> httpx.Response:
        return await self.client.post(f"/rest/{method}.view", data=self.query(params, form))

    async def answer(self, method: str, **params: Any) -> Content:
        """What is in the envelope of a valid answer, a failed one too."""
        return valid(method, await self.post(method, **params))

    async def ask(self, method: str, **params: Any) -> Any:
        """The content of a success: without the envelope, and without the key when it is one."""
        inner = await self.answer(method, **params)
        assert inner["status"] == "ok", (method, params, inner)
        content = {key: value for key, value in inner.items() if key not in ENVELOPE}
        return next(iter(content.values())) if len(content) == 1 else content

    async def refused(self, method: str, code: int, **params: Any) -> str:
        """The message of the failure."""
        inner = await self.answer(method, **params)
        assert inner["status"] == "failed", (method, params, inner)
        assert inner["error"]["code"] == code, (method, params, inner)
        message: str = inner["error"]["message"]
        return message


ENVELOPE = {"status", "version", "type", "serverVersion", "openSubsonic"}


def valid(method: str, response: httpx.Response) -> Content:
    assert response.status_code == 200, (method, response.status_code, response.text[:500])
    tree = json.loads(response.content)
    assert spec.problems(method, tree) == [], method
    inner: Content = tree["subsonic-response"]
    return inner


def checked(method: str, response: httpx.Response) -> Content | None:
    """What any answer must be: bytes of a method that gives bytes (None), or a valid envelope of any form."""
    assert response.status_code < 500, (method, response.status_code, response.text[:500])
    assert b"Internal error" not in response.content, method  # a 500 by another name
    kind = response.headers.get("content-type", "").partition(";")[0]
    if kind == "text/xml":
        tree = spec.from_xml(method, response.content)
    elif kind in ("application/json", "application/javascript"):
        script = kind == "application/javascript"
        text = response.content.partition(b"(")[2].removesuffix(b");") if script else response.content
        tree = json.loads(text)
        assert spec.problems(method, tree) == [], method
    else:
        assert ENDPOINTS[method].media or ENDPOINTS[method].http_errors, (method, kind)
        return None
    inner: Content = tree["subsonic-response"]
    assert inner["status"] in ("ok", "failed")
    return inner


@cache
def parameters_of(method: str, *, required: bool = False) -> list[str]:
    """As the specification names them."""
    operation = next(iter(spec.document(f"endpoints/{method}.json").values()))
    return [each["name"] for each in operation.get("parameters", []) if each.get("required") or not required]


async def app_of(server: Server, person: Person, name: str = "test") -> App:
    """Logged in by an app password of its own."""
    assert person.caller is not None
    made = await server.core.services.app_passwords.create(person.caller, name)
    return App(server.nobody.client, made.secret, name)
