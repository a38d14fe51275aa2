"""mcma enrich: asked, looked at, taken, refused, and taken back."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcma.cli.progress import words
from mcma.services.enriching import requesting
from mcma_plugins.errors import RetryLater
from tests.core.cli.conftest import Mcma
from tests.support.audio import make_audio
from tests.support.oracle import Oracle, oracles_installed, release


@pytest.fixture
def oracle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Oracle]:
    monkeypatch.setenv("MCMA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MCMA_ENRICH", "on_request")
    made = Oracle()
    with oracles_installed(tmp_path, made):
        yield made


@pytest.fixture
def album(mcma: Mcma, oracle: Oracle, tmp_path: Path) -> str:
    tags = {"title": "Fern", "artist": "Ann Ash", "albumartist": "Ann Ash", "album": "First"}
    make_audio(tmp_path / "music" / "1.mp3", tags=tags)
    assert mcma("library", "add", str(tmp_path / "music"), "--name", "Music").code == 0
    assert mcma("scan", "--wait").code == 0
    oracle.says["First"] = release("r1", 0.7, date="1999-05-05")
    assert mcma("enrich", "--library", "Music", "--wait").out == "oracle: asked about 2\n"
    [run] = json.loads(mcma("enrich", "reviews", "--json").out)
    return str(run["item"]["id"])


def question(mcma: Mcma) -> str:
    [run] = json.loads(mcma("enrich", "reviews", "--json").out)
    return str(run["id"])


def test_from_asking_to_taking_back(mcma: Mcma, album: str) -> None:
    listed = mcma("enrich", "reviews").out
    assert "Ann Ash - First" in listed
    assert "0.70" in listed
    run = question(mcma)
    shown = mcma("enrich", "show", run)
    assert shown.out.startswith("Ann Ash - First: review (oracle)\n1. 0.70 First r1\n")
    assert "Fern\n       date: nothing -> 1999-05-05\n" in shown.out
    assert mcma("enrich", "accept", run, "2").code == 1
    back = f"To undo it: mcma enrich undo {run}\n"
    assert mcma("enrich", "accept", run, "1").out == f"Ann Ash - First: applied. {back}"
    assert mcma("enrich", "reviews").err.strip() == "Nobody is asked anything."
    assert mcma("enrich", "undo", run).out == "Ann Ash - First: undone\n"
    assert mcma("enrich", "undo", run).code == 1


def test_none_of_them(mcma: Mcma, album: str) -> None:
    run = question(mcma)
    assert mcma("enrich", "refuse", run).out.startswith("Ann Ash - First: refused. To undo it: ")
    [one] = json.loads(mcma("enrich", "reviews", "--outcome", "refused", "--json").out)
    assert one["candidates"][0]["refused_at"]
    assert mcma("enrich", "reviews", "--outcome", "superseded").err.strip() == "There is no such answer."


def test_a_dry_run_shows_what_would_come_of_it(
    mcma: Mcma, oracle: Oracle, album: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    oracle.says["First"] = release("r2", date="2001-01-01")
    told = mcma("enrich", "--album", album, "--dry-run")
    assert told.out.startswith(f"oracle, album First ({album}): applied\n  0.95 First r2\n     Fern\n")
    assert "date: nothing -> 2001-01-01" in told.out
    found: dict[str, Any] = json.loads(mcma("enrich", "--album", album, "--dry-run", "--json").out)
    assert [one["outcome"] for one in found["result"]["answers"]] == ["applied"]
    assert len(json.loads(mcma("enrich", "reviews", "--json").out)) == 1
    assert mcma("enrich", "--library", "Music", "--dry-run").err.count("There is more") == 0
    monkeypatch.setattr(requesting, "MOST_REHEARSED", 1)
    assert "There is more: each plugin was asked" in mcma("enrich", "--all", "--dry-run").err


def test_what_lies_in_a_folder(mcma: Mcma, oracle: Oracle, album: str, tmp_path: Path) -> None:
    make_audio(tmp_path / "music" / "Reeds" / "2.mp3", tags={"title": "Sedge", "artist": "Cy Cedar"})
    assert mcma("scan", "--wait").code == 0
    told = mcma("enrich", "--library", "Music", "--folder", "Reeds", "--wait")
    assert (told.out, told.code) == ("oracle: asked about 1\n", 0)
    assert oracle.titles[-1] == "Sedge"
    assert mcma("enrich", "--library", "Music", "--folder", "Rushes").code == 1


def test_what_stands_where(mcma: Mcma, oracle: Oracle, album: str) -> None:
    status = mcma("enrich", "status").out
    assert "oracle" in status
    assert "running" in status
    [one] = json.loads(mcma("enrich", "status", "--json").out)
    assert one["states"] == {"review": 1, "nothing": 1}
    listed = mcma("enrich", "list", "--state", "nothing").out
    assert listed.startswith("artist\t") and "\tAnn Ash\toracle\tnothing\t-\t2" in listed
    first = mcma("enrich", "list", "--limit", "1")
    _, after = first.err.strip().split("--after ")
    assert first.out + mcma("enrich", "list", "--after", after).out == mcma("enrich", "list").out
    assert mcma("enrich", "list", "--state", "failed").err == "There is nothing of that.\n"
    assert mcma("enrich", "list", "--after", "nothing").code == 1
    oracle.fault = RetryLater("It cannot be reached.", after=3600)
    assert mcma("enrich", "--album", album, "--wait").code == 0
    assert re.search(r"paused until 2\d{3}-\d\d-\d\d \d\d:\d\d\t", mcma("enrich", "status").out)


def test_what_is_wrong_is_said(mcma: Mcma, oracle: Oracle) -> None:
    assert mcma("enrich").code == 2
    assert mcma("enrich", "--all", "--library", "Music").code == 2
    assert mcma("enrich", "--folder", "x").code == 2
    assert mcma("enrich", "--album", "nothing").code == 1
    assert mcma("enrich", "--library", "nowhere").code == 1
    assert mcma("enrich", "--all", "--enricher", "nobody").code == 1
    assert mcma("enrich", "--all").out.startswith("queued as job ")
    assert mcma("enrich", "--all", "--dry-run").err.endswith("who could be asked: mcma enrich status\n")
    assert mcma("enrich", "show", "nothing").code == 1
    assert mcma("enrich", "status").err == ""


def test_what_is_counted_has_its_name() -> None:
    assert words({"state": "running", "done": 2, "unit": "item", "note": "oracle: 2"}) == "2 items, oracle: 2"
    assert words({"state": "running", "done": 1}) == "1 file"
