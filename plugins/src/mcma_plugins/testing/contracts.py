"""Classes a plugin's test file inherits: `class TestMyPlugin(PluginContract)`, and one fixture says which.

The checks are the host's own (`mcma_plugins.rules`), so a plugin that passes is not refused.
"""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from mcma_plugins import API_VERSION, ENTRY_POINT_GROUP
from mcma_plugins.plugin import Plugin, PluginSettings
from mcma_plugins.rules import ABILITIES, answer_problems, class_problems
from mcma_plugins.sources import Source, SourceHealth
from mcma_plugins.testing.fakes import FakeContext


def require(fine: object, message: str) -> None:
    # Not `assert`: outside a test module pytest would not explain it.
    if not fine:
        pytest.fail(message, pytrace=False)


@pytest.mark.anyio
class PluginContract:
    """Needs a fixture `plugin_class`. Override `settings` when there are required ones."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def plugin_class(self) -> type[Plugin[Any]]:
        raise NotImplementedError("a fixture `plugin_class` must return the plugin's class")

    @pytest.fixture
    def settings(self, plugin_class: type[Plugin[Any]]) -> PluginSettings:
        return plugin_class.settings_model()

    @pytest.fixture
    def plugin(self, plugin_class: type[Plugin[Any]], settings: PluginSettings) -> Plugin[Any]:
        return plugin_class(settings)

    @pytest.fixture
    def fake(self, tmp_path: Path) -> FakeContext:
        return FakeContext(tmp_path / "data")

    def test_class_keeps_the_contract(self, plugin_class: type[Plugin[Any]]) -> None:
        problems = class_problems(plugin_class)
        require(not problems, "; ".join(problems))

    def test_api_version_is_supported(self, plugin_class: type[Plugin[Any]]) -> None:
        fine = SpecifierSet(plugin_class.api).contains(API_VERSION, prereleases=True)
        require(fine, f"api {plugin_class.api!r} does not contain {API_VERSION}")

    def test_entry_point_has_the_plugins_name(self, plugin_class: type[Plugin[Any]]) -> None:
        mine = [one for one in entry_points(group=ENTRY_POINT_GROUP) if _points_at(one.value, plugin_class)]
        if not mine:
            pytest.skip("not installed")
        require({one.name for one in mine} == {plugin_class.name}, f"{mine} is not {plugin_class.name!r}")

    def test_it_says_what_it_is_for(self, plugin_class: type[Plugin[Any]]) -> None:
        require(plugin_class.summary, "summary is empty")
        for name, field in plugin_class.settings_model.model_fields.items():
            require(field.description, f"setting {name} has no description")
        require(plugin_class.settings_model.model_json_schema(), "the settings have no schema")

    @pytest.mark.parametrize("hook", ABILITIES)
    def test_ability(self, plugin: Plugin[Any], hook: str) -> None:
        problems = answer_problems(plugin.name, hook, getattr(plugin, hook)())
        require(not problems, "; ".join(problems))

    async def test_it_starts_and_stops(self, plugin: Plugin[Any], fake: FakeContext) -> None:
        await plugin.start(fake.context)
        await plugin.stop()


def _points_at(value: str, plugin_class: type[Plugin[Any]]) -> bool:
    module, _, attribute = value.partition(":")
    same_package = module.split(".")[0] == plugin_class.__module__.split(".")[0]
    return same_package and attribute == plugin_class.__qualname__


async def check_health(source: Source) -> None:
    health = await source.health()
    require(isinstance(health, SourceHealth), f"health() must answer with SourceHealth, not {health!r}")
    require(health.ok or health.reason, "a source that is not well says why")
