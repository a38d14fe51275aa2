"""The part of the composition root that asks plugins what they know of music."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from mcma.domain.matching import Bands
from mcma.host import PluginHost
from mcma.services.enriching.asking import AskingEnrichers
from mcma.services.enriching.decisions import Deciding
from mcma.services.enriching.enrichers import Enrichers, Offer
from mcma.services.enriching.keeping import Keeping
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.rehearsing import Rehearsing
from mcma.services.enriching.requesting import Requests
from mcma.services.enriching.scheduling import EnrichmentJobs
from mcma.services.enriching.service import Enrichment
from mcma.services.enriching.values import KeptCandidate
from mcma.services.jobs import Jobs
from mcma.settings import Settings
from mcma.store.engine import Database, WriteTransaction

Notify = Callable[[str, object], None]


def enrichment_of(
    settings: Settings, database: Database, jobs: Jobs, host: PluginHost, notify: Notify
) -> Enrichment:
    def offers() -> Sequence[Offer]:
        return [Offer(one.plugin, one.thing) for one in host.enrichers()]

    async def picture(_: WriteTransaction, __: KeptCandidate) -> None:
        return None

    policy = policy_of(settings)
    enrichers = Enrichers(offers, host.enricher_calls(), policy)
    asking = AskingEnrichers(database, enrichers, policy, Keeping(database, policy, picture, notify))
    rehearsing = Rehearsing(database, asking, policy)
    return Enrichment(
        database, enrichers, Deciding(policy, picture),
        Requests(database, jobs, enrichers, asking, rehearsing),
        EnrichmentJobs(database, jobs, enrichers, asking, policy), notify,
    )  # fmt: skip


def policy_of(settings: Settings) -> Policy:
    return Policy(
        mode=settings.enrich,
        order=settings.enrich_order,
        bands=Bands(settings.enrich_automatic, settings.enrich_review),
        keep=timedelta(days=settings.enrich_days),
        keep_nothing=timedelta(days=settings.enrich_nothing_days),
    )
