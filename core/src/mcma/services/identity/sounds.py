"""All that is done about how recordings sound and which file is played, for those who only pass it on."""

from typing import NamedTuple

from mcma.services.identity.duplicate_finding import DuplicateFinding
from mcma.services.identity.duplicates import Duplicates
from mcma.services.identity.fingerprinting import Fingerprinting
from mcma.services.identity.soundalikes import Soundalikes
from mcma.services.indexing.preferring import Preferring
from mcma.services.jobs import JobOwner


class Sounds(NamedTuple):
    soundalikes: Soundalikes
    fingerprinting: Fingerprinting
    finding: DuplicateFinding
    duplicates: Duplicates
    preferring: Preferring

    def owners(self) -> tuple[JobOwner, ...]:
        return self.fingerprinting, self.finding, self.preferring
