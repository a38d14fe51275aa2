"""mcma search: the library first, then each source; what is down is said beside the result."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcma.control.operations import perform
from mcma.domain.errors import InvalidInput, NotFound
from mcma.wiring import Core
from tests.core.cli.conftest import Mcma
from tests.support.audio import make_audio
from tests.support.shop import FORBIDDEN, Shop, open_shop, shops_installed

pytestmark = pytest.mark.anyio


@pytest.fixture
def shop(alone: None, tmp_path: Path) -> Iterator[Shop]:
    """Of whatever core is opened afterwards."""
    with open_shop(tmp_path / "goods") as one, shops_installed(tmp_path, shop=one):
        audio = {"codec": "opus", "bit_rate_kbps": 128}
        one.add_track("t1", "Winter Light", fmt=None, album="First", duration_ms=1_000, audio=audio)
        one.add_track("t2", "Winter Light (Live)", fmt=None, album="\x1b[31mRed")
        one.add_playlist("p1", "Winter", [])
        yield one


def library(mcma: Mcma, folder: Path) -> None:
    tags = {"title": "Winter Light", "artist": "Ann Ash", "album": "First"}
    make_audio(folder / "music" / "1.flac", fmt="flac", tags=tags)
    assert mcma("library", "add", str(folder / "music")).code == 0
    assert mcma("scan", "--wait").code == 0


def test_searching(shop: Shop, mcma: Mcma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library(mcma, tmp_path)
    ran = mcma("search", "winter", "light")
    assert ran.code == 0
    rows = [line.split("\t") for line in ran.out.splitlines()]
    assert [row[:4] for row in rows] == [
        ["library", "track", "-", "Winter Light"],
        ["shop", "track", "owned_better", "Winter Light"],
        ["shop", "track", "other_version", "Winter Light (Live)"],
    ]
    assert rows[1][4:] == ["Ann Ash", "First", "0:01", "opus 128", "t1"]
    with monkeypatch.context() as terminal:
        terminal.setattr(sys.stdout, "isatty", lambda: True)
        drawn = mcma("search", "winter", "light", "--source", "shop").out
    assert "Library" in drawn and "✓ better here" in drawn and "≈ other version" in drawn
    assert "\x1b[31m" not in drawn
    told = json.loads(mcma("search", "winter", "--kind", "playlist", "--json").out)
    assert [(one["source"], [item["id"] for item in one["items"]]) for one in told] == [
        ("library", []), ("shop", ["p1"])
    ]  # fmt: skip
    shop.requests.clear()
    assert mcma("search", "winter", "--here").out.count("\n") == 1 and shop.count() == 0
    assert mcma("search", "nothing like it").err.strip() == "Nothing found."
    mistaken = mcma("search", "winter", "light", "--source", "shopp")
    assert mistaken.code == 1 and mistaken.out.startswith("library\t")
    assert "There is no source 'shopp' here that searches." in mistaken.err
    shop.fault = FORBIDDEN
    down = mcma("search", "winter", "light")
    assert down.code == 0 and "shop (blocked): The shop refuses this server." in down.err
    assert down.out.startswith("library\t")


async def test_the_operation(shop: Shop, core: Core) -> None:
    told: list[Any] = []

    async def tell(event: Any) -> None:
        told.append(event["source"])

    answers = await perform(core, "search", {"text": "winter", "sources": ["shop", "absent"]}, tell)
    assert told == [one["source"] for one in answers]
    assert told[0] == "library" and set(told) == {"library", "shop", "absent"}
    for wrong in ({"text": " "}, {"text": "x", "kinds": ["song"]}, {"text": "x", "limit": 0}):
        with pytest.raises(InvalidInput):
            await perform(core, "search", wrong, tell)
    with pytest.raises(NotFound):
        await perform(core, "search", {"text": "x", "user": "nobody"}, tell)
