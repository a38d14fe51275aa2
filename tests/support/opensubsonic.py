"""Checks answers against the OpenAPI files of OpenSubsonic, and reads XML back by the same files.

The files are the specification's own, in tests/subsonic/opensubsonic with their licence.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).parents[1] / "subsonic" / "opensubsonic" / "openapi"
BASE = "https://specification.invalid/"
NAMESPACE = "{http://subsonic.org/restapi}"

Schema = dict[str, Any]
AnySchema = bool | Mapping[str, Any]
Node = dict[str, Any]

OVERLAY: dict[str, Schema] = {
    # The page says gain, the file says volume.
    "schemas/JukeboxStatus.json": {
        "type": "object",
        "properties": {
            "currentIndex": {"type": "integer"},
            "playing": {"type": "boolean"},
            "gain": {"type": "number"},
            "position": {"type": "integer"},
        },
        "required": ["currentIndex", "playing", "gain"],
    },
    # The file has no schema; this is the XSD's.
    "schemas/SearchResult.json": {
        "type": "object",
        "properties": {
            "offset": {"type": "integer"},
            "totalHits": {"type": "integer"},
            "match": {"type": "array", "items": {"$ref": "./Child.json"}},
        },
        "required": ["offset", "totalHits", "match"],
    },
    # No schema either, and only ever empty here.
    "schemas/Videos.json": {
        "type": "object",
        "properties": {"video": {"type": "array", "items": {"$ref": "./Child.json"}}},
    },
    # The file forgets the envelope.
    "schemas/TranscodeDecisionResponse.json": {
        "content": {"application/json": {"schema": {"$ref": "./TranscodeDecisionEnvelope.json"}}}
    },
    "schemas/TranscodeDecisionEnvelope.json": {
        "properties": {"subsonic-response": {"oneOf": [{"$ref": "./TranscodeDecisionSuccess.json"}]}}
    },
    "schemas/TranscodeDecisionSuccess.json": {
        "allOf": [
            {"$ref": "./SubsonicResponse/SubsonicSuccessResponse.json"},
            {
                "type": "object",
                "properties": {"transcodeDecision": {"$ref": "./TranscodeDecision.json"}},
                "required": ["transcodeDecision"],
            },
        ]
    },
}
"""Errata of the specification."""

EXTRAS: dict[str, frozenset[str]] = {
    # Older clients read these of folder entries, other servers send them.
    "Child": frozenset({"name", "songCount"}),
    "Directory": frozenset({"coverArt"}),
    "Artist": frozenset({"coverArt"}),
    "ArtistID3": frozenset({"userRating"}),
    "ScanStatus": frozenset({"lastScan"}),
    "User": frozenset({"email"}),
}
"""Keys beyond the schemas that are wanted."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")
_formats = FormatChecker(())


@_formats.checks("date-time")
def _is_moment(value: object) -> bool:
    """Stricter than the format: UTC, and no finer than milliseconds."""
    return not isinstance(value, str) or _RFC3339.fullmatch(value) is not None


@cache
def document(path: str) -> Schema:
    return OVERLAY.get(path) or json.loads((ROOT / path).read_text())


@cache
def _registry() -> Registry[AnySchema]:
    """Of all files at once: one that fetches them looks through each again at every reference."""
    paths = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.json")} | set(OVERLAY)
    files = (
        (BASE + path, Resource.from_contents(document(path), default_specification=DRAFT202012))
        for path in paths
    )
    return Registry[AnySchema]().with_resources(files).crawl()


def endpoints() -> list[str]:
    """Every method of the specification."""
    return sorted(path.name.removesuffix(".json") for path in (ROOT / "endpoints").glob("*.json"))


@cache
def success_path(endpoint: str) -> str | None:
    """The file that describes a successful answer; None for endpoints that answer with bytes."""
    at = f"endpoints/{endpoint}.json"
    response = next(iter(document(at).values()))["responses"]["200"]
    if "$ref" in response:
        at = _join(at, response["$ref"])
        response = document(at)
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" not in schema:
        return None
    at = _join(at, schema["$ref"])
    wrapper = document(at)
    inner = wrapper.get("properties", {}).get("subsonic-response")
    return None if inner is None else _join(at, inner["oneOf"][0]["$ref"])


def _join(path: str, ref: str) -> str:
    return urljoin(BASE + path, ref).removeprefix(BASE)


FAILURE = "schemas/SubsonicResponse/SubsonicFailureResponse.json"


@cache
def _validator(path: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": BASE + path}, registry=_registry(), format_checker=_formats)


def problems(endpoint: str, answer: object) -> list[str]:
    """Everything that is wrong with a JSON answer; keys that no schema knows count as wrong."""
    if not isinstance(answer, dict) or set(answer) != {"subsonic-response"}:
        return ["not an envelope"]
    inner = answer["subsonic-response"]
    path = FAILURE if inner.get("status") == "failed" else success_path(endpoint)
    if path is None:
        return ["a success of an endpoint that answers with bytes"]
    errors = _validator(path).iter_errors(inner)
    found = [f"{error.json_path}: {error.message[:200]}" for error in errors]
    return found + list(_unknown_keys(inner, {"$ref": BASE + path}, "", "$"))


def _resolved(schema: Schema, at: str) -> Iterator[tuple[Schema, str]]:
    """The schema and all it is composed of, each with the file it stands in."""
    if "$ref" in schema:
        path = _join(at, schema["$ref"])
        yield from _resolved(document(path), path)
        return
    yield schema, at
    for part in schema.get("allOf", ()):
        yield from _resolved(part, at)


def _properties(schema: Schema, at: str) -> dict[str, tuple[Schema, str]]:
    return {
        key: (value, where)
        for part, where in _resolved(schema, at)
        for key, value in part.get("properties", {}).items()
    }


def _type(schema: Schema, at: str) -> str:
    return next((str(part["type"]) for part, _ in _resolved(schema, at) if "type" in part), "object")


def _items(schema: Schema, at: str) -> tuple[Schema, str]:
    return next((part["items"], where) for part, where in _resolved(schema, at) if "items" in part)


def _names(schema: Schema, at: str) -> set[str]:
    return {PurePosixPath(where).stem for _, where in _resolved(schema, at)}


def _unknown_keys(value: object, schema: Schema, at: str, path: str) -> Iterator[str]:
    if isinstance(value, list):
        items, where = _items(schema, at)
        for index, item in enumerate(value):
            yield from _unknown_keys(item, items, where, f"{path}[{index}]")
    elif isinstance(value, dict):
        known = _properties(schema, at)
        extra = frozenset().union(*(EXTRAS.get(name, frozenset()) for name in _names(schema, at)))
        for key, item in value.items():
            if key in known:
                yield from _unknown_keys(item, *known[key], f"{path}.{key}")
            elif key not in extra:
                yield f"{path}.{key}: not in the specification"


# XML ----------------------------------------------------------------------------------------------------


def from_xml(endpoint: str, text: bytes) -> Node:
    """The tree that JSON would have carried, as far as XML carries it."""
    root = ElementTree.fromstring(text)
    if root.tag != NAMESPACE + "subsonic-response":
        raise ValueError(f"unexpected root {root.tag}")
    failed = root.get("status") == "failed"
    path = FAILURE if failed else success_path(endpoint)
    return {"subsonic-response": _read(root, {"$ref": BASE + (path or FAILURE)}, "")}


_EXTRA_TYPES: dict[str, Schema] = {
    "name": {"type": "string"},
    "coverArt": {"type": "string"},
    "songCount": {"type": "integer"},
    "userRating": {"type": "integer"},
    "lastScan": {"type": "string"},
    "email": {"type": "string"},
}


def _read(element: ElementTree.Element, schema: Schema, at: str) -> Node:
    known = _properties(schema, at)
    node: Node = {
        key: _scalar(value, *known.get(key, (_EXTRA_TYPES.get(key, {}), at)))
        for key, value in element.attrib.items()
    }
    if "value" in known and element.text is not None:
        node["value"] = element.text
    for child in element:
        key = child.tag.removeprefix(NAMESPACE)
        _put(node, key, child, *known[key])
    return node


def _put(node: Node, key: str, child: ElementTree.Element, schema: Schema, at: str) -> None:
    kind = _type(schema, at)
    if kind == "array":
        node.setdefault(key, []).append(_member(child, *_items(schema, at)))
    elif key in node:
        raise ValueError(f"{key} occurs twice")
    else:
        node[key] = _member(child, schema, at)


def _member(child: ElementTree.Element, schema: Schema, at: str) -> object:
    if _type(schema, at) == "object":
        return _read(child, schema, at)
    return _scalar(child.text or "", schema, at)


def _scalar(text: str, schema: Schema, at: str) -> object:
    kind = _type(schema, at)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind == "integer":
        return int(text)
    return float(text) if kind == "number" else text


def as_xml_can(tree: Any) -> Any:
    """XML 1.0 has no control characters."""
    if isinstance(tree, dict):
        return {key: as_xml_can(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [as_xml_can(item) for item in tree]
    if isinstance(tree, str):
        return "".join(
            each for each in tree if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff")
        )
    return tree


def significant(value: Any) -> Any:
    """The tree without what XML leaves out: empty strings, zeros, false, empty containers."""
    if isinstance(value, dict):
        kept = {key: significant(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ("", 0, False, [], {}, None)}
    if isinstance(value, list):
        return [significant(item) for item in value]
    return value
