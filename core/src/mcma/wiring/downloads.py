"""The part of the composition root that gets things from outside."""

from collections.abc import Callable
from typing import NamedTuple

from mcma.media.ffmpeg import Ffmpegs
from mcma.services.downloading.arriving import Arriving
from mcma.services.downloading.cancelling import Leaving
from mcma.services.downloading.downloading import Downloading
from mcma.services.downloading.fetching import Fetching
from mcma.services.downloading.finishing import Finishing
from mcma.services.downloading.listing import Listing
from mcma.services.downloading.outcomes import Troubles
from mcma.services.downloading.policy import Policy
from mcma.services.downloading.queueing import Offers, Starting
from mcma.services.downloading.source_search import Looking
from mcma.services.downloading.upkeep import Upkeep, on_decided
from mcma.services.indexing.readers import TagReaders
from mcma.services.intake.ingest import Ingest
from mcma.services.jobs import Jobs
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.matching.service import Matching
from mcma.services.outside import Asking, OutsideSources
from mcma.services.wanted.requests import DownloadRequests
from mcma.settings import Settings
from mcma.store.engine import Database


class Ground(NamedTuple):
    """What downloads stand on."""

    database: Database
    jobs: Jobs
    managed: ManagedLibraries
    ingest: Ingest
    ffmpegs: Ffmpegs
    readers: Callable[[], TagReaders]
    matching: Matching
    notify: Callable[[str, object], None]


class Outside(NamedTuple):
    offers: Offers
    sources: OutsideSources
    asking: Asking


class Getting(NamedTuple):
    starting: Starting
    requests: DownloadRequests
    work: Downloading


def getting_of(settings: Settings, ground: Ground, outside: Outside) -> Getting:
    database, jobs, managed = ground.database, ground.jobs, ground.managed
    starting = Starting(jobs, outside.offers, outside.sources, policy_of(settings))
    ground.matching.listen(on_decided)
    leaving = Leaving(database, jobs, managed)
    arriving = Arriving(database, ground.ingest)

    troubles = Troubles(database, managed, starting.policy)
    finishing = Finishing(ground.ffmpegs, ground.readers)
    fetching = Fetching(database, starting, outside.asking, managed, finishing, arriving, troubles)
    return Getting(
        starting,
        DownloadRequests(database, starting, leaving),
        Downloading(
            fetching,
            Listing(database, jobs, starting, outside.sources, troubles),
            Looking(database, starting, outside.sources),
            Upkeep(database, starting, leaving, troubles, managed),
        ),
    )


def policy_of(settings: Settings) -> Policy:
    return Policy(
        allowed=settings.downloads,
        per_day=settings.downloads_per_day,
        most_bytes=settings.download_max_bytes,
        seconds=settings.download_minutes * 60,
        reserve_bytes=int(settings.download_reserve_gb * 1e9),
        per_source=settings.downloads_per_source,
    )
