"""An example of every answer, made by the code that makes the answers: it cannot lie."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from mcma.api import shapes
from mcma.api.examples_admin import admin_examples
from mcma.api.examples_duplicates import duplicate_examples
from mcma.api.examples_enrichment import enrichment_examples
from mcma.api.examples_entities import entity_examples
from mcma.api.examples_fields import field_examples
from mcma.api.examples_offline import offline_examples
from mcma.api.examples_outside import outside_examples
from mcma.api.examples_playlists import playlist_examples
from mcma.api.examples_reviews import review_examples
from mcma.api.examples_statistics import statistics_examples
from mcma.api.examples_sync import sync_examples
from mcma.api.examples_tags import tag_examples
from mcma.api.respond import encoded
from mcma.domain.profiles import PROFILES
from mcma.services.catalogue.files import FileView
from mcma.services.catalogue.labels import LabelView
from mcma.services.intake.imports import ImportFileView, ImportFolderView
from mcma.services.renditions.advance import RenditionView
from mcma.services.wanted.placing import Answer
from mcma.services.wanted.requests import DownloadRequestView
from mcma_plugins import ids
from mcma_plugins.abouts import About, PicturePaths, Told
from mcma_plugins.decisions import Decision, Form, Unfit
from mcma_plugins.playing import NowPlaying, PlayingState
from mcma_plugins.stations import StationView
from mcma_plugins.suggestions import (
    ArtistSuggestion,
    Note,
    RadioPage,
    Reason,
    SonicMatch,
    SonicTracks,
    SuggestedArtists,
    SuggestedTracks,
    Suggestion,
)
from mcma_plugins.values import (
    AlbumView,
    ArtistView,
    BookmarkView,
    ClaimView,
    Contributor,
    Credit,
    GenreView,
    ItemKind,
    ItemRef,
    JobView,
    LibraryView,
    Lyrics,
    PlaylistEntry,
    PlaylistView,
    QueueView,
    Shared,
    SharedItem,
    ShareView,
    TrackView,
    UserState,
    UserView,
)

AT: Final = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)


def example_id(number: int) -> UUID:
    return UUID(int=0x019353A0_0000_7000_8000_000000000000 + number)


_LATER: Final = AT + timedelta(hours=2)
_LIBRARY, _ARTIST, _ALBUM, _TRACK = (example_id(number) for number in (1, 2, 3, 4))
_STATE = UserState(AT, 5, 12, _LATER)
_CREDITS = (Credit(ids.ArtistId(_ARTIST), "Nina Simone"),)

TRACK = TrackView(
    id=ids.TrackId(_TRACK), library_id=ids.LibraryId(_LIBRARY), title="Sinnerman", sort_title="Sinnerman",
    album_id=ids.AlbumId(_ALBUM), album="Pastel Blues", artist="Nina Simone", artists=_CREDITS,
    album_artist="Nina Simone", album_artists=_CREDITS,
    contributors=(Contributor("performer", ids.ArtistId(example_id(5)), "Rudy Stevenson", "guitar"),),
    disc=1, track=9, year=1965, date="1965-10", duration_ms=619_000, genres=("Jazz", "Soul"), moods=(),
    groupings=(), bpm=140.0, comment=None, explicit=False, recording_mbid=None, isrcs=("USPR36507329",),
    metadata_status="pending", file_id=ids.FileId(example_id(6)),
    path="Nina Simone/Pastel Blues/09 Sinnerman.flac", size=68_400_000, suffix="flac",
    content_type="audio/flac", bit_rate_kbps=884, sample_rate_hz=44_100, bit_depth=16, channels=2,
    track_gain_db=-6.2, track_peak=0.98, album_gain_db=-5.9, album_peak=0.99,
    artwork_id=ids.ArtworkId(example_id(7)), missing_since=None, created_at=AT, updated_at=_LATER, rev=3,
    user=_STATE,
)  # fmt: skip
_ABOUT: Final = About(
    ItemRef(ItemKind.ARTIST, _ARTIST), None, Told("Born in Tryon, North Carolina.", "person", AT),
    PicturePaths(*(f"/api/v1/pictures/AgGTU6AAAHAAgAAA{size}" for size in ("AJYDbw", "ASwDbw", "AlgDbw"))),
)  # fmt: skip
_CUE: Final = {"start_ms": 15_000, "end_ms": 15_400, "text": "Oh,"}
ALBUM = AlbumView(
    id=ids.AlbumId(_ALBUM), library_id=ids.LibraryId(_LIBRARY), title="Pastel Blues",
    sort_title="Pastel Blues", version=None, artist="Nina Simone", artists=_CREDITS, year=1965,
    date="1965-10", original_date="1965-10", compilation=False, genres=("Jazz", "Soul"),
    labels=("Philips",), moods=(), release_types=("album",), explicit=False, mbid=None,
    release_group_mbid=None, disc_titles=((1, "Side A"),), song_count=9, duration_ms=2_160_000,
    size=240_000_000, artwork_id=ids.ArtworkId(example_id(7)),
    created_at=AT, updated_at=_LATER, user=UserState(),
)  # fmt: skip
ARTIST = ArtistView(
    id=ids.ArtistId(_ARTIST), name="Nina Simone", sort_name="Simone, Nina", mbid=None, album_count=3,
    song_count=31, artwork_id=None, created_at=AT, updated_at=_LATER, user=_STATE,
)  # fmt: skip
GENRE = GenreView(example_id(8), "Jazz", 310, 28)
LIBRARY = LibraryView(
    ids.LibraryId(_LIBRARY), 1, "Music", "folder", "/srv/music", 10_000, 830, 412, _LATER, "ok", None
)
USER = UserView(ids.UserId(example_id(9)), "alex", False, AT, None, email="alex@home.example")
PLAYLIST = PlaylistView(
    ids.PlaylistId(example_id(10)), "Sunday", "Slow ones", USER.id, USER.name, False, False, 1, 619_000, None,
    AT, _LATER, 4,
)  # fmt: skip
FILE = FileView(
    ids.FileId(example_id(6)), TRACK.id, TRACK.library_id, TRACK.path, True, 68_400_000, "flac", "flac",
    "flac", "audio/flac", 619_000, 884, 44_100, 16, 2, True, None, -6.2, 0.98, -5.9, 0.99, None, AT,
)  # fmt: skip
IMPORT_FOLDER = ImportFolderView(
    example_id(15), "/srv/inbox", _LIBRARY, "Imported", True, False, "ok", None,
    {"files": 12, "unchanged": 10, "imported": 1, "replaced": 0, "duplicates": 1, "problems": 0,
     "seconds": 0.4}, AT,
)  # fmt: skip
CLAIM = ClaimView(
    ids.ClaimId(example_id(15)), "Little Girl Blue", ("Nina Simone",), None, 254_000, None, None
)
_WANTED = DownloadRequestView(
    ids.DownloadRequestId(example_id(19)), USER.id, USER.name, "track", None, None, CLAIM.title,
    CLAIM.artists, CLAIM, "requested", "source", None, None, None, None, None, 50, "The long one", None, None,
    AT, AT, 1,
)  # fmt: skip
JOB = JobView(
    ids.JobId(example_id(11)), "scan", "running", 1200, 10_000, "Nina Simone", None, 1, USER.id, AT, AT, None
)
REASON = Reason("shared_genre", "Jazz, Soul", 0.92)
NOTE = Note("sound_absent", "No plugin here knows how tracks sound.")
SUGGESTION = Suggestion(TRACK, 0.92, (REASON,))
ARTIST_SUGGESTION = ArtistSuggestion(ARTIST, 0.92, (REASON,))

RENDITION = RenditionView(
    example_id(16), ids.FileId(example_id(6)), "opus-128-48000-2", "ready", "opus", 128, 48_000, 2, "opus",
    "audio/ogg", 9_904_000, JOB.id, AT, _LATER, AT + timedelta(days=30), None,
)  # fmt: skip

DECISION = Decision(
    False, (Unfit.CODEC,), Form("flac", "flac", 2, 921, 44_100, 16),
    Form("ogg", "opus", 2, 128, 48_000, None), "", "eyJhbGciOi...",
)  # fmt: skip
SHARE = ShareView(
    ids.ShareId(example_id(19)), "/share/7k2m9x4c8v3b6n1q5w0r8t2y4p", USER.id, USER.name, "For the drive",
    False, (SharedItem(ItemKind.ALBUM, _ALBUM, "Pastel Blues"),), AT + timedelta(days=30), 3, _LATER, AT, AT,
    1,
)  # fmt: skip

_MADE: Final[dict[str, Any]] = {
    "UserData": shapes.track(TRACK)["user"],
    "Credit": shapes.track(TRACK)["artists"][0],
    "Contributor": shapes.track(TRACK)["contributors"][0],
    "Track": shapes.track(TRACK),
    "Count": {"total": 10_000, "exact": False},
    "Upload": {"track": shapes.track(TRACK), "job_id": example_id(11)},
    "DiscTitle": shapes.album(ALBUM)["disc_titles"][0],
    "Album": shapes.album(ALBUM),
    "Artist": shapes.artist(ARTIST),
    "Genre": shapes.genre(GENRE),
    "Reason": shapes.reasons([REASON])[0],
    "Note": shapes.notes([NOTE])[0],
    "Suggestion": shapes.suggestion(SUGGESTION),
    "ArtistSuggestion": shapes.artist_suggestion(ARTIST_SUGGESTION),
    "About": shapes.about(_ABOUT, ""),
    "Told": {"text": "Born in Tryon, North Carolina.", "origin": "person", "at": AT},
    "PicturePaths": _ABOUT.pictures._asdict(),
    "SuggestedTracks": shapes.suggested(SuggestedTracks([SUGGESTION], (NOTE,))),
    "Radio": shapes.radio(RadioPage(example_id(15), [SUGGESTION], 20, (NOTE,)), "WzIwXQ"),
    "SonicMatch": {"track": shapes.track(TRACK), "likeness": 0.93},
    "SonicTracks": shapes.sonic(SonicTracks([SonicMatch(TRACK, 0.93)])),
    "SuggestedArtists": shapes.suggested_artists(SuggestedArtists([ARTIST_SUGGESTION], (NOTE,))),
    "Label": shapes.label(LabelView(example_id(16), "Philips", 12)),
    "Library": shapes.library(LIBRARY),
    "FileProblem": {
        "path": "Broken/01.mp3", "reason": "truncated", "message": "The file ends early.",
        "first_seen_at": AT, "last_seen_at": _LATER,
    },
    "File": shapes.file(FILE),
    "Lyrics": shapes.lyrics(Lyrics("eng", True, [(15_000, "Oh, Sinnerman, where you gonna run to?")])),
    "LyricsLine": {"start_ms": 15_000, "text": "Oh, Sinnerman", "cues": [_CUE]},
    "LyricsCue": _CUE,
    "Tokens": {
        "access_token": "eyJhbGciOi...", "token_type": "Bearer", "expires_at": AT + timedelta(minutes=15),
        "refresh_token": "kq3T...", "refresh_expires_at": AT + timedelta(days=30),
        "device_id": None,
    },
    "Device": {
        "id": example_id(17), "user_id": USER.id, "name": "Kitchen radio", "client": "Web player",
        "profile": {"codecs": ["flac", "opus", "mp3"]}, "acked_n": 0, "created_at": AT, "updated_at": AT,
        "last_seen_at": _LATER, "revoked_at": None, "current": True,
    },
    "Station": StationView(
        ids.StationId(example_id(20)), "Radio Example", "https://radio.example/live.mp3",
        "https://radio.example/", AT, _LATER, 2,
    )._asdict(),
    "Access": {"user_id": USER.id, "name": "alex", "is_admin": False, "granted_at": AT},
    "User": shapes.user(USER),
    "UserDetail": {**shapes.user(USER), "libraries": [_LIBRARY]},
    "SubsonicPassword": {
        "username": "alex", "password": "7k2m9x4c8v3b6n1q5w0r8t2y4p6a9s3d", "name": "default",
        "server": "https://music.example.org",
    },
    "AppPassword": {
        "id": example_id(12), "name": "phone", "created_at": AT, "last_used_at": _LATER,
        "last_client": "Symfonium", "usable": True, "device_id": None,
    },
    "NewAppPassword": {
        "id": example_id(12), "name": "phone", "created_at": AT, "last_used_at": None, "last_client": None,
        "usable": True, "device_id": None, "password": "7k2m9x4c8v3b6n1q5w0r8t2y4p6a9s3d",
    },
    "EventResult": {"id": example_id(13), "status": "applied"},
    "Playing": shapes.now_playing(
        NowPlaying("alex", "Symfonium", "Symfonium", TRACK, PlayingState.PLAYING, 61_000, 1.0, AT, AT)
    ),
    "Playlist": shapes.playlist(PLAYLIST),
    "PlaylistItem": shapes.playlist_item(
        PlaylistEntry(ids.PlaylistItemId(example_id(14)), TRACK, AT, "V0000V")
    ),
    "Claim": shapes.claim(CLAIM),
    "RulesSchema": {"title": "Rules", "type": "object"},
    "RulesAnswer": {"rules": {"all": [{"field": "genre", "op": "is", "value": "Jazz"}], "sort": ["random"]}},
    "RulesPreview": {
        "song_count": 1, "duration_ms": 619_000, "full": False, "items": [shapes.track(TRACK)],
    },
    **review_examples(CLAIM, TRACK, USER),
    **enrichment_examples(ALBUM, example_id(1), example_id(40)),
    **tag_examples(TRACK, USER),
    **duplicate_examples(TRACK, USER),
    "DownloadRequest": shapes.download_request(_WANTED),
    "DownloadAnswer": shapes.download_answer(Answer(_WANTED.id, "requested", None, False, "source")),
    "Bookmark": shapes.bookmark(BookmarkView(TRACK, 95_000, "the solo", AT, _LATER)),
    "Queue": shapes.queue(QueueView(None, (TRACK,), 0, 61_000, _LATER, "Symfonium", 3)),
    "QueueSummary": {
        "device_id": None, "song_count": 1, "current_index": 0, "position_ms": 61_000, "changed_at": _LATER,
        "changed_by": "Symfonium", "rev": 3,
    },
    "SharedItem": {"kind": "album", "id": _ALBUM, "name": "Pastel Blues"},
    "Share": shapes.share(SHARE, "https://music.example.org"),
    "ShareDetail": shapes.shared(Shared(SHARE, (TRACK,), True), "https://music.example.org"),
    "Profile": shapes.profile(PROFILES["opus-128"]),
    "Rendition": shapes.rendition(RENDITION),
    "StreamForm": shapes.decision(DECISION)["source"],
    "StreamDecision": shapes.decision(DECISION),
    "Job": shapes.job(JOB),
    "Children": {"jobs": 0, "finished": 0, "done": 0, "total": 0, "states": {}},
    "JobDetail": {
        **shapes.job(JOB), "parent_id": None, "payload": {"library_id": str(_LIBRARY)}, "result": None,
        "log_tail": "", "children": {"jobs": 0, "finished": 0, "done": 0, "total": 0, "states": {}},
    },
    "ImportFolder": shapes.import_folder(IMPORT_FOLDER),
    "ImportFile": shapes.import_file(ImportFileView(
        "Inbox/01.mp3", "duplicate", "duplicate", "the same sound as Ann/01.mp3 in Music", _TRACK, AT)),
    "Plugin": {
        "name": "subsonic", "state": "running", "degraded": False, "version": "0.1.0",
        "summary": "Subsonic and OpenSubsonic API for existing music apps",
        "abilities": {"adapters": ["/rest"]},
    },
    "Notice": {
        "code": "no_search", "reason": "musicbrainz.home:5000 does not search.",
        "hint": "MCMA_PLUGIN_MUSICBRAINZ_BASE_URL", "by_choice": False,
    },
    "Liveness": {"status": "ok"},
    "CheckResult": {"ok": True, "required": True, "state": "ready", "details": {}},
    "Readiness": {
        "status": "ready",
        "checks": {"database": {"ok": True, "required": True, "state": "ready", "details": {}}},
    },
    "Problem": {
        "type": "urn:mcma:problem:not_found", "title": "Not Found", "status": 404,
        "detail": "There is no such track.", "code": "not_found", "hint": None,
        "instance": f"/api/v1/tracks/{_TRACK}", "request_id": "5c9a3bf1d2e84a07",
    },
}  # fmt: skip
_LISTS: Final = {
    "TrackList": "Track", "AlbumList": "Album", "FileList": "File", "LibraryList": "Library",
    "LyricsList": "Lyrics", "UserList": "User", "DeviceList": "Device", "AccessList": "Access",
    "StationList": "Station",
    "AppPasswordList": "AppPassword", "EventResults": "EventResult",
    "PlayingList": "Playing", "PlaylistList": "Playlist", "JobList": "Job",
    "ProfileList": "Profile", "RenditionList": "Rendition",
    "BookmarkList": "Bookmark", "QueueList": "QueueSummary",
    "ImportFolderList": "ImportFolder", "ImportFileList": "ImportFile",
    "PluginList": "Plugin",
}  # fmt: skip
_PAGES: Final = {
    "TrackPage": "Track", "AlbumPage": "Album", "ArtistPage": "Artist", "GenrePage": "Genre",
    "JobPage": "Job", "LabelPage": "Label", "PlaylistItemPage": "PlaylistItem",
    "FileProblemPage": "FileProblem", "SharePage": "Share", "DownloadRequestPage": "DownloadRequest",
    "ReviewPage": "Review", "MatchBlockPage": "MatchBlock",
    "EnrichmentRunPage": "EnrichmentRun", "EnrichmentItemPage": "EnrichmentItemStanding",
}  # fmt: skip
_BATCHES: Final = {
    "TrackBatch": "Track", "AlbumBatch": "Album", "ArtistBatch": "Artist", "PlaylistBatch": "Playlist"
}  # fmt: skip
_KINDS: Final = {"artists": "Artist", "albums": "Album", "tracks": "Track"}


def examples() -> dict[str, Any]:
    """By the name of the schema, as plain JSON."""
    made = dict(_MADE)
    made |= {name: {"items": [_MADE[one]]} for name, one in _LISTS.items()}
    made |= {name: {"items": [_MADE[one]], "next": "WyJ0aXRsZSJd"} for name, one in _PAGES.items()}
    made |= {
        name: {"items": [_MADE[one]], "missing": [example_id(15)], "replaced": {}}
        for name, one in _BATCHES.items()
    }
    made |= statistics_examples(AT, TRACK, ALBUM, ARTIST, GENRE)
    made |= sync_examples(AT)
    made |= field_examples(AT, example_id(17), TRACK)
    made |= offline_examples(AT)
    made |= playlist_examples(AT, PLAYLIST, TRACK, CLAIM)
    made |= outside_examples(_TRACK)
    made |= entity_examples(_MADE["Artist"])
    made |= admin_examples(AT, example_id(18), LIBRARY)
    made["Found"] = {kind: [_MADE[one]] for kind, one in _KINDS.items()}
    made["Searched"] = {**made["Found"], "sources": [made["SourceAnswer"]]}
    plain: dict[str, Any] = orjson.loads(encoded(made))
    return plain
