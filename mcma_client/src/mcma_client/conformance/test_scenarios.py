"""Every scenario is a test."""

import warnings

import pytest

from mcma_client.conformance.drivers import Start
from mcma_client.conformance.errors import BadScenario, Failed, Unmet
from mcma_client.conformance.run import play
from mcma_client.conformance.scenario import Scenario
from mcma_client.conformance.suite import Suite


def test_wire(suite: Suite, scenario: Scenario, start: Start) -> None:
    _played(suite, scenario, start)


def test_device(suite: Suite, scenario: Scenario, start: Start) -> None:
    _played(suite, scenario, start)


def _played(suite: Suite, scenario: Scenario, start: Start) -> None:
    try:
        left = play(suite, scenario, start)
    except Unmet as error:
        pytest.skip(str(error))
    except (Failed, BadScenario) as error:
        pytest.fail(str(error), pytrace=False)
    if left:
        warnings.warn(f"{scenario.name} left behind: {'; '.join(left)}", stacklevel=1)
