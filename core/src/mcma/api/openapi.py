"""The OpenAPI document: what FastAPI finds in the routes, with examples and problem documents."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from mcma.api.errors import PROBLEM
from mcma.api.respond import JSON

Document = dict[str, Any]
_REF = "#/components/schemas/"
DESCRIPTION = (
    "The native API. Log in by `POST /api/v1/auth/login` and send the access token as `Authorization: "
    "Bearer`. Lists are paged: `next` is the `cursor` of the next page. Errors are problem documents "
    "(RFC 9457)."
)
TAGS: Final = [
    {"name": "login", "description": "Open, renew and end a login."},
    {"name": "me", "description": "Oneself, and passwords for apps."},
    {"name": "catalogue", "description": "Artists, albums, tracks, genres."},
    {"name": "media", "description": "Bytes to play and pictures to show."},
    {"name": "listening", "description": "Likes, ratings and plays."},
    {"name": "playlists", "description": "Playlists and their rows."},
    {"name": "shares", "description": "Links for people without an account."},
    {"name": "stations", "description": "Internet radio."},
    {"name": "sync", "description": "A copy of everything, kept up to date."},
    {"name": "jobs", "description": "What the server does in the background."},
    {"name": "libraries", "description": "Folders that are indexed in place."},
    {"name": "wanted", "description": "What people ask to have."},
    {"name": "reviews", "description": "What claims mean: what people are asked, and decide."},
    {"name": "enrichment", "description": "What plugins know of music: asked, taken, and taken back."},
    {"name": "tags", "description": "What is written into files of managed libraries."},
    {"name": "uploads", "description": "Music handed in."},
    {"name": "imports", "description": "Folders that music is copied from."},
    {"name": "sources", "description": "Where music comes from."},
    {"name": "users", "description": "For administrators."},
    {"name": "admin", "description": "How the server is, and how it is set."},
    {"name": "server", "description": "Plugins and health."},
]
_FAILED: Document = {
    "description": "A problem document.",
    "content": {PROBLEM: {"schema": {"$ref": f"{_REF}Problem"}}},
}


def operation_id(route: APIRoute) -> str:
    return route.name


NOT_MODIFIED: Final[Document] = {"description": "The client's copy is still good."}


def area(prefix: str, tag: str) -> APIRouter:
    """Where the routes of one area of the API are gathered."""
    tags: list[str | Enum] = [tag]
    return APIRouter(
        prefix=f"/api/v1{prefix}", tags=tags, generate_unique_id_function=operation_id, redirect_slashes=False
    )


def told(
    summary: str,
    schema: str | None = None,
    status: int = 200,
    *,
    content: Document | None = None,
    also: Mapping[int, Document] = MappingProxyType({}),
    **more: Any,
) -> Document:
    """Keywords of a route: what it answers, beside problems. Its function's name is the operationId.

    `schema` names a class of `mcma.api.schemas`, which a server that nobody asks for its description never
    loads. `also` are further statuses of answers that are none.
    """
    good: Document = {"description": summary}
    if schema is not None:
        good["content"] = {JSON: {"schema": {"$ref": f"{_REF}{schema}"}}}
    if content is not None:
        good["content"] = content
        more["response_class"] = Response
    return {
        "summary": summary, "status_code": status, "response_model": None,
        "responses": {status: good, **also, "default": _FAILED}, **more,
    }  # fmt: skip


def binary(kind: str, what: str) -> Document:
    """`content` of an answer that is no JSON."""
    return {kind: {"schema": {"type": "string", "format": "binary", "description": what}}}


FILE_FORM: Final[Document] = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {
                "file": {"type": "string", "format": "binary", "description": "Exactly one file."}
            },
            "required": ["file"],
        }
    }
}


def document(app: FastAPI, base_path: str) -> Document:
    made = app.openapi()
    schemas: Document = made["components"]["schemas"]
    schemas |= _answers()
    known = _examples()
    for name, schema in schemas.items():
        if name in known:
            schema["examples"] = [known[name]]
        elif "enum" in schema:
            schema["examples"] = schema["enum"][:1]
    for path in made["paths"].values():
        for operation in path.values():
            _exemplify(operation, schemas)
    made["servers"] = [{"url": base_path or "/"}]
    made["components"]["schemas"] = dict(sorted(schemas.items()))
    return made


def _answers() -> Document:
    from mcma.api import schemas

    _, made = models_json_schema(
        [(model, "serialization") for model in schemas.models()], ref_template=f"{_REF}{{model}}"
    )
    found: Document = made["$defs"]
    return found


def _examples() -> Document:
    from mcma.api.examples import examples

    return examples()


def _exemplify(operation: Document, schemas: Document) -> None:
    """Puts the example of each schema beside where it is used: not every viewer looks it up."""
    answers = [one.get("content", {}) for one in operation["responses"].values()]
    for content in [*answers, operation.get("requestBody", {}).get("content", {})]:
        for media in content.values():
            schema = media.get("schema", {})
            name = next((ref for ref in _references(schema) if ref in schemas), None)
            found = schemas[name].get("examples") if name else None
            if found:
                media["example"] = found[0]


def _references(schema: Document) -> list[str]:
    places = [schema, *schema.get("anyOf", [])]
    return [one["$ref"].removeprefix(_REF) for one in places if "$ref" in one]
