"""Fingerprints, look-alikes and duplicates in the composition root."""

from collections.abc import Callable, Sequence

from mcma.host import PluginHost
from mcma.services.identity.duplicate_finding import DuplicateFinding
from mcma.services.identity.duplicates import Duplicates
from mcma.services.identity.fingerprinting import Fingerprinting, FingerprintOffer
from mcma.services.identity.merges import Merges
from mcma.services.identity.soundalikes import Soundalikes
from mcma.services.identity.sounds import Sounds
from mcma.services.indexing.preferring import Preferring
from mcma.services.jobs import Jobs
from mcma.settings import Settings
from mcma.store.engine import Database


def sounds_of(
    settings: Settings,
    database: Database,
    jobs: Jobs,
    host: PluginHost,
    notify: Callable[[str, object], None],
    merges: Merges,
) -> Sounds:
    def offers() -> Sequence[FingerprintOffer]:
        return [FingerprintOffer(offer.plugin, offer.thing) for offer in host.fingerprinters()]

    soundalikes = Soundalikes(database, notify)
    return Sounds(
        soundalikes,
        Fingerprinting(
            database, jobs, soundalikes, offers, host.fingerprinter_calls(),
            settings.fingerprint_workers or None,
        ),
        DuplicateFinding(database, jobs, soundalikes),
        Duplicates(database, merges, lambda: bool(offers())),
        Preferring(database, jobs),
    )  # fmt: skip
