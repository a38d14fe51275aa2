"""What the connections of the database know of matching, names and enriching."""

from collections.abc import Mapping

from mcma.domain.layerrules import layering
from mcma.domain.matching import Bands
from mcma.host import PluginHost
from mcma.services.enriching.adding import adding_enrichers
from mcma.services.enriching.statuses import ADDING
from mcma.services.entities.reading import OPTION as SEPARATORS
from mcma.services.indexing.overlays import OPTION as LAYERING
from mcma.services.indexing.preferred_rule import OPTION as PREFERRED
from mcma.services.matching.thresholds import OPTION as BANDS
from mcma.settings import Settings
from mcma.store.engine import Database
from mcma.wiring.entities import separators


def known_by_connections(settings: Settings) -> Mapping[str, object]:
    return {
        BANDS: Bands(settings.match_automatic, settings.match_review),
        PREFERRED: settings.preferred_file,
        SEPARATORS: separators(settings),
        LAYERING: layering(settings.enrich_rules, settings.enrich_order),
    }


async def adding(host: PluginHost, database: Database) -> Mapping[str, object]:
    """Enrichers that say nothing of what something is: they have no part in `metadata_status`."""
    identifies = {one.thing.name: one.thing.identifies for one in host.enrichers()}
    return {ADDING: await adding_enrichers(database, identifies)}
