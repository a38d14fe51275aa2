"""Which of several files is played."""

from typing import Any
from uuid import UUID

import pytest

from mcma.domain.quality import checked_rule, quality

FILES: dict[str, dict[str, Any]] = {
    "hires": {"codec": "flac", "lossless": True, "bit_depth": 24, "sample_rate_hz": 96000, "size": 90},
    "cd": {"codec": "flac", "lossless": True, "bit_depth": 16, "sample_rate_hz": 44100, "size": 30},
    "mp3": {"codec": "mp3", "lossless": False, "bit_rate_kbps": 320, "size": 10},
    "opus": {"codec": "opus", "lossless": False, "bit_rate_kbps": 96, "size": 3},
}  # fmt: skip
USUAL: dict[str, Any] = {"bit_depth": None, "sample_rate_hz": 48000, "bit_rate_kbps": 800}


def chosen(rule: str, *missing: str) -> str:
    """Of files that came in the order mp3, cd, opus, hires."""
    came = ["mp3", "cd", "opus", "hires"]
    words = checked_rule(rule.split(","))
    return max(FILES, key=lambda name: quality(
        words, present=name not in missing, id=UUID(int=came.index(name) + 1), **{**USUAL, **FILES[name]}
    ))  # fmt: skip


@pytest.mark.parametrize(("rule", "name"), [
    ("best", "hires"), ("lossless", "hires"), ("lossless,smallest", "cd"), ("lossy", "mp3"),
    ("smallest", "opus"), ("largest", "hires"), ("first", "mp3"), ("latest", "hires"),
    ("opus,mp3", "opus"), ("alac,mp3,flac", "mp3"), ("alac", "hires"), ("FLAC, first", "cd"),
])  # fmt: skip
def test_by_the_first_word_that_tells_them_apart(rule: str, name: str) -> None:
    assert chosen(rule) == name


def test_one_that_is_there_goes_before_all() -> None:
    assert chosen("opus,mp3", "opus") == "mp3"
    assert chosen("best", "hires", "cd") == "mp3"


@pytest.mark.parametrize("word", ["losless", "", "best;mp3"])
def test_a_word_that_says_nothing_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="says nothing"):
        checked_rule(["flac", word])


def test_nothing_said_is_the_best() -> None:
    assert checked_rule([]) == ("best",)
