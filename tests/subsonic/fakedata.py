"""A small, odd library: what real ones hold somewhere."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from mcma_plugins.ids import (
    AlbumId,
    ArtistId,
    ArtworkId,
    FileId,
    LibraryId,
    PlaylistId,
    PlaylistItemId,
    TrackId,
    UserId,
)
from mcma_plugins.values import (
    AlbumView,
    ArtistView,
    Contributor,
    Credit,
    GenreView,
    LibraryView,
    Lyrics,
    LyricsCue,
    PlaylistEntry,
    PlaylistView,
    TrackView,
    UserState,
    UserView,
)

AT = datetime(2024, 2, 29, 12, 30, 45, 678901, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
NOTHING = UserState()
LOVED = UserState(liked_at=AT, rating=4, play_count=7, last_played_at=LATER)
NASTY = "a<b>&\"c\" 'd' \x01\x0b ]]> \u2028 \ufffe ü 日本 🎵\ttab\nline"
"""Everything that has ever broken a renderer."""


def uuid_of(kind: int, number: int) -> UUID:
    return UUID(int=(kind << 96) | (7 << 76) | (2 << 62) | number)


def artist_id(number: int) -> ArtistId:
    return ArtistId(uuid_of(0xA1, number))


def album_id(number: int) -> AlbumId:
    return AlbumId(uuid_of(0xB2, number))


def track_id(number: int) -> TrackId:
    return TrackId(uuid_of(0xC3, number))


def playlist_id(number: int) -> PlaylistId:
    return PlaylistId(uuid_of(0xD4, number))


ADMIN = UserView(UserId(uuid_of(0xE5, 1)), "admin", True, AT, None)
GUEST = UserView(UserId(uuid_of(0xE5, 2)), "gäst", False, AT, None)
LIBRARY = LibraryId(uuid_of(0xF6, 1))
MBID = UUID("f27ec8db-af05-4f36-916e-3d57f91ecf5e")
ART = ArtworkId(uuid_of(0xAB, 0x1234ABCD))


def artist(number: int, name: str, albums: int = 0, **more: Any) -> ArtistView:
    fields: Mapping[str, Any] = {
        "id": artist_id(number),
        "name": name,
        "sort_name": name,
        "mbid": None,
        "album_count": albums,
        "song_count": 0,
        "artwork_id": None,
        "created_at": AT,
        "updated_at": AT,
        "user": NOTHING,
    }
    return ArtistView(**{**fields, **more})


def album(number: int, title: str, credits: tuple[Credit, ...] = (), **more: Any) -> AlbumView:
    fields: Mapping[str, Any] = {
        "id": album_id(number),
        "library_id": LIBRARY,
        "title": title,
        "sort_title": title.lower(),
        "version": None,
        "artist": "".join(each.name + each.join for each in credits),
        "artists": credits,
        "year": None,
        "date": None,
        "original_date": None,
        "compilation": False,
        "genres": (),
        "labels": (),
        "moods": (),
        "release_types": (),
        "explicit": None,
        "mbid": None,
        "release_group_mbid": None,
        "disc_titles": (),
        "song_count": 0,
        "duration_ms": 0,
        "size": 0,
        "artwork_id": None,
        "created_at": AT,
        "updated_at": AT,
        "user": NOTHING,
    }
    return AlbumView(**{**fields, **more})


def track(number: int, title: str, on: AlbumView | None = None, **more: Any) -> TrackView:
    credits = on.artists if on else more.get("artists", ())
    fields: Mapping[str, Any] = {
        "id": track_id(number),
        "library_id": LIBRARY,
        "title": title,
        "sort_title": title.lower(),
        "album_id": on.id if on else None,
        "album": on.title if on else None,
        "artist": "".join(each.name + each.join for each in credits),
        "artists": credits,
        "album_artist": on.artist if on else None,
        "album_artists": on.artists if on else (),
        "contributors": (),
        "disc": None,
        "track": None,
        "year": on.year if on else None,
        "date": None,
        "duration_ms": 1499,
        "genres": on.genres if on else (),
        "moods": (),
        "groupings": (),
        "bpm": None,
        "comment": None,
        "explicit": None,
        "recording_mbid": None,
        "isrcs": (),
        "metadata_status": "enriched",
        "file_id": FileId(uuid_of(0xCC, number)),
        "path": None,
        "size": 1000,
        "suffix": "mp3",
        "content_type": "audio/mpeg",
        "bit_rate_kbps": 320,
        "sample_rate_hz": 44100,
        "bit_depth": None,
        "channels": 2,
        "track_gain_db": None,
        "track_peak": None,
        "album_gain_db": None,
        "album_peak": None,
        "artwork_id": None,
        "missing_since": None,
        "created_at": AT,
        "updated_at": AT,
        "rev": 1,
        "user": NOTHING,
    }
    return TrackView(**{**fields, **more})


ANGSTROM = Credit(artist_id(1), "Ångström")
BEATLES = Credit(artist_id(2), "The Beetles", " feat. ")
NASTY_CREDIT = Credit(artist_id(3), NASTY)

FULL = album(
    1,
    "Abbey Lane",
    (BEATLES, ANGSTROM),
    version="Remastered",
    year=1969,
    date="2009-09-09",
    original_date="1969-09",
    compilation=True,
    genres=("Rock", "Pop"),
    labels=("Pear",),
    moods=("calm",),
    release_types=("Album",),
    explicit=False,
    mbid=MBID,
    disc_titles=((1, "One"), (2, "Two")),
    song_count=2,
    duration_ms=184_500,
    artwork_id=ART,
    user=LOVED,
)
NO_ARTIST = album(2, "Found tape", song_count=1, duration_ms=1499)
NO_TRACKS = album(3, "Nothing on it", (ANGSTROM,), year=0)
UGLY = album(4, NASTY, (NASTY_CREDIT,), year=2001, genres=(NASTY,), labels=(NASTY,), song_count=1)

ARTISTS = (
    artist(1, "Ångström", albums=2, mbid=MBID, artwork_id=ART, user=LOVED),
    artist(2, "The Beetles", albums=1),
    artist(3, NASTY, albums=1),
    artist(4, "2Raumwohnung"),
    artist(5, "Земфира"),
    artist(6, "Die Ärzte"),
    artist(7, "ABBA"),
    artist(8, "The"),
    artist(9, "Østkyst Hustlers"),
)
ALBUMS = (FULL, NO_ARTIST, NO_TRACKS, UGLY)
TRACKS = (
    track(
        1,
        "Come Apart",
        FULL,
        contributors=(
            Contributor("composer", artist_id(1), "Ångström"),
            Contributor("composer", artist_id(4), "2Raumwohnung"),
            Contributor("performer", artist_id(4), "2Raumwohnung", "bass"),
        ),
        disc=1,
        track=1,
        duration_ms=183_001,
        moods=("calm",),
        groupings=("set",),
        work="Suite",
        movement="Prelude",
        bpm=119.6,
        comment="hi",
        explicit=True,
        recording_mbid=MBID,
        isrcs=("USSM18300073",),
        path="The Beetles/Abbey Lane/01.flac",
        suffix="flac",
        content_type="audio/flac",
        bit_depth=24,
        track_gain_db=-6.5,
        track_peak=0.98,
        album_gain_db=float("nan"),
        album_peak=float("inf"),
        artwork_id=ART,
        user=LOVED,
    ),
    track(2, "Some Thing", FULL, disc=1, track=2, bpm=float("nan")),
    track(3, "", NO_ARTIST),
    track(4, NASTY, UGLY, comment=NASTY, path=NASTY, track=0),
    track(5, "Loose", artists=(ANGSTROM,), duration_ms=0, channels=0, size=0),
    track(6, "Nobody's"),
    track(7, "Broken \udc80 name", UGLY, path="b\udcffd.mp3"),
)
GENRES = (GenreView(uuid_of(1, 1), "Rock", 2, 1), GenreView(uuid_of(1, 2), NASTY, 1, 1))
LIBRARIES = (
    LibraryView(LIBRARY, 1, "Music", "folder", None, 7, 4, 9, AT, "ok", None),
    LibraryView(LibraryId(uuid_of(0xF6, 2)), 2, "Löse", "managed", None, 0, 0, 0, None, None, None),
)
LYRICS = {
    track_id(1): (
        Lyrics("eng", True, ((0, "Here come"), (1500, NASTY)), ((), (LyricsCue(1500, NASTY.strip(), 1900),))),
        Lyrics("", False, ((None, "plain"),)),
    )
}
MIX = PlaylistView(
    playlist_id(1), "Mix", "für dich", ADMIN.id, "admin", True, False, 2, 184_500, ART, AT, LATER, 3
)
SMART = PlaylistView(playlist_id(2), NASTY, None, GUEST.id, "gäst", True, True, 0, 0, None, AT, AT, 1)
ROWS = {
    MIX.id: (
        PlaylistEntry(PlaylistItemId(uuid_of(0xDD, 1)), TRACKS[0], AT),
        PlaylistEntry(PlaylistItemId(uuid_of(0xDD, 2)), None, AT),
        PlaylistEntry(PlaylistItemId(uuid_of(0xDD, 3)), TRACKS[1], AT),
    ),
    SMART.id: (),
}
