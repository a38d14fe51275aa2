"""The contract of sources outside, kept against both servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mcma_plugins.sources import SourceKind, SourceLink
from mcma_plugins.testing import OutsideExamples, OutsideSourceContract
from mcma_youtube import YouTube, YouTubeSettings
from mcma_youtube.home import Home
from tests.youtube import answers
from tests.youtube.service import Service
from tests.youtube.site import Site, manner_for

ONE, GONE = "dQw4w9WgXcQ", "AAAAAAAAAAA"
ARTIST, ALBUM, PLAYLIST = "UC" + "a" * 22, "MPREb_" + "b" * 11, "PL" + "p" * 32


class TestYouTube(OutsideSourceContract):
    @pytest.fixture
    def source(
        self,
        service: Service,
        site: Site,
        settings: YouTubeSettings,
        home: Path,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> Iterator[YouTube]:
        _stock(service)
        site.missing = (GONE,)
        manner = manner_for(site, tmp_path_factory.mktemp("plugins"))
        one = YouTube(settings, Home(home), base=service.base, manner=manner)
        yield one
        one.close()

    @pytest.fixture
    def examples(self) -> OutsideExamples:
        return OutsideExamples(
            text="x",
            things={
                SourceKind.TRACK: ONE, SourceKind.ALBUM: ALBUM, SourceKind.ARTIST: ARTIST,
                SourceKind.PLAYLIST: PLAYLIST,
            },
            missing={SourceKind.TRACK: GONE, SourceKind.ALBUM: "MPREb_" + "z" * 11},
            track=ONE,
            links={
                f"https://youtu.be/{ONE}": SourceLink(SourceKind.TRACK, ONE),
                f"https://music.youtube.com/browse/{ALBUM}": SourceLink(SourceKind.ALBUM, ALBUM),
            },
            other_links=["https://www.youtube.com/feed/history", "https://www.youtube.com/@somebody"],
        )  # fmt: skip


def _stock(service: Service) -> None:
    row = answers.playlist_row(ONE, "1")
    songs = [answers.song(ONE, "First"), answers.song("BBBBBBBBBBB", "Second")]
    shelf = answers.carousel("Albums", [answers.card(ALBUM, "Sea", "2019")])
    service.answers |= {
        "x songs": answers.search("Songs", songs),
        "x albums": answers.search("Albums", [answers.album(ALBUM, "Sea", "Ana", "2019")]),
        "x artists": answers.search("Artists", [answers.artist(ARTIST, "Ana")]),
        "x playlists": answers.search("Playlists", [answers.playlist("VL" + PLAYLIST, "Mine", "Bo", 1)]),
        ONE: answers.watch_page(answers.queued(ONE, "First", "3:45")),
        ALBUM: answers.album_page("Sea", "Ana", "2019", [answers.album_row(1, ONE, "First", "3:45")]),
        "VL" + PLAYLIST: answers.playlist_page("Mine", "Bo", 1, [row]),
        ARTIST: answers.artist_page(ARTIST, "Ana", [shelf]),
    }  # fmt: skip
