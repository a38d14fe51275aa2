"""A library where everything that can be odd is: what clients and schemas stumble over."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mcma.services.callers import SYSTEM
from mcma.services.identity.trackmerge import merge_tracks
from mcma.services.indexing.recounting import Recounting
from mcma.services.indexing.values import LibraryPlace
from mcma.services.indexing.writer import CatalogueWriter
from mcma.store.tables import catalogue as c
from tests.support._library_sound import cover_of
from tests.support.audio import make_audio
from tests.support.catalogue import set_row
from tests.support.server import Server

LONG = "Ω" * 3000
NASTY = "Ctl\x01\x1f\x7f<&>\"'\t\n ]]> \u2028\ufffe\U0001f3b5\u202e"
"""Set behind the back of the readers, which clean what they read."""

FILES: dict[str, dict[str, Any]] = {
    "loose": {"title": "Loose", "artist": "Solo"},
    "untagged": {},
    "many": {
        "title": "Many", "artist": "Ann & Bob feat. Çem", "artists": ["Ann", "Bob", "Çem"], "album": "Both",
        "albumartist": "Ann & Dora", "albumartists": ["Ann", "Dora"], "composer": ["Bach", "Çem"],
        "lyricist": "Poet", "genre": ["Folk", "R&B", "日本"], "date": "1987-03-02",
        "originaldate": "1986", "label": ["One", "Two"], "isrc": "USRC17607839", "mood": ["Calm", "Sad"],
        "bpm": "128", "comment": "so <it> is", "grouping": "G", "titlesort": "Many, the",
        "musicbrainz_trackid": "5b11f4ce-a62d-471e-81fc-a69a8278c7da", "releasetype": ["album", "live"],
        "replaygain_track_gain": "-7.89 dB", "replaygain_track_peak": "0.98",
        "replaygain_album_gain": "+1 dB", "replaygain_album_peak": "1.2",
        "lyrics": "[00:01.50]first\n[00:02.00]second",
    },
    "plain words": {"title": "Plain words", "artist": "Ann", "album": "Both", "albumartist": "Ann & Dora",
                    "albumartists": ["Ann", "Dora"], "lyrics": "one\ntwo", "genre": "Folk"},
    "disc 1": {"title": "One", "artist": "Box", "album": "Boxed", "discnumber": "1/2", "tracknumber": "1",
               "discsubtitle": "Left"},
    "disc 2": {"title": "One", "artist": "Box", "album": "Boxed", "discnumber": "2/2", "tracknumber": "1",
               "discsubtitle": "Right"},
    "long": {"title": LONG, "artist": LONG, "album": LONG, "genre": LONG, "date": "2020"},
    "signs": {"title": "<&>\"' ]]> \U0001f3b5", "artist": "Åse\tØ & <b>", "album": "\u202eRTL\u202c & <i>",
              "genre": "<&>", "albumartist": "Åse\tØ & <b>"},
    "absurd": {"title": "Absurd", "artist": "Solo", "album": "Numbers", "tracknumber": "-3",
               "discnumber": "99999999999", "date": "-500", "bpm": "-12",
               "replaygain_track_gain": "nan", "replaygain_track_peak": "-1"},
    "various": {"title": "Various", "artist": "Guest Only", "album": "Sampler", "compilation": "1",
                "albumartist": "Various Artists"},
    "nasty": {"title": "Nasty", "artist": "Solo", "album": "Nasty"},
    "gone": {"title": "Gone", "artist": "Ghost", "album": "Vanished", "genre": "Lost"},
    "loser": {"title": "Twin", "artist": "Solo", "album": "Twins", "tracknumber": "1"},
    "winner": {"title": "Twin", "artist": "Solo", "album": "Twins", "tracknumber": "2"},
}  # fmt: skip
WITH_COVER = {"many", "signs"}


@dataclass
class Odd:
    library: UUID
    number: int
    folder: Path
    tracks: dict[str, UUID] = field(default_factory=dict)
    """By the names in `FILES`; also of those that are missing or merged."""
    albums: dict[str, UUID] = field(default_factory=dict)
    """Of the same, where they have one."""
    artists: dict[str, UUID] = field(default_factory=dict)
    """By name."""


async def odd_library(server: Server, folder: Path) -> Odd:
    """Everything of `FILES`, of which "gone" is missing, "loser" is merged, and "nasty" is worse."""
    for number, (name, tags) in enumerate(FILES.items()):
        cover = cover_of(number) if name in WITH_COVER else None
        make_audio(
            folder / f"{name}.flac", fmt="flac", seconds=0.3, freq=600 + number, tags=tags, cover=cover
        )
    library = await server.core.services.libraries.add(SYSTEM, folder, "Odd & <ends>")
    await scanned(server, library.id)
    odd = Odd(library.id, library.number, folder)
    await _known(server, odd)
    (folder / "gone.flac").unlink()
    await scanned(server, library.id)
    await _merged(server, odd, folder)
    said = {"title": NASTY, "sort_title": NASTY, "artist": NASTY, "year": -5}
    nasty = said | {"comment": NASTY, "bpm": -1.5, "track": -1}
    await set_row(server.database, c.tracks, odd.tracks["nasty"], **nasty)
    await set_row(server.database, c.albums, odd.albums["nasty"], **said)
    return odd


async def scanned(server: Server, library: UUID) -> None:
    [job] = await server.core.services.scans.request(SYSTEM, [library])
    view = await server.core.services.jobs.wait(job, 60)
    assert view.state == "succeeded", view


async def _known(server: Server, odd: Odd) -> None:
    query = sa.select(c.track_files.c.name, c.tracks.c.id, c.tracks.c.album_id).join_from(
        c.track_files, c.tracks, c.tracks.c.id == c.track_files.c.track_id
    )
    async with server.database.read() as connection:
        rows = await connection.execute(query.where(c.track_files.c.library_id == odd.library))
        for name, track, album in rows:
            odd.tracks[bytes(name).decode().removesuffix(".flac")] = track
            if album is not None:
                odd.albums[bytes(name).decode().removesuffix(".flac")] = album
        odd.artists = {row.name: row.id for row in await connection.execute(sa.select(c.artists))}


async def _merged(server: Server, odd: Odd, folder: Path) -> None:
    writer = CatalogueWriter(LibraryPlace(odd.library, bytes(folder), "local"))
    async with server.database.write() as transaction:
        pair = odd.tracks["loser"], odd.tracks["winner"]
        await merge_tracks(transaction.connection, writer, *pair, "test")
    await Recounting(server.database, writer.touched).run()
