"""The composition root: the only place that knows how everything fits together."""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from mcma import secrets
from mcma.host import Environment, PluginHost
from mcma.host.announcer import Announcer
from mcma.media.ffmpeg import Ffmpegs
from mcma.part import Part, check_plugins
from mcma.services.archives import Downloads
from mcma.services.catalogue.about import AboutService
from mcma.services.catalogue.batches import Batches
from mcma.services.catalogue.browse import Browse
from mcma.services.catalogue.catalogue import CatalogueService
from mcma.services.catalogue.edits import Edits
from mcma.services.catalogue.files import Files
from mcma.services.catalogue.labels import Labels
from mcma.services.catalogue.lyrics import LyricsService
from mcma.services.catalogue.statistics import Statistics
from mcma.services.downloading.queueing import SourceOffer
from mcma.services.entities.edits import ArtistEdits
from mcma.services.entities.rereading import Rereading
from mcma.services.indexing.readers import TagReaders
from mcma.services.intake.imports import Imports
from mcma.services.intake.ingest import Ingest
from mcma.services.intake.uploads import Uploads
from mcma.services.job_events import JobEvents
from mcma.services.jobs import JobOwner, Jobs
from mcma.services.keptpictures import FOLDER as PICTURES
from mcma.services.libraries.leases import Lease
from mcma.services.libraries.libraries import Libraries
from mcma.services.libraries.library_access import LibraryAccess
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.libraries.removal import Removal
from mcma.services.libraries.scans import Scans
from mcma.services.libraries.watching import Alone, Watcher, WatchOptions, starting
from mcma.services.listening.bookmarks import BookmarkService
from mcma.services.listening.listening import ListeningService
from mcma.services.listening.playing import PlayingService
from mcma.services.listening.playing_changes import PlayingChanges
from mcma.services.listening.queues import QueueService
from mcma.services.matching.proposals import Asking
from mcma.services.matching.service import Matching
from mcma.services.measuring import Measuring
from mcma.services.offline.plans import OfflinePlans
from mcma.services.outside import OutsideSources
from mcma.services.outside.credentials import Credentials
from mcma.services.outside.health import SourceStates
from mcma.services.outside.recognition import Knowing
from mcma.services.outside.searching import OutsideSearch
from mcma.services.people.accounts import Accounts
from mcma.services.people.app_passwords import AppPasswords
from mcma.services.people.avatars import AvatarService
from mcma.services.people.devices import Devices
from mcma.services.people.logins import Logins
from mcma.services.people.passwords import Passwords
from mcma.services.people.secretbox import SecretBox
from mcma.services.people.sessions import Sessions
from mcma.services.people.setup import Setup
from mcma.services.people.tokens import AccessTokens
from mcma.services.people.users import Users
from mcma.services.picturelinks import PictureLinks
from mcma.services.playlists.match_report import MatchReports
from mcma.services.playlists.playlist_describing import PlaylistDescribing
from mcma.services.playlists.playlist_files import Elsewhere, PlaylistFiles
from mcma.services.playlists.playlist_links import PlaylistLinks
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.playlists.smart_playlists import SmartPlaylists
from mcma.services.radio.co_plays import CoPlays
from mcma.services.radio.likeness import Likeness
from mcma.services.radio.radio import RadioService
from mcma.services.radio.radiopools import Pools
from mcma.services.radio.similar import SimilarService
from mcma.services.radio.sonic import SonicService
from mcma.services.radio.sounds import Ears
from mcma.services.radio.stations import StationService
from mcma.services.registry import CoreServices
from mcma.services.renditions import Bounds, Renditions, Room
from mcma.services.renditions.byfile import FileRenditions
from mcma.services.renditions.decisions import Decisions
from mcma.services.renditions.passes import Passes
from mcma.services.server.configuration import Configuration
from mcma.services.server.overview import Overview
from mcma.services.shares.opened import OpenShares
from mcma.services.shares.shares import ShareService
from mcma.services.shares.visits import Visits
from mcma.services.streaming import Streams
from mcma.services.sync.feed import SyncFeed
from mcma.services.sync.heads import Heads
from mcma.services.sync.kinds import Kinds
from mcma.services.sync.pokes import Pokes
from mcma.services.sync.purging import Purging
from mcma.services.sync.push import Push
from mcma.services.sync.retention import Retention
from mcma.services.wanted.missing import MissingRequests
from mcma.setting_origins import every_setting
from mcma.settings import DATABASE_FILE, Settings
from mcma.store.engine import Database
from mcma.store.lock import FolderLock
from mcma.store.migrate import migrate_core
from mcma.store.reserve import Reserve
from mcma.wiring.asking import enrichment_of
from mcma.wiring.downloads import Ground, Outside, getting_of
from mcma.wiring.enriching import adding, known_by_connections
from mcma.wiring.entities import merges_of
from mcma.wiring.jobs import doorbell_for, runner_for
from mcma.wiring.plugins import Contexts, Declaration, PluginMigration, proposing
from mcma.wiring.server import setting_schemas, surroundings_of
from mcma.wiring.sounds import sounds_of
from mcma.wiring.tags import tag_writing_of
from mcma.worker import schedules
from mcma.worker.doorbell import Doorbell
from mcma.worker.runner import JobRunner
from mcma_plugins.events import JobFinished
from mcma_plugins.jobs import JobKind
from mcma_plugins.sources import Source

MUSIC = "music"
"""In the data folder: what was imported, uploaded and downloaded."""
WATCH_LEASE = 20.0
"""Seconds after which another server watches the folders, when the one that did is gone."""
KEY_FILES = {"subsonic_secret_key": "subsonic.key", "jwt_secret": "jwt.key"}
"""Setting to the file in the data folder that keeps the key made on first start."""


@dataclass(frozen=True, slots=True)
class Core:
    """A core that is ready: migrated, with its plugins started."""

    settings: Settings
    database: Database
    host: PluginHost
    services: CoreServices
    runner: JobRunner
    doorbell: Doorbell
    part: Part


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    running_jobs: bool = True,
    part: Part = Part(),  # noqa: B008 - a frozen value
) -> AsyncIterator[Core]:
    """Everything of one process, in order, and taken down in the reverse order.

    Raises `FolderInUse` when another process holds the data folder (SQLite), `SchemaNewer`, `ConfigError` and
    `Unavailable` when the database cannot be reached. `running_jobs`: whether this process runs jobs.
    `part`: what it is for.
    """
    async with AsyncExitStack() as stack:
        secrets.make_data_folder(settings.data_dir)
        database = Database(settings.database, Reserve(settings.data_dir))
        database.know(**known_by_connections(settings))
        if database.is_sqlite:
            lock = FolderLock(settings.data_dir)
            lock.acquire()
            stack.callback(lock.release)
            if settings.database_url is None:
                (settings.data_dir / DATABASE_FILE).touch(mode=0o600)
        stack.push_async_callback(database.close)
        await migrate_core(database, settings.data_dir / "backups")
        host = PluginHost(
            environment=Environment.read(Path(".env")), disabled=settings.plugins_disabled, allow=part.allowed
        )
        host.load()
        check_plugins(part, host)
        core = await _assembled(settings, part, database, host, stack)
        if running_jobs:
            await core.runner.start()
            await core.services.renditions.start(core.runner)
            stack.push_async_callback(core.runner.stop, settings.shutdown_seconds)
        yield core


async def _assembled(
    settings: Settings, part: Part, database: Database, host: PluginHost, stack: AsyncExitStack
) -> Core:
    announcer, events = Announcer(host), JobEvents()
    doorbell = await doorbell_for(settings, database, events, stack)

    async def on_finished(told: JobFinished) -> None:
        announcer.say("job_finished", told)
        await services.sounds.fingerprinting.finished(told)

    kinds: dict[str, JobKind] = {}
    jobs = Jobs(database, doorbell, kinds=kinds, events=events, on_finished=on_finished)
    passwords = Passwords()
    stack.callback(passwords.close)
    kinds_told = Kinds()
    services = _services(settings, database, host, jobs, announcer, passwords, kinds_told)
    stack.push_async_callback(services.logins.close)
    stack.push_async_callback(services.open_shares.close)
    stack.push_async_callback(services.outside_search.close)
    stack.push_async_callback(services.sync.close)
    stack.push_async_callback(services.pokes.close)
    if part.starts:
        await services.app_passwords.rekey()
        await services.shares.rekey()
    migration = PluginMigration(settings.data_dir / "backups", database)
    await host.start(Contexts(settings, database, jobs), migration, Declaration(kinds_told, database))
    database.know(**await adding(host, database))
    if part.starts:
        await kinds_told.settle(database)
        await services.managed.settle()
        await services.imports.declare()
        await services.rereading.settle()
        await services.sounds.preferring.settle()
        await services.enrichment.settle()
    announcer.start()
    stack.push_async_callback(host.stop)
    stack.push_async_callback(announcer.stop, 2.0)
    owners = _job_owners(services)
    kinds.update({kind.name: kind for owner in owners for kind in owner.job_kinds()})
    kinds.update({offer.thing.name: offer.thing for offer in host.job_kinds()})
    await _declare_schedules(database, owners, host)
    runner = runner_for(settings, part, database, kinds, doorbell, events, on_finished)
    return Core(settings, database, host, services, runner, doorbell, part)


async def _declare_schedules(database: Database, owners: Sequence[JobOwner], host: PluginHost) -> None:
    """Of core and of the plugins that run here."""
    named = {name: one for owner in owners for name, one in owner.schedules().items()}
    named |= {offer.thing.name: offer.thing.schedule for offer in host.schedules()}
    prefixes = ["", *(f"{record.name}." for record in host.records() if record.usable)]
    await schedules.declare(database, dict(sorted(named.items())), prefixes)


def _job_owners(services: CoreServices) -> Sequence[JobOwner]:
    """Those whose work is done in jobs."""
    return (
        services.scans, services.imports, services.ingest, services.co_plays, services.renditions,
        services.measuring, services.match_asking, services.downloading, services.enrichment,
        *services.sounds.owners(),
        services.smart_playlists, services.playlist_links, services.playlist_describing,
        services.retention, services.purging, services.tag_writing, services.merges.hands,
        services.rereading,
    )  # fmt: skip


def _services(
    settings: Settings,
    database: Database,
    host: PluginHost,
    jobs: Jobs,
    announcer: Announcer,
    passwords: Passwords,
    kinds: Kinds,
) -> CoreServices:
    subsonic, jwt = _keys(settings, "subsonic_secret_key"), _keys(settings, "jwt_secret")
    box = SecretBox(subsonic.current, subsonic.previous)
    accounts = Accounts(database, box)
    devices = Devices(database, accounts)
    picture_links = PictureLinks([jwt.current, *jwt.previous])
    tokens = AccessTokens(jwt.current, jwt.previous, minutes=settings.access_token_minutes)
    managed = ManagedLibraries(database, settings.data_dir / MUSIC)
    libraries, playlists = Libraries(database), PlaylistService(database)
    catalogue, files = CatalogueService(database), Files(database)
    playing, heads = PlayingService(database, announcer.say), Heads(database)
    similar = SimilarService(database, likeness := Likeness(database, Ears(host.sounding)))
    ffmpegs = Ffmpegs(settings.ffmpeg)
    renditions = _renditions(settings, database, jobs, ffmpegs)

    def sources() -> Mapping[str, Source]:
        return {offer.thing.name: offer.thing for offer in host.sources()}

    def readers() -> TagReaders:
        return TagReaders(settings.scan_workers or None)

    def offers() -> Mapping[str, SourceOffer]:
        return {offer.thing.name: SourceOffer(offer.plugin, offer.thing) for offer in host.sources()}

    matching, merges = Matching(database), merges_of(database, jobs, announcer.say)
    asking = host.source_calls()
    outside = OutsideSources(sources, asking)
    scans = Scans(database, jobs, libraries, sources, announcer.say, readers)
    imports = Imports(database, jobs, managed, sources, announcer.say, readers)
    holder = Alone() if database.is_sqlite else Lease(database, "watch", WATCH_LEASE)
    watching = WatchOptions(settings.watch, settings.watch_poll_seconds, settings.watch_settle_seconds)
    ingest = Ingest(database, jobs, managed, announcer.say, readers)
    getting = getting_of(
        settings, Ground(database, jobs, managed, ingest, ffmpegs, readers, matching, announcer.say),
        Outside(offers, outside, asking),
    )  # fmt: skip
    streams = Streams(database, settings.data_dir / "artwork", renditions, settings.data_dir / PICTURES)
    describing = PlaylistDescribing(database, jobs, outside)
    shares = ShareService(database, box)
    open_shares = OpenShares(database, shares, streams, Visits(database))

    def forget() -> None:
        streams.forget()
        open_shares.forget()

    return CoreServices(
        version=version("mcma"),
        catalogue=catalogue,
        browse=Browse(database),
        batches=Batches(database),
        files=files,
        labels=Labels(database),
        about=AboutService(database, picture_links),
        picture_links=picture_links,
        lyrics=LyricsService(database),
        edits=Edits(database, announcer.say),
        listening=ListeningService(database, announcer.say),
        playing=playing,
        playlists=playlists,
        playlist_files=PlaylistFiles(database, playlists, Elsewhere(outside, describing)),
        playlist_describing=describing,
        playlist_links=PlaylistLinks(database, jobs, outside),
        match_reports=MatchReports(database, playlists),
        smart_playlists=SmartPlaylists(database, playlists),
        bookmarks=BookmarkService(database),
        queues=QueueService(database),
        shares=shares,
        open_shares=open_shares,
        similar=similar,
        sonic=SonicService(database, Ears(host.sounding), host.hears),
        radio=RadioService(database, likeness, Pools(database, similar, playlists.entries)),
        co_plays=CoPlays(database),
        streaming=streams,
        renditions=renditions,
        file_renditions=FileRenditions(database, files, renditions),
        offline=OfflinePlans(database, renditions, devices),
        outside=outside,
        outside_search=OutsideSearch(outside, Knowing(database)),
        source_states=SourceStates(outside),
        credentials=Credentials(sources, asking, outside.pauses.forget),
        downloads=Downloads(database, catalogue, playlists, streams),
        download_requests=getting.requests,
        enrichment=enrichment_of(settings, database, jobs, host, announcer.say),
        missing_requests=MissingRequests(database, playlists, getting.starting),
        downloading=getting.work,
        decisions=Decisions(streams, renditions, Passes(jwt.current, jwt.previous)),
        matching=matching,
        match_asking=Asking(database, proposing(host), matching.told),
        measuring=Measuring(database, ffmpegs),
        logins=Logins(database, accounts, passwords, tokens),
        sessions=Sessions(database, tokens, days=settings.refresh_token_days),
        devices=devices,
        app_passwords=AppPasswords(database, box, accounts),
        setup=Setup(database, passwords, accounts),
        users=Users(database, passwords, accounts, streams.forget),
        avatars=AvatarService(database),
        stations=StationService(database),
        libraries=libraries,
        library_access=LibraryAccess(database, libraries, forget),
        managed=managed,
        imports=imports,
        ingest=ingest,
        uploads=Uploads(
            database, managed, ingest, allowed=settings.uploads, largest=settings.max_upload_bytes
        ),
        artist_edits=ArtistEdits(database),
        rereading=Rereading(database, jobs, announcer.say),
        sounds=sounds_of(settings, database, jobs, host, announcer.say, merges),
        merges=merges,
        tag_writing=tag_writing_of(settings, database, jobs, managed, announcer.say),
        removal=Removal(database, managed, announcer.say),
        scans=scans,
        jobs=jobs,
        watcher=Watcher(database, sources, starting(scans, imports), jobs.wait, holder, watching),
        sync=SyncFeed(database, heads, settings.sync_retention_days, kinds),
        push=Push(database, getting.starting, announcer.say, told=matching.told),
        pokes=Pokes(database, heads, playing, PlayingChanges(database)),
        retention=Retention(database, settings.sync_retention_days),
        purging=Purging(database, settings.sync_retention_days),
        statistics=Statistics(database),
        overview=Overview(database, libraries, jobs, surroundings_of(settings, host)),
        configuration=Configuration(lambda: every_setting(settings, host), lambda: setting_schemas(host)),
    )


def _renditions(settings: Settings, database: Database, jobs: Jobs, ffmpegs: Ffmpegs) -> Renditions:
    slots = settings.transcode_slots or os.cpu_count() or 1
    return Renditions(
        database, jobs, ffmpegs, settings.data_dir / "renditions",
        Bounds(slots, settings.transcodes_per_user, shares=max(1, slots // 2)),
        Room(int(settings.transcode_cache_gb * 1e9), timedelta(days=settings.transcode_cache_days)),
    )  # fmt: skip


def _keys(settings: Settings, name: str) -> secrets.Keys:
    """The key in force (given, or made on first start) and those before it."""
    given = getattr(settings, name)
    former = [one.get_secret_value() for one in getattr(settings, f"{name}_previous")]
    return secrets.keys(
        settings.data_dir, KEY_FILES[name], f"MCMA_{name.upper()}", given and given.get_secret_value(), former
    )
