"""All services of one running core, in one typed place: `wiring` fills it, adapters and commands read."""

from dataclasses import dataclass

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
from mcma.services.downloading.downloading import Downloading
from mcma.services.enriching.service import Enrichment
from mcma.services.entities.edits import ArtistEdits
from mcma.services.entities.rereading import Rereading
from mcma.services.identity.merges import Merges
from mcma.services.identity.sounds import Sounds
from mcma.services.intake.imports import Imports
from mcma.services.intake.ingest import Ingest
from mcma.services.intake.uploads import Uploads
from mcma.services.jobs import Jobs
from mcma.services.libraries.libraries import Libraries
from mcma.services.libraries.library_access import LibraryAccess
from mcma.services.libraries.managed import ManagedLibraries
from mcma.services.libraries.removal import Removal
from mcma.services.libraries.scans import Scans
from mcma.services.libraries.watching import Watcher
from mcma.services.listening.bookmarks import BookmarkService
from mcma.services.listening.listening import ListeningService
from mcma.services.listening.playing import PlayingService
from mcma.services.listening.queues import QueueService
from mcma.services.matching.proposals import Asking
from mcma.services.matching.service import Matching
from mcma.services.measuring import Measuring
from mcma.services.offline.plans import OfflinePlans
from mcma.services.outside import OutsideSources
from mcma.services.outside.credentials import Credentials
from mcma.services.outside.health import SourceStates
from mcma.services.outside.searching import OutsideSearch
from mcma.services.people.app_passwords import AppPasswords
from mcma.services.people.avatars import AvatarService
from mcma.services.people.devices import Devices
from mcma.services.people.logins import Logins
from mcma.services.people.sessions import Sessions
from mcma.services.people.setup import Setup
from mcma.services.people.users import Users
from mcma.services.picturelinks import PictureLinks
from mcma.services.playlists.match_report import MatchReports
from mcma.services.playlists.playlist_describing import PlaylistDescribing
from mcma.services.playlists.playlist_files import PlaylistFiles
from mcma.services.playlists.playlist_links import PlaylistLinks
from mcma.services.playlists.playlists import PlaylistService
from mcma.services.playlists.smart_playlists import SmartPlaylists
from mcma.services.radio.co_plays import CoPlays
from mcma.services.radio.radio import RadioService
from mcma.services.radio.similar import SimilarService
from mcma.services.radio.sonic import SonicService
from mcma.services.radio.stations import StationService
from mcma.services.renditions import Renditions
from mcma.services.renditions.byfile import FileRenditions
from mcma.services.renditions.decisions import Decisions
from mcma.services.server.configuration import Configuration
from mcma.services.server.overview import Overview
from mcma.services.shares.opened import OpenShares
from mcma.services.shares.shares import ShareService
from mcma.services.streaming import Streams
from mcma.services.sync.feed import SyncFeed
from mcma.services.sync.pokes import Pokes
from mcma.services.sync.purging import Purging
from mcma.services.sync.push import Push
from mcma.services.sync.retention import Retention
from mcma.services.tagwriting import TagWriting
from mcma.services.wanted.missing import MissingRequests
from mcma.services.wanted.requests import DownloadRequests


@dataclass(frozen=True, slots=True)
class CoreServices:
    """Satisfies `mcma_plugins.services.Services` and holds what only core's own adapters use."""

    version: str
    catalogue: CatalogueService
    browse: Browse
    batches: Batches
    files: Files
    labels: Labels
    about: AboutService
    picture_links: PictureLinks
    lyrics: LyricsService
    edits: Edits
    listening: ListeningService
    playing: PlayingService
    playlists: PlaylistService
    playlist_files: PlaylistFiles
    playlist_describing: PlaylistDescribing
    playlist_links: PlaylistLinks
    match_reports: MatchReports
    smart_playlists: SmartPlaylists
    bookmarks: BookmarkService
    queues: QueueService
    shares: ShareService
    open_shares: OpenShares
    similar: SimilarService
    sonic: SonicService
    radio: RadioService
    co_plays: CoPlays
    streaming: Streams
    renditions: Renditions
    file_renditions: FileRenditions
    offline: OfflinePlans
    outside: OutsideSources
    outside_search: OutsideSearch
    source_states: SourceStates
    credentials: Credentials
    decisions: Decisions
    downloads: Downloads
    download_requests: DownloadRequests
    missing_requests: MissingRequests
    enrichment: Enrichment
    matching: Matching
    match_asking: Asking
    downloading: Downloading
    measuring: Measuring
    logins: Logins
    sessions: Sessions
    devices: Devices
    app_passwords: AppPasswords
    setup: Setup
    users: Users
    avatars: AvatarService
    stations: StationService
    libraries: Libraries
    library_access: LibraryAccess
    managed: ManagedLibraries
    imports: Imports
    ingest: Ingest
    uploads: Uploads
    sounds: Sounds
    merges: Merges
    artist_edits: ArtistEdits
    rereading: Rereading
    tag_writing: TagWriting
    removal: Removal
    scans: Scans
    jobs: Jobs
    watcher: Watcher
    sync: SyncFeed
    push: Push
    pokes: Pokes
    retention: Retention
    purging: Purging
    statistics: Statistics
    overview: Overview
    configuration: Configuration
