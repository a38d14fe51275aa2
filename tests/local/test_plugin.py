"""The plugin, its settings and its health."""

import importlib.metadata
from pathlib import Path

import pytest
from pydantic import ValidationError

from mcma_local import LocalFolders, LocalPlugin, LocalSettings
from mcma_local.names import AUDIO_EXTENSIONS
from mcma_plugins import IndexableSource
from tests.local.trees import files, make


def test_entry_point_leads_to_the_plugin() -> None:
    (found,) = importlib.metadata.entry_points(group="mcma.plugins", name="local")
    assert found.load() is LocalPlugin
    assert LocalPlugin.name == "local"


def test_one_source_that_can_be_indexed() -> None:
    (source,) = LocalPlugin(LocalSettings()).sources()
    assert isinstance(source, IndexableSource)
    assert source.name == "local"


def test_source_walks_by_the_settings(tmp_path: Path) -> None:
    make(tmp_path, "a.mp3", ".h.spx", "b.spx", ".store/c.spx")
    (tmp_path / "link").symlink_to(".store")
    settings = LocalSettings(extensions=("spx",), ignore_hidden=False, follow_symlinks=False)
    assert files(LocalFolders(settings).walk(bytes(tmp_path))) == [".h.spx", "b.spx", ".store/c.spx"]


def test_defaults_and_descriptions() -> None:
    settings = LocalSettings()
    assert settings.import_path is None
    assert (settings.follow_symlinks, settings.ignore_hidden) == (True, True)
    assert settings.extensions == AUDIO_EXTENSIONS
    properties = LocalSettings.model_json_schema(by_alias=False)["properties"]
    assert set(properties) == {
        "import_path", "import_links", "follow_symlinks", "ignore_hidden", "extensions",
    }  # fmt: skip
    assert all(one["description"] for one in properties.values())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"import_path": "/own"}, Path("/own")),
        ({"LOCAL_MEDIA_IMPORT_PATH": "/other"}, Path("/other")),
        ({"import_path": " "}, None),
        ({"LOCAL_MEDIA_IMPORT_PATH": ""}, None),
    ],
)
def test_import_path_by_its_names(given: dict[str, str], expected: Path | None) -> None:
    assert LocalSettings.model_validate(given).import_path == expected


@pytest.mark.parametrize("written", ["mp3,spx", " mp3 .SPX ", "mp3,mp3,\nspx,", '["mp3", ".SPX"]'])
def test_extensions_as_people_write_them(written: str) -> None:
    assert LocalSettings.model_validate({"extensions": written}).extensions == ("mp3", "spx")


@pytest.mark.parametrize("written", ["", ",", "a/b", "mp3,*", "..", "é", "[", "[]", "[1]"])
def test_extensions_that_are_none(written: str) -> None:
    with pytest.raises(ValidationError):
        LocalSettings.model_validate({"extensions": written})


@pytest.mark.anyio
async def test_health_without_an_import_path() -> None:
    health = await LocalFolders(LocalSettings()).health()
    assert (health.ok, health.state, health.details["import_path_state"]) == (True, "ready", "not_set")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "ok", "state", "path_state"),
    [
        ("full", True, "ready", "ready"),
        ("empty", True, "ready", "empty"),
        ("gone", False, "degraded", "missing"),
        ("file", False, "misconfigured", "not_a_folder"),
    ],
)
async def test_health_tells_about_the_import_path(
    tmp_path: Path, path: str, ok: bool, state: str, path_state: str
) -> None:
    make(tmp_path, "full/a.mp3", "empty/", "file")
    health = await LocalFolders(LocalSettings(import_path=tmp_path / path)).health()
    assert (health.ok, health.state) == (ok, state)
    assert health.details == {"import_path": str(tmp_path / path), "import_path_state": path_state}
    assert (health.reason is None) is ok
    assert ok or str(tmp_path / path) in str(health.reason)


@pytest.mark.anyio
async def test_relative_import_path_is_misconfigured() -> None:
    health = await LocalFolders(LocalSettings(import_path=Path("music"))).health()
    assert (health.ok, health.state) == (False, "misconfigured")
    assert health.details["import_path_state"] == "not_absolute"
