"""Holds answers against an OpenAPI document, more strictly than clients should: unknown fields are wrong."""

import copy
import re
from typing import Any

import httpx2 as httpx
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012


class ApiDocument:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        strict = copy.deepcopy(document)
        for schema in strict["components"]["schemas"].values():
            if schema.get("type") == "object":
                schema.setdefault("additionalProperties", False)
        self._registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(strict))
        self._paths = [(re.compile(_pattern(path)), path) for path in document["paths"]]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """None for a path that the document does not have."""
        for pattern, named in self._paths:
            found = self.document["paths"][named].get(method.lower())
            if found and pattern.fullmatch(path):
                assert isinstance(found, dict)
                return found
        return None

    def check(self, method: str, answer: httpx.Response) -> None:
        operation = self.operation(method, answer.request.url.path)
        if operation is None or not answer.content:
            return
        told = operation["responses"].get(str(answer.status_code))
        if told is None:
            assert answer.status_code >= 400, (method, answer.request.url, answer.status_code)
            told = operation["responses"]["default"]
        kind = answer.headers["content-type"].partition(";")[0]
        media = told["content"].get(kind) or told["content"].get(f"{kind.partition('/')[0]}/*")
        assert media is not None, (method, answer.request.url, kind)
        if kind.endswith(("/json", "+json")):
            self.validate(answer.json(), media["schema"])

    def validate(self, content: Any, schema: dict[str, Any]) -> None:
        absolute = _absolute(schema)
        checker = Draft202012Validator(
            absolute, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        checker.validate(content)


def _pattern(path: str) -> str:
    return "".join(
        "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", path)
    )


def _absolute(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: f"urn:api{value}" if key == "$ref" else _absolute(value) for key, value in schema.items()
        }
    return [_absolute(one) for one in schema] if isinstance(schema, list) else schema
