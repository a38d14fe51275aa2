"""The part of the composition root that asks plugins what they know of music."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from mcma.domain.matching import Bands
from mcma.host import PluginHost
from mcma.services.enriching.asking import AskingEnrichers
from mcma.services.enriching.decisions import Deciding
from mcma.services.enriching.enrichers import Enrichers, Offer
from mcma.services.enriching.keeping import Keeping
from mcma.services.enriching.lyricrelaying import LyricRelaying
from mcma.services.enriching.pictures import EnricherPictures
from mcma.services.enriching.pictureupkeep import PictureUpkeep
from mcma.services.enriching.policy import Policy
from mcma.services.enriching.rehearsing import Rehearsing
from mcma.services.enriching.relaying import Relaying
from mcma.services.enriching.requesting import Requests
from mcma.services.enriching.scheduling import EnrichmentJobs
from mcma.services.enriching.service import Enrichment
from mcma.services.entities.uniting import Uniting
from mcma.services.identity.fingerprinting import fingerprints_of
from mcma.services.jobs import Jobs
from mcma.services.keptpictures import FOLDER as PICTURES
from mcma.services.keptpictures import KeptPictures
from mcma.services.server.remote_answers import RemoteAnswers
from mcma.settings import Settings
from mcma.store.engine import Database

Notify = Callable[[str, object], None]


def enrichment_of(
    settings: Settings, database: Database, jobs: Jobs, host: PluginHost, notify: Notify
) -> Enrichment:
    def offers() -> Sequence[Offer]:
        return [Offer(one.plugin, one.thing) for one in host.enrichers()]

    policy, kept = policy_of(settings), KeptPictures(settings.data_dir / PICTURES)
    enrichers = Enrichers(offers, host.enricher_calls(), policy)
    pictures = EnricherPictures(database, jobs, enrichers, kept, notify)
    uniting = Uniting(database, jobs, notify)
    keeping = Keeping(database, policy, pictures.want, notify, uniting.want)
    asking = AskingEnrichers(database, enrichers, policy, keeping, fingerprints_of)
    rehearsing = Rehearsing(database, asking, policy)
    return Enrichment(
        database, enrichers, Deciding(policy, pictures.want, asking.hashes, uniting.want),
        Requests(database, jobs, enrichers, rehearsing),
        (Relaying(database, jobs, notify), LyricRelaying(database, jobs)),
        (EnrichmentJobs(database, jobs, enrichers, asking, policy), pictures,
         PictureUpkeep(database, kept, pictures.want),
         RemoteAnswers(database), uniting),
        notify,
    )  # fmt: skip


def policy_of(settings: Settings) -> Policy:
    return Policy(
        mode=settings.enrich,
        order=settings.enrich_order,
        bands=Bands(settings.enrich_automatic, settings.enrich_review),
        keep=timedelta(days=settings.enrich_days),
        keep_nothing=timedelta(days=settings.enrich_nothing_days),
    )
