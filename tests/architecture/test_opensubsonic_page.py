"""docs/opensubsonic.md says what the code does. After a change, or a rebase: `make docs`."""

import re
from pathlib import Path

from mcma_subsonic.clients import PROFILES
from mcma_subsonic.conformance import TABLES, filled
from mcma_subsonic.endpoints import ENDPOINTS
from mcma_subsonic.system import EXTENSIONS
from tests.support import opensubsonic as spec

PAGE = (Path(__file__).parents[2] / "docs" / "opensubsonic.md").read_text(encoding="utf-8")


def test_the_page_is_the_table() -> None:
    assert filled(PAGE) == PAGE, "run `make docs`"
    assert set(re.findall(r"<!-- (\w+) -->", PAGE)) == {*TABLES, "end"}


def test_a_stale_page_is_noticed() -> None:
    assert filled(PAGE.replace("`getSong`", "`getSongs`")) == PAGE


def test_the_table_is_the_specification() -> None:
    assert sorted(ENDPOINTS) == spec.endpoints()
    assert len(ENDPOINTS) == 87
    assert f"All {len(ENDPOINTS)} methods" in PAGE


def test_what_deviates_says_why() -> None:
    assert [name for name, each in ENDPOINTS.items() if each.state == "refused" and not each.notes] == []
    assert [name for name, each in PROFILES.items() if not (each.reason and each.sources)] == []


def test_extensions_are_sorted_and_explained() -> None:
    names = [each.name for each in EXTENSIONS]
    assert names == sorted(names)
    assert all(each.notes for each in EXTENSIONS)


def test_deprecated_methods_are_called_so() -> None:
    deprecated = [
        name
        for name in spec.endpoints()
        if next(iter(spec.document(f"endpoints/{name}.json").values())).get("deprecated")
    ]
    assert deprecated
    assert [name for name in deprecated if "Deprecated" not in ENDPOINTS[name].notes] == []
