"""docs/sync.md says what each type holds."""

import re
from pathlib import Path

from mcma.services.sync.kinds import type_of
from mcma.services.sync.lines import SHAPES
from mcma.services.sync.push.events import HANDLERS
from mcma.store.queries import sync_items

PAGE = (Path(__file__).parents[3] / "docs" / "sync.md").read_text()


def test_the_page_names_every_type_and_field() -> None:
    table = PAGE.partition("<!-- types -->")[2].partition("<!-- end -->")[0]
    said = {name: set(fields.split(", ")) for name, fields in re.findall(r"\| `(.+?)` \| (.+?) \|", table)}
    assert said == {type_of(kind): _fields(kind) for kind in sync_items.KINDS}


def _fields(kind: str) -> set[str]:
    data = dict.fromkeys(sync_items.KINDS[kind].columns)
    return set(SHAPES[kind](data) if kind in SHAPES else data)


def test_the_page_names_every_event_and_field() -> None:
    table = PAGE.partition("<!-- events -->")[2].partition("<!-- end -->")[0]
    said = {name: set(fields.split(", ")) for name, fields in re.findall(r"\| `(.+?)` \| (.+?) \|", table)}
    assert said == {type_: _said_of(type_) for type_ in HANDLERS}


def _said_of(type_: str) -> set[str]:
    fields = HANDLERS[type_].data.model_fields
    return {name if field.is_required() else f"{name}?" for name, field in fields.items()}
