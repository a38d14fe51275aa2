"""All services of one running core, in one typed place: `wiring.py` fills it, adapters and commands read."""

from dataclasses import dataclass

from mcma.services.app_passwords import AppPasswords
from mcma.services.batches import Batches
from mcma.services.bookmarks import BookmarkService
from mcma.services.browse import Browse
from mcma.services.catalogue import CatalogueService
from mcma.services.co_plays import CoPlays
from mcma.services.configuration import Configuration
from mcma.services.devices import Devices
from mcma.services.edits import Edits
from mcma.services.files import Files
from mcma.services.imports import Imports
from mcma.services.ingest import Ingest
from mcma.services.jobs import Jobs
from mcma.services.labels import Labels
from mcma.services.libraries import Libraries
from mcma.services.library_access import LibraryAccess
from mcma.services.listening import ListeningService
from mcma.services.logins import Logins
from mcma.services.lyrics import LyricsService
from mcma.services.managed import ManagedLibraries
from mcma.services.measuring import Measuring
from mcma.services.overview import Overview
from mcma.services.playlist_files import PlaylistFiles
from mcma.services.playlists import PlaylistService
from mcma.services.queues import QueueService
from mcma.services.radio import RadioService
from mcma.services.removal import Removal
from mcma.services.renditions import Renditions
from mcma.services.scans import Scans
from mcma.services.sessions import Sessions
from mcma.services.setup import Setup
from mcma.services.similar import SimilarService
from mcma.services.smart_playlists import SmartPlaylists
from mcma.services.soundalikes import Soundalikes
from mcma.services.statistics import Statistics
from mcma.services.streaming import Streams
from mcma.services.uploads import Uploads
from mcma.services.users import Users
from mcma.services.watching import Watcher


@dataclass(frozen=True, slots=True)
class CoreServices:
    """Satisfies `mcma_plugins.services.Services` and holds what only core's own adapters use."""

    version: str
    catalogue: CatalogueService
    browse: Browse
    batches: Batches
    files: Files
    labels: Labels
    lyrics: LyricsService
    edits: Edits
    listening: ListeningService
    playlists: PlaylistService
    playlist_files: PlaylistFiles
    smart_playlists: SmartPlaylists
    bookmarks: BookmarkService
    queues: QueueService
    similar: SimilarService
    radio: RadioService
    co_plays: CoPlays
    streaming: Streams
    renditions: Renditions
    measuring: Measuring
    logins: Logins
    sessions: Sessions
    devices: Devices
    app_passwords: AppPasswords
    setup: Setup
    users: Users
    libraries: Libraries
    library_access: LibraryAccess
    managed: ManagedLibraries
    imports: Imports
    ingest: Ingest
    uploads: Uploads
    soundalikes: Soundalikes
    removal: Removal
    scans: Scans
    jobs: Jobs
    watcher: Watcher
    statistics: Statistics
    overview: Overview
    configuration: Configuration
