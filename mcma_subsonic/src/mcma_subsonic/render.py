"""Envelopes, and the three forms of one tree: XML (default, also for unknown `f`), JSON, JSONP."""

import re
from typing import Any, NamedTuple

import orjson

from mcma_subsonic import xml
from mcma_subsonic.call import Node
from mcma_subsonic.errors import HELPFUL, SubsonicError, invalid

PROTOCOL = "1.16.1"
SERVER_TYPE = "mcma"

_JSON = "application/json"
_JAVASCRIPT = "application/javascript; charset=utf-8"
_XML = "text/xml; charset=utf-8"
_OPTIONS = orjson.OPT_OMIT_MICROSECONDS | orjson.OPT_UTC_Z
_CALLBACK = re.compile(r"[A-Za-z_$][\w$]{0,63}(?:\.[A-Za-z_$][\w$]{0,63}){0,7}", re.ASCII)


class Form(NamedTuple):
    """How one answer is written."""

    name: str = "xml"
    callback: str = ""


class Rendered(NamedTuple):
    content_type: str
    body: bytes


def form_of(name: str, callback: str) -> Form:
    """Raises `SubsonicError` for a callback that is no JavaScript identifier: it would run as code."""
    if name != "jsonp":
        return Form("json" if name == "json" else "xml")
    if not _CALLBACK.fullmatch(callback):
        raise invalid("Parameter 'callback' must be a JavaScript identifier.")
    return Form("jsonp", callback)


def success(payload: Node, server_version: str) -> Node:
    return _envelope("ok", server_version) | payload


def failure(error: SubsonicError, server_version: str, help_url: str) -> Node:
    body: Node = {"code": int(error.code), "message": error.message}
    if error.code in HELPFUL:
        body["helpUrl"] = help_url
    return _envelope("failed", server_version) | {"error": body}


def _envelope(status: str, server_version: str) -> Node:
    return {
        "status": status,
        "version": PROTOCOL,
        "type": SERVER_TYPE,
        "serverVersion": server_version,
        "openSubsonic": True,
    }


def render(envelope: Node, form: Form) -> Rendered:
    if form.name == "xml":
        return Rendered(_XML, xml.document(envelope).encode())
    data = _json({"subsonic-response": envelope})
    if form.name == "json":
        return Rendered(_JSON, data)
    return Rendered(_JAVASCRIPT, form.callback.encode() + b"(" + _script_safe(data) + b");")


def _json(tree: Node) -> bytes:
    try:
        return orjson.dumps(tree, option=_OPTIONS)
    except TypeError:  # lone surrogates out of old tags and file names, or a number beyond 64 bits
        return orjson.dumps(_scrubbed(tree), option=_OPTIONS)


def _scrubbed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _scrubbed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return max(min(value, 2**63 - 1), -(2**63))
    return value


def _script_safe(data: bytes) -> bytes:
    """JSON may hold these line ends in strings, JavaScript before 2019 may not."""
    return data.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
