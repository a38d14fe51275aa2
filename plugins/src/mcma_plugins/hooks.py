"""The hook specifications: what a plugin can be and what it can hear.

Overriding one of these methods in a `Plugin` is registering for it. Those that answer with objects are plain
functions, called once after the plugin was made; those that hear something are coroutines, awaited one plugin
after the other, each under a time limit, each failure recorded with the plugin and going no further.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

from mcma_plugins.adapters import Adapter
from mcma_plugins.commands import Command
from mcma_plugins.enrichers import Enricher, Fingerprinter
from mcma_plugins.jobs import JobKind, NamedSchedule
from mcma_plugins.notices import Notice
from mcma_plugins.similarity import Similarity
from mcma_plugins.sources import Source

if TYPE_CHECKING:
    from mcma_plugins.database import SyncedTable
    from mcma_plugins.events import (
        ItemsMerged,
        ItemsRemoved,
        JobFinished,
        LikeRecorded,
        MatchRequest,
        PlayRecorded,
        ProposedMatch,
        TracksChanged,
    )

PROJECT = "mcma"
hookspec = pluggy.HookspecMarker(PROJECT)


class Hooks:
    """Every hook with its default answer. The defaults are never registered."""

    # What a plugin can be ---------------------------------------------------------------------------

    @hookspec
    def sources(self) -> Sequence[Source]:
        """Places music comes from. Names MUST be unique."""
        return ()

    @hookspec
    def enrichers(self) -> Sequence[Enricher]:
        """Provisional. Those who know more about music."""
        return ()

    @hookspec
    def fingerprinters(self) -> Sequence[Fingerprinter]:
        """Provisional. Those who make fingerprints of sound; the first that can is asked."""
        return ()

    @hookspec
    def similarities(self) -> Sequence[Similarity]:
        """Provisional. Those who know which tracks sound alike; similar tracks and radio ask them."""
        return ()

    @hookspec
    def adapters(self) -> Sequence[Adapter]:
        """API adapters, each at a mount of its own."""
        return ()

    @hookspec
    def jobs(self) -> Sequence[JobKind]:
        """Job kinds this plugin can run; their names MUST begin with the plugin's name and a dot."""
        return ()

    @hookspec
    def schedules(self) -> Sequence[NamedSchedule]:
        """Job kinds of this plugin to run again and again. Their names MUST begin with the plugin's name and
        a dot. They are rows: an administrator can switch one off; one whose plugin is gone does nothing."""
        return ()

    @hookspec
    def commands(self) -> Sequence[Command]:
        """Commands below `mcma <plugin>`."""
        return ()

    @hookspec
    def migrations(self) -> Path | None:
        """The folder of Alembic revisions inside the plugin's package, when it has tables."""
        return None

    @hookspec
    def synced_tables(self) -> "Sequence[SyncedTable]":
        """Those of its tables that clients follow (`mcma_plugins.database.synced_table`)."""
        return ()

    # What a plugin can hear -------------------------------------------------------------------------

    @hookspec
    async def track_added(self, event: "TracksChanged") -> None:
        """After the transaction that added them. Batched: one call for many tracks."""

    @hookspec
    async def track_changed(self, event: "TracksChanged") -> None:
        """After the transaction that changed them. Batched."""

    @hookspec
    async def like_recorded(self, event: "LikeRecorded") -> None:
        """After a like or its withdrawal was stored."""

    @hookspec
    async def play_recorded(self, event: "PlayRecorded") -> None:
        """After a play was stored."""

    @hookspec
    async def job_finished(self, event: "JobFinished") -> None:
        """After a job succeeded, failed for good or was cancelled."""

    @hookspec
    async def items_merged(self, event: "ItemsMerged") -> None:
        """Rows that point at the loser should now point at the winner."""

    @hookspec
    async def items_unmerged(self, event: "ItemsMerged") -> None:
        """A merge was undone."""

    @hookspec
    async def items_removed(self, event: "ItemsRemoved") -> None:
        """An admin removed them for good."""

    @hookspec
    async def match_candidates(self, request: "MatchRequest") -> "Sequence[ProposedMatch]":
        """Provisional. Candidates for a claim."""
        return ()

    @hookspec
    async def notices(self) -> Sequence[Notice]:
        """Provisional. What it cannot do, though it runs. Somebody looks at the plugins: MUST be quick, and
        MUST NOT ask anybody outside."""
        return ()

    @hookspec
    async def before_shutdown(self) -> None:
        """The server is about to stop; seconds remain."""
