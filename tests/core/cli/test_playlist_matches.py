"""mcma playlist and mcma reviews: what became of the lines of a file, told so that one can go on."""

import io
import json
from pathlib import Path

import pytest

from tests.core.cli.conftest import Mcma
from tests.support.audio import make_audio

TABLE = """title,artist,album,duration
Winter Light,Ann Ash,First,0:01
Winter Light!,Ann Ash,Other,0:11
Nothing Like It,Nobody,,3:00
"""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCMA_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def claims(mcma: Mcma, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Ids by what was said, of the playlist Winter of ada."""
    monkeypatch.setattr("sys.stdin", io.StringIO("violet anchor 42\n"))
    mcma("user", "add", "ada", "--password-stdin")
    tags = {"title": "Winter Light", "artist": "Ann Ash", "album": "First"}
    make_audio(tmp_path / "music" / "1.flac", fmt="flac", tags=tags)
    mcma("library", "add", str(tmp_path / "music"))
    mcma("scan", "--wait")
    (tmp_path / "Winter.csv").write_text(TABLE)
    ran = mcma("playlist", "import", str(tmp_path / "Winter.csv"), "--user", "ada")
    assert ran.out == "Winter: 1 of 3 found\n"
    assert "Nobody - Nothing Like It: not here" in ran.err
    assert "mcma playlist get-missing" in ran.err
    rows = json.loads(mcma("playlist", "report", "Winter", "--user", "ada", "--json").out)["items"]
    return {one["title"]: one["claim_id"] for one in rows}


def test_the_report_leads_to_what_may_be_put_right(mcma: Mcma, claims: dict[str, str]) -> None:
    drawn = mcma("playlist", "report", "Winter", "--user", "ada").out
    assert all(id_ in drawn for id_ in claims.values())
    undone = mcma("reviews", "undo", claims["Winter Light"])
    matched = mcma("playlist", "report", "Winter", "--user", "ada", "--state", "matched")
    assert matched.err.strip() == "No row is matched."
    assert undone.out == "Ann Ash - Winter Light: none (nobody is asked)\n"
    held = claims["Winter Light!"]
    assert "1. 0.77 Ann Ash - Winter Light, First (library) " in mcma("reviews", "show", held).out
    assert mcma("reviews", "list", "--state", "decided").err.strip() == "Nothing was decided."
    decided = mcma("reviews", "decide", held, "1").out
    assert decided.startswith("Ann Ash - Winter Light!: Ann Ash - Winter Light ")
    assert ": decided, it is Ann Ash - Winter Light " in mcma("reviews", "show", held).out


def test_what_is_missing_is_asked_for(mcma: Mcma, claims: dict[str, str]) -> None:
    asked = mcma("playlist", "get-missing", "Winter", "--user", "ada")
    assert "asked for" in asked.out and "mcma downloads list" in asked.err
    assert "Nobody - Nothing Like It" in mcma("downloads", "list").out
    assert "waits for source: not found yet" in mcma("downloads", "list").out
