"""Runs jobs. `runner.py` is the middle of it; `doorbell.py` is where a broker is put in."""

from mcma.worker.backoff import Backoff
from mcma.worker.doorbell import Doorbell, Ear, EmbeddedDoorbell
from mcma.worker.runner import JobRunner

__all__ = ["Backoff", "Doorbell", "Ear", "EmbeddedDoorbell", "JobRunner"]
