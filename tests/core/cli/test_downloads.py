"""mcma downloads, and how much somebody may have got."""

import io
import json
from pathlib import Path

import pytest

from tests.core.cli.conftest import Mcma


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCMA_DATA_DIR", str(tmp_path / "data"))


def a_user(mcma: Mcma, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("violet anchor 42\n"))
    assert mcma("user", "add", "ada", "--password-stdin").code == 0


def test_from_asking_to_deciding(mcma: Mcma, monkeypatch: pytest.MonkeyPatch) -> None:
    a_user(mcma, monkeypatch)
    mcma("user", "rights", "ada", "--no-fetch")
    assert mcma("downloads", "list").err.strip() == "Nobody has asked for anything."
    assert mcma("downloads", "list", "--state", "queued").err.strip() == "Nothing is queued."
    assert mcma("downloads", "list", "--state", "qeued").code == 2
    asked = mcma("downloads", "add", "tube", "x1", "--user", "ada")
    assert asked.out.startswith("tube x1: requested, waits for approval, request ")
    [one] = json.loads(mcma("downloads", "list", "--json").out)
    assert (one["user"], one["source_id"], one["waiting_for"]) == ("ada", "x1", "approval")
    listed = mcma("downloads", "list").out
    assert "x1 of tube" in listed
    assert "waits for approval" in listed
    assert mcma("downloads", "approve", one["id"]).out == (
        "x1 of tube: requested, waits for source: no tube here can get it\n"
    )
    assert mcma("downloads", "approve", one["id"]).code == 1
    assert mcma("downloads", "cancel", one["id"]).out == "x1 of tube: cancelled\n"
    assert "cancelled" in mcma("downloads", "show", one["id"]).out
    mcma("downloads", "add", "tube", "x2", "--user", "ada", "--kind", "album")
    [two] = json.loads(mcma("downloads", "list", "--state", "requested", "--json").out)
    refused = mcma("downloads", "reject", two["id"], "--reason", "no room", "--json")
    assert (json.loads(refused.out)["state"], json.loads(refused.out)["error"]) == ("rejected", "no room")
    again = mcma("downloads", "add", "tube", "x2", "--user", "ada", "--kind", "album")
    assert again.out.startswith("tube x2: rejected: no room, request ")
    assert "waits for source" in mcma("downloads", "approve", two["id"]).out
    assert mcma("downloads", "add", "tube", "--exec", "--user", "ada").code in (1, 2)
    assert mcma("downloads", "add", "tube", "a b", "--user", "ada").code == 1
    assert mcma("downloads", "show", "nothing").code == 1


def test_a_quota_is_set_and_taken_back(mcma: Mcma, monkeypatch: pytest.MonkeyPatch) -> None:
    a_user(mcma, monkeypatch)
    default = "ada may have 500 tracks got in 24 hours (the default).\n"
    assert mcma("user", "quota", "ada").out == default
    assert mcma("user", "quota", "ada", "50").out == "ada may have 50 tracks got in 24 hours.\n"
    assert mcma("user", "quota", "ada", "0").out == "ada may have any number of tracks got in 24 hours.\n"
    assert mcma("user", "quota", "ada", "--default").out == default
