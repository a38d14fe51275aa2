"""All jobs by which things are got from outside."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mcma.services.downloading.fetching import Fetching
from mcma.services.downloading.listing import Listing
from mcma.services.downloading.source_search import Looking
from mcma.services.downloading.upkeep import Upkeep
from mcma_plugins.jobs import JobKind, Schedule


class Downloading(NamedTuple):
    """Satisfies `JobOwner`."""

    fetching: Fetching
    listing: Listing
    looking: Looking
    upkeep: Upkeep

    def job_kinds(self) -> Sequence[JobKind]:
        return [kind for owner in self for kind in owner.job_kinds()]

    def schedules(self) -> Mapping[str, Schedule]:
        return {**self.looking.schedules(), **self.upkeep.schedules()}
