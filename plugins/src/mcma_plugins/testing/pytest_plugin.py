"""Fixtures for tests of plugins. Opt in: `pytest_plugins = ["mcma_plugins.testing.pytest_plugin"]`."""

from pathlib import Path

import pytest

from mcma_plugins.testing.fakes import FailingServices, FakeContext


@pytest.fixture
def fake_context(tmp_path: Path) -> FakeContext:
    """A plugin context whose values and jobs can be looked at."""
    return FakeContext(tmp_path / "data")


@pytest.fixture
def failing_services() -> FailingServices:
    """Services that answer nothing."""
    return FailingServices()
