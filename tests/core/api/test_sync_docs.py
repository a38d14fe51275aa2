"""docs/sync.md says what each type holds."""

import re
from pathlib import Path
from typing import Any

import orjson

from mcma.services.sync.kinds import type_of
from mcma.services.sync.lines import OF_ALBUMS, OF_TRACKS, SHAPES
from mcma.services.sync.push.events import HANDLERS
from mcma.store.queries import sync_items

PAGE = (Path(__file__).parents[3] / "docs" / "sync.md").read_text()


def test_the_page_names_every_type_and_field() -> None:
    table = PAGE.partition("<!-- types -->")[2].partition("<!-- end -->")[0]
    said = {name: set(fields.split(", ")) for name, fields in re.findall(r"\| `(.+?)` \| (.+?) \|", table)}
    assert said == {type_of(kind): _fields(kind) for kind in sync_items.KINDS}


def _fields(kind: str) -> set[str]:
    """With a `?` where an item has them of which something is said, and one of which nothing is has not."""
    return {name if name in _told(kind, {}) else f"{name}?" for name in _told(kind, _SAID)}


_SAID = {
    **{name: ["x"] for name in (*OF_TRACKS, *OF_ALBUMS)}, "genres": ["x"], "moods": ["x"],
    "artists": [["id", "name", "join"]], "contributors": [["role", "id", "name", "detail"]],
    "disc_titles": [[1, "title"]],
}  # fmt: skip


def _told(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    """Of an item that says this in its document."""
    columns = sync_items.KINDS[kind].columns
    data = dict.fromkeys(columns, "x" if said and "details" in columns else None)
    if "details" in data:
        data["details"] = orjson.dumps(said).decode()
    return SHAPES[kind](data) if kind in SHAPES else data


def test_the_page_says_what_is_in_the_fields_of_tracks_and_albums() -> None:
    table = PAGE.partition("<!-- fields -->")[2].partition("<!-- end -->")[0]
    sent = _told("track", _SAID) | _told("album", _SAID)
    said = [set(re.findall(r"`(\w+)`", names)) for names in re.findall(r"^\| (`.+?) \|", table, re.M)]
    assert set().union(*said) <= sent.keys()
    shown = {frozenset(re.findall(r'"(\w+)"', one)) for one in re.findall(r"`\{(.+?)\}`", table)}
    listed = [value for value in sent.values() if isinstance(value, list)]
    assert shown == {frozenset(value[0]) for value in listed if isinstance(value[0], dict)}


def test_the_page_names_every_event_and_field() -> None:
    table = PAGE.partition("<!-- events -->")[2].partition("<!-- end -->")[0]
    said = {name: set(fields.split(", ")) for name, fields in re.findall(r"\| `(.+?)` \| (.+?) \|", table)}
    assert said == {type_: _said_of(type_) for type_ in HANDLERS}


def _said_of(type_: str) -> set[str]:
    fields = HANDLERS[type_].data.model_fields
    return {name if field.is_required() else f"{name}?" for name, field in fields.items()}
