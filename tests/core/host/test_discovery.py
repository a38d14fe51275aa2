"""Finding plugins: without importing them, whatever lies on the path."""

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from stevedore import _cache

from mcma.host import Limits, PluginHost
from mcma.host.discovery import Found, import_plugins, list_plugins
from tests.support.distributions import Site

FINE = (
    "from mcma_plugins import Plugin, PluginSettings\n"
    "class ThePlugin(Plugin[PluginSettings]):\n    name = {name!r}\n"
)


def names(site: Site) -> list[str]:
    found = list_plugins()
    return [one.name for one in found if "_under_test" in one.entry_point.value]


def test_listing_imports_nothing(site: Site) -> None:
    site.install("a", "raise SystemExit")
    assert names(site) == ["a"]
    assert "mcma_a_under_test" not in sys.modules


def test_a_plugin_installed_later_is_seen(site: Site) -> None:
    assert names(site) == []
    site.install("late", FINE.format(name="late"))
    assert names(site) == ["late"]


def test_stevedores_stale_cache_does_not_matter(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("real", FINE.format(name="real"))
    digest, _ = _cache._hash_settings_for_path(tuple(sys.path))
    stale = {"groups": {"mcma.plugins": [["ghost", "no.such:Thing", "mcma.plugins"]]}}
    (tmp_path / digest).write_text(json.dumps(stale))
    monkeypatch.setattr(_cache._c, "_dir", str(tmp_path))
    monkeypatch.setattr(_cache._c, "_internal", {})
    assert [one.name for one in _cache.get_group_all("mcma.plugins")] == ["ghost"]
    assert names(site) == ["real"]


def test_one_unreadable_entry_points_file_hides_only_itself(site: Site) -> None:
    site.install("fine", FINE.format(name="fine"))
    broken = site.path / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "entry_points.txt").write_bytes(b"[mcma.plugins]\n\xff\xfe = \xff\n")
    assert names(site) == ["fine"]


def test_metadata_may_be_missing(site: Site, limits: Limits) -> None:
    site.install("bare", FINE.format(name="bare"), metadata=False)
    host = PluginHost(allow={"bare"}, limits=limits)
    host.load()
    record = host.record("bare")
    assert record is not None
    assert (record.state, record.version) == ("loaded", None)


def test_an_entry_point_without_distribution_loads() -> None:
    found = Found(EntryPoint("json", "json:JSONDecoder", "mcma.plugins"), None)
    (loaded,) = import_plugins([found], 5.0)
    assert loaded.target is json.JSONDecoder
    assert (found.distribution_name, found.version) == (None, None)


def test_a_keyboard_interrupt_is_the_persons_own(site: Site) -> None:
    site.install("interrupts", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        import_plugins([one for one in list_plugins() if one.name == "interrupts"], 5.0)


@pytest.mark.parametrize(
    ("disabled", "allow", "states"),
    [
        ((), {"a", "b"}, {"a": "loaded", "b": "loaded"}),
        ((), {"a"}, {"a": "loaded", "b": "disabled"}),
        ({"a"}, {"a", "b"}, {"a": "disabled", "b": "loaded"}),
        ((), (), {"a": "disabled", "b": "disabled"}),
    ],
)
def test_what_is_disabled_is_listed_and_not_imported(
    site: Site, limits: Limits, disabled: set[str], allow: set[str], states: dict[str, str]
) -> None:
    for name in ("a", "b"):
        site.install(name, FINE.format(name=name))
    host = PluginHost(disabled=disabled, allow=allow, limits=limits)
    host.load()
    assert {one.name: str(one.state) for one in host.records() if one.name in states} == states
    for name, state in states.items():
        assert (f"mcma_{name}_under_test" in sys.modules) == (state == "loaded")
