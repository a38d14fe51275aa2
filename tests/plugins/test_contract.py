"""Promises of the contract itself."""

import subprocess
import sys
from importlib.metadata import version

import pytest

import mcma_plugins
from mcma_plugins import Plugin, PluginSettings

HEAVY = ("starlette", "fastapi", "sqlalchemy", "taskiq", "alembic", "pytest", "stevedore")


@pytest.mark.parametrize(
    "module", ["mcma_plugins", "mcma_plugins.process", "mcma_plugins.rules", "mcma_plugins.services"]
)
def test_importing_it_is_light(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_api_version_is_the_distributions() -> None:
    assert version("mcma-plugins") == mcma_plugins.API_VERSION


def test_every_public_name_is_there() -> None:
    assert sorted(mcma_plugins.__all__, key=str.lower) == sorted(set(mcma_plugins.__all__), key=str.lower)
    assert all(hasattr(mcma_plugins, name) for name in mcma_plugins.__all__)


def test_settings_read_nothing_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    class Settings(PluginSettings):
        path: str = "default"

    monkeypatch.setenv("PATH", "/somewhere")
    assert Settings().path == "default"


def test_the_default_api_contains_this_version() -> None:
    from packaging.specifiers import SpecifierSet

    assert SpecifierSet(Plugin.api).contains(mcma_plugins.API_VERSION)
