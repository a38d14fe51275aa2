"""How yt-dlp is called: what stands in its arguments, which everybody can read, and what does not."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from mcma_plugins.sources import FetchWish, SourceKind
from mcma_youtube import YouTubeSettings, ids
from mcma_youtube.program import AS_ALWAYS, command, environment, limits
from mcma_youtube.programs import installed

WISH = FetchWish(most_bytes=1000, seconds=60)
PROXY = "http://me:s3cr3t@proxy.example:3128"


def called(settings: YouTubeSettings, cookies: Path | None = None) -> list[str]:
    return command(installed(), AS_ALWAYS, settings, WISH, "-wQ4w9WgXcQ", Path("/into"), cookies)


def test_the_id_is_behind_the_end_of_options() -> None:
    argv = called(YouTubeSettings())
    assert argv[-2:] == ["--", "https://music.youtube.com/watch?v=-wQ4w9WgXcQ"]
    assert argv.count("--") == 1
    assert argv[0] == sys.executable


@pytest.mark.parametrize(
    "words",
    [
        ["--ignore-config"], ["--no-plugin-dirs"], ["--use-extractors", "youtube"], ["--no-exec"],
        ["--no-cache-dir"], ["--no-remote-components"], ["--max-filesize", "1000"], ["--format", "bestaudio"],
        ["--js-runtimes", "deno"], ["--paths", "/into"],
    ],
)  # fmt: skip
def test_what_keeps_it_in_check(words: list[str]) -> None:
    argv = called(YouTubeSettings())
    assert argv[argv.index(words[0]) :][: len(words)] == words
    assert "--plugin-dirs" not in argv
    assert not any(re.match(r"--(exec|enable-file-urls|netrc|update)", one) for one in argv)


def test_secrets_are_no_arguments() -> None:
    settings = YouTubeSettings(proxy=SecretStr(PROXY))
    argv = called(settings, Path("/home/cookies.txt"))
    assert "s3cr3t" not in " ".join(argv)
    assert argv[argv.index("--cookies") + 1] == "/home/cookies.txt"
    around = environment(installed(), settings)
    assert (around["https_proxy"], around["http_proxy"]) == (PROXY, PROXY)
    assert "s3cr3t" not in repr(settings)


def test_without_a_proxy_there_is_none() -> None:
    assert environment(installed(), YouTubeSettings()) == {"no_proxy": "*"}


def test_its_limits() -> None:
    given_ = limits(WISH)
    assert given_.seconds == 60
    assert given_.family, "a runtime of scripts goes with it"
    assert given_.file_size is not None
    assert given_.file_size < 10_000_000


@given(st.one_of(st.text(max_size=80), st.from_regex(r"https?://[a-z.]{0,20}youtu\.?be(\.com)?/.{0,40}")))
def test_whatever_is_sent_names_a_thing_of_the_right_form_or_nothing(text: str) -> None:
    link = ids.parse(text)
    if link is not None:
        assert ids.accepts(link.kind, link.source_id)
        assert link.source_id in text
    for kind in SourceKind:
        if ids.accepts(kind, text):
            assert re.fullmatch(r"[A-Za-z0-9_-]{11,60}", text, re.ASCII)
