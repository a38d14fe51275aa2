"""The plugin, its settings, and what it costs those that do not use it."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from mcma_plugins.errors import TurnedOff
from mcma_plugins.testing import FakeContext, PluginContract
from mcma_youtube import YouTubePlugin, YouTubeSettings


class TestContract(PluginContract):
    @pytest.fixture
    def plugin_class(self) -> type[YouTubePlugin]:
        return YouTubePlugin

    @pytest.fixture
    def settings(self) -> YouTubeSettings:
        return YouTubeSettings(enabled=True)


@pytest.mark.anyio
async def test_it_is_off_until_it_is_turned_on(tmp_path: Path) -> None:
    plugin = YouTubePlugin(YouTubeSettings())
    with pytest.raises(TurnedOff) as caught:
        await plugin.start(FakeContext(tmp_path / "data").context)
    assert caught.value.hint == "MCMA_PLUGIN_YOUTUBE_ENABLED=true"
    assert not (tmp_path / "data").exists()


def test_importing_it_is_cheap() -> None:
    code = (
        "import sys, mcma_plugins.plugin; before = set(sys.modules); import mcma_youtube; "
        "mcma_youtube.YouTubePlugin(mcma_youtube.YouTubeSettings()).sources(); "
        "print(*({one.partition('.')[0] for one in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"ytmusicapi", "requests", "urllib3", "yt_dlp", "httpx2"} & set(done.stdout.split())


@pytest.mark.parametrize(
    "given",
    [
        {"cookies_file": "cookies.txt"}, {"yt_dlp": "yt-dlp"}, {"proxy": "ftp://x"}, {"proxy": "nowhere"},
        {"country": "de"}, {"country": "DEU"}, {"js_runtime": "deno --allow-all"}, {"js_runtime": "sh"},
        {"js_runtime": "node:bin/node"}, {"downloads_at_once": 0}, {"update_index": "file:///x"},
    ],
)  # fmt: skip
def test_settings_that_are_wrong(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        YouTubeSettings.model_validate(given)


def test_empty_settings_are_not_set() -> None:
    settings = YouTubeSettings.model_validate({"cookies_file": "", "proxy": " ", "yt_dlp": " "})
    assert (settings.cookies_file, settings.proxy, settings.yt_dlp) == (None, None, None)
