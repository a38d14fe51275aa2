"""The plugins' side of the composition root: what each is given, and what it declares."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcma.host import BadTables, MigrationFailed, PluginHost, PluginRecord
from mcma.host import SchemaNewer as PluginSchemaNewer
from mcma.services.jobs import Jobs
from mcma.services.matching.proposals import Ask, Proposed
from mcma.services.server.plugin_data import PluginTables, PluginValues, enqueue_for
from mcma.services.server.plugin_remote import PluginRemote
from mcma.services.sync.kinds import Kinds
from mcma.settings import Settings
from mcma.store.engine import Database
from mcma.store.migrate import SchemaNewer, migrate_plugin
from mcma.store.plugin_feed import BadTable
from mcma_plugins import PluginContext
from mcma_plugins.errors import McmaError
from mcma_plugins.events import MatchRequest

if TYPE_CHECKING:
    from mcma_plugins.database import SyncedTable


@dataclass(frozen=True, slots=True)
class Contexts:
    settings: Settings
    database: Database
    jobs: Jobs

    def __call__(self, record: PluginRecord) -> PluginContext:
        return PluginContext(
            data_dir=self.settings.data_dir / "plugins" / record.name,
            log=logging.getLogger(f"mcma.plugin.{record.name}"),
            values=PluginValues(self.database, record.name),
            enqueue=enqueue_for(self.jobs),
            remote=PluginRemote(self.database, record.name),
            database=PluginTables(self.database, self.jobs),
        )


@dataclass(frozen=True, slots=True)
class PluginMigration:
    backups: Path
    database: Database

    async def __call__(self, record: PluginRecord, folder: Path) -> None:
        try:
            await migrate_plugin(self.database, record.name, folder, self.backups)
        except SchemaNewer as newer:
            raise PluginSchemaNewer(newer.message) from newer
        except McmaError:
            raise
        except Exception as error:
            raise MigrationFailed(f"{type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class Declaration:
    kinds: Kinds
    database: Database

    async def __call__(self, record: PluginRecord, tables: Sequence["SyncedTable"]) -> None:
        try:
            await self.kinds.declare(self.database, tables)
        except BadTable as bad:
            raise BadTables(f"synced_tables(): {bad}") from bad


def proposing(host: PluginHost) -> Ask:
    """What plugins think that a claim may be."""

    async def ask(request: MatchRequest) -> Sequence[Proposed]:
        return [Proposed(*heard) for heard in await host.hear("match_candidates", request=request)]

    return ask
