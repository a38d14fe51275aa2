"""The test kit for plugins: contracts to inherit, fakes to start with. Needs `mcma-plugins[testing]`."""

from mcma_plugins.testing.adapters import AdapterContract, Answer, request
from mcma_plugins.testing.contracts import PluginContract
from mcma_plugins.testing.enrichers import EnricherContract, FingerprinterContract
from mcma_plugins.testing.fakes import (
    Enqueued,
    FailingServices,
    FakeContext,
    FakeEnqueue,
    FakeJob,
    FakeRemote,
    FakeValues,
)
from mcma_plugins.testing.outside import OutsideExamples, OutsideSourceContract
from mcma_plugins.testing.outside_items import item_problems
from mcma_plugins.testing.sources import SourceContract

__all__ = [
    "AdapterContract",
    "Answer",
    "Enqueued",
    "EnricherContract",
    "FailingServices",
    "FakeContext",
    "FakeEnqueue",
    "FakeJob",
    "FakeRemote",
    "FakeValues",
    "FingerprinterContract",
    "OutsideExamples",
    "OutsideSourceContract",
    "PluginContract",
    "SourceContract",
    "item_problems",
    "request",
]
