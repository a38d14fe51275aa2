"""Small rules that tables show best."""

from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcma_plugins import errors
from mcma_subsonic import ids, shapes, xml
from mcma_subsonic.errors import Code, from_mcma
from mcma_subsonic.indexes import grouped
from tests.subsonic import fakedata as data


@pytest.mark.parametrize(
    ("text", "node"),
    [
        (None, {}),
        ("", {}),
        ("1969", {"year": 1969}),
        ("1969-09", {"year": 1969, "month": 9}),
        ("1969-09-26", {"year": 1969, "month": 9, "day": 26}),
        ("1969-09-26T10:00:00", {"year": 1969, "month": 9, "day": 26}),
        ("1969-00-00", {"year": 1969}),
        ("0000", {}),
        ("-5", {}),
        ("spring", {}),
        ("١٩٦٩", {}),
    ],
)
def test_dates_of_any_precision(text: str | None, node: dict[str, int]) -> None:
    assert shapes.item_date(text) == node


@pytest.mark.parametrize(("milliseconds", "seconds"), [(0, 0), (499, 0), (500, 1), (1499, 1), (183_500, 184)])
def test_whole_seconds(milliseconds: int, seconds: int) -> None:
    assert shapes.seconds(milliseconds) == seconds


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotAuthenticated, Code.WRONG_CREDENTIALS),
        (errors.Forbidden, Code.FORBIDDEN),
        (errors.NotFound, Code.NOT_FOUND),
        (errors.Gone, Code.NOT_FOUND),
        (errors.InvalidInput, Code.GENERIC),
        (errors.Conflict, Code.GENERIC),
        (errors.Unavailable, Code.GENERIC),
        (errors.OutOfSpace, Code.GENERIC),
        (errors.TooLarge, Code.GENERIC),
        (errors.McmaError, Code.GENERIC),
    ],
)
def test_errors(error: type[errors.McmaError], code: Code) -> None:
    assert from_mcma(error("why")).code is code


@pytest.mark.parametrize(
    ("name", "sort_name", "letter"),
    [
        ("The Beatles", "The Beatles", "B"),
        ("The Beatles", "Beatles, The", "B"),
        ("The", "The", "T"),
        ("Die Ärzte", "", "A"),
        ("les négresses vertes", "les négresses vertes", "N"),
        ("Ångström", "Ångström", "A"),
        ("Øya", "Øya", "O"),
        ("Łona", "Łona", "L"),
        ("ßeta", "ßeta", "S"),
        ("2Pac", "2Pac", "#"),
        ("!!!", "!!!", "#"),
        ("", "", "#"),
        ("The 5", "The 5", "#"),
        ("Йод", "Йод", "Й"),
        ("日本", "日本", "日"),
        ("fine", "ﬁne", "F"),
    ],
)
def test_letters(name: str, sort_name: str, letter: str) -> None:
    view = data.artist(1, name, sort_name=sort_name)
    assert [found for found, _ in grouped([view], ["The", "Die", "Les"])] == [letter]


def test_signs_come_first_and_latin_before_the_rest() -> None:
    views = [data.artist(number, name) for number, name in enumerate(("Я", "b", "1", "a"))]
    assert [letter for letter, _ in grouped(views, [])] == ["#", "A", "B", "Я"]


UUID_TEXT = "0190d3b0-0000-7000-8000-00000000abcd"


@pytest.mark.parametrize("prefix", ["tr", "al", "ar", "pl"])
def test_ids_come_back(prefix: str) -> None:
    item = ids.parse(f"{prefix}-{UUID_TEXT}")
    assert item is not None and item.id == UUID(UUID_TEXT)
    assert ids.parse_cover(ids.cover_id(f"{prefix}-{UUID_TEXT}", item.id)) == item


@pytest.mark.parametrize(
    "text",
    [
        "",
        UUID_TEXT,
        f"xx-{UUID_TEXT}",
        f"tr-{UUID_TEXT}\n",
        f"tr-{UUID_TEXT.upper()}",
        "tr-",
        f" tr-{UUID_TEXT}",
    ],
)
def test_other_ids_do_not(text: str) -> None:
    assert ids.parse(text) is None and ids.parse_cover(text) is None


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({}, "<r/>"),
        (
            {"a": 1, "b": True, "c": False, "d": 0, "e": 1.5, "f": ""},
            '<r a="1" b="true" c="false" d="0" e="1.5" f=""/>',
        ),
        ({"comment": "", "playCount": 0, "isVideo": False, "replayGain": {}}, "<r/>"),
        ({"value": "a & b", "n": 1}, '<r n="1">a &amp; b</r>'),
        ({"value": ""}, "<r></r>"),
        ({"song": []}, "<r/>"),
        ({"song": [{"id": "1"}, {"id": "2"}]}, '<r><song id="1"/><song id="2"/></r>'),
        ({"versions": [1, 2]}, "<r><versions>1</versions><versions>2</versions></r>"),
        ({"moods": ("<",)}, "<r><moods>&lt;</moods></r>"),
        ({"genres": [{"name": '"'}]}, '<r><genres name="&quot;"/></r>'),
        ({"album": {}}, "<r><album/></r>"),
        ({"at": data.AT}, '<r at="2024-02-29T12:30:45Z"/>'),
        ({"a": "\t\r\n\x00\x1f\ud800\uffff\u00a0"}, '<r a="&#9;&#13;&#10;?\u00a0"/>'),
        (
            {"artistInfo": {"biography": "<b>", "x": "y"}},
            '<r><artistInfo x="y"><biography>&lt;b&gt;</biography></artistInfo></r>',
        ),
    ],
)
def test_xml(node: dict[str, Any], text: str) -> None:
    written = xml.document(node).partition("\n")[2]
    plain = written.replace(f' xmlns="{xml.NAMESPACE}"', "").replace("subsonic-response", "r")
    assert plain == text
    ElementTree.fromstring(written)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_survives_xml_as_far_as_xml_can(text: str) -> None:
    written = xml.document({"a": text, "value": text, "genres": [{"name": text}], "moods": [text]})
    root = ElementTree.fromstring(written)
    wanted = "".join("?" if "\ud800" <= each <= "\udfff" else each for each in text if _legal(each))
    found = [root.get("a"), root.text or "", root[0].get("name"), root[1].text or ""]
    assert found == [wanted] * 4


def _legal(character: str) -> bool:
    """XML 1.0 section 2.2."""
    return character in "\t\n\r" or (character >= " " and character not in "\ufffe\uffff")
