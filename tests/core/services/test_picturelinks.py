"""Links of pictures: one picture, one size, one week."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcma.domain.errors import NotFound
from mcma.services import picturelinks
from mcma.services.picturelinks import PictureLinks
from mcma_plugins.values import ItemKind, ItemRef

KEY, OTHER = b"a key of the tests, long enough." * 2, b"another one of the tests, longer" * 2
ITEM = ItemRef(ItemKind.ARTIST, uuid4())
LINKS = PictureLinks([KEY])


@pytest.mark.parametrize("kind", [ItemKind.TRACK, ItemKind.ALBUM, ItemKind.ARTIST, ItemKind.PLAYLIST])
@pytest.mark.parametrize("size", [1, 300, 4096])
def test_a_link_says_what_it_opens(kind: ItemKind, size: int) -> None:
    item = ItemRef(kind, uuid4())
    link = LINKS.link(item, size)
    assert LINKS.opened(link) == (item, size)
    assert LINKS.link(item, size) == link, "it stays for a day"
    assert link.replace("-", "").replace("_", "").isalnum()


def test_no_link_leads_to_another() -> None:
    link = LINKS.link(ITEM, 300)
    for place in range(len(link)):
        for letter in "Aa0_":
            if letter != link[place]:
                with pytest.raises(NotFound):
                    LINKS.opened(link[:place] + letter + link[place + 1 :])


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
def test_what_is_no_link(text: str) -> None:
    with pytest.raises(NotFound):
        LINKS.opened(text)


def test_keys_may_change() -> None:
    link = LINKS.link(ITEM, 300)
    assert PictureLinks([OTHER, KEY]).opened(link) == (ITEM, 300)
    with pytest.raises(NotFound):
        PictureLinks([OTHER]).opened(link)
    assert PictureLinks([OTHER, KEY]).link(ITEM, 300) != link


@pytest.mark.parametrize(("days", "good"), [(0, True), (7, True), (8, False), (-1, False)])
def test_it_opens_for_a_week(monkeypatch: pytest.MonkeyPatch, days: int, good: bool) -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(picturelinks, "utcnow", lambda: now)
    link = LINKS.link(ITEM, 300)
    monkeypatch.setattr(picturelinks, "utcnow", lambda: now + timedelta(days=days))
    if good:
        assert LINKS.opened(link).item == ITEM
    else:
        with pytest.raises(NotFound):
            LINKS.opened(link)
