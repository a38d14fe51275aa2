"""The plugin and its source keep the contracts that every plugin and source keeps."""

from typing import Any

import pytest

from mcma_archive import ArchivePlugin, ArchiveSettings, OpenCollections
from mcma_plugins import Plugin, Source, SourceKind, SourceLink, TurnedOff
from mcma_plugins.testing import FakeContext, OutsideExamples, OutsideSourceContract, PluginContract
from tests.support.archive import file_id

ALBUM = "night-songs-2019"
TRACK = file_id(ALBUM, "02 - Übermut.flac")
AT = "https://archive.org"


class TestArchivePlugin(PluginContract):
    @pytest.fixture
    def plugin_class(self) -> type[Plugin[Any]]:
        return ArchivePlugin

    @pytest.fixture
    def settings(self) -> ArchiveSettings:
        return ArchiveSettings(enabled=True)

    async def test_it_is_off_until_it_is_turned_on(self, fake: FakeContext) -> None:
        with pytest.raises(TurnedOff) as caught:
            await ArchivePlugin(ArchiveSettings()).start(fake.context)
        assert caught.value.hint == "MCMA_PLUGIN_ARCHIVE_ENABLED=true"


class TestOpenCollections(OutsideSourceContract):
    @pytest.fixture
    def source(self, source: OpenCollections) -> Source:
        return source

    @pytest.fixture
    def examples(self) -> OutsideExamples:
        return OutsideExamples(
            text="night songs",
            things={SourceKind.ALBUM: ALBUM, SourceKind.TRACK: TRACK},
            missing={SourceKind.ALBUM: "nothing-here", SourceKind.TRACK: f"{ALBUM}/nothing.flac"},
            track=TRACK,
            links={
                f"{AT}/details/{ALBUM}": SourceLink(SourceKind.ALBUM, ALBUM),
                f"http://www.archive.org/details/{ALBUM}/?tab=about": SourceLink(SourceKind.ALBUM, ALBUM),
                f"{AT}/download/{ALBUM}": SourceLink(SourceKind.ALBUM, ALBUM),
                f"{AT}/metadata/{ALBUM}": SourceLink(SourceKind.ALBUM, ALBUM),
                f"{AT}/download/{TRACK}": SourceLink(SourceKind.TRACK, TRACK),
                f"{AT}/details/{ALBUM}/02+-+x.mp3": SourceLink(SourceKind.TRACK, f"{ALBUM}/02%2B-%2Bx.mp3"),
                f"{AT}/download/{ALBUM}/a/b%20c.mp3#t=5": SourceLink(
                    SourceKind.TRACK, f"{ALBUM}/a/b%20c.mp3"
                ),
            },
            other_links=[
                AT,
                f"{AT}/",
                f"{AT}/details/",
                f"{AT}/search?query=x",
                f"{AT}/details/@somebody",
                f"{AT}/details/-x",
                f"{AT}/download/{ALBUM}/cover.jpg",
                f"{AT}/download/{ALBUM}/..%2F..%2Fetc%2Fpasswd.mp3",
                f"{AT}/download/{ALBUM}/../../x.mp3",
                f"{AT}/download/{ALBUM}/%00.mp3",
                f"{AT}/download/{ALBUM}/%FF.mp3",
                f"{AT}/download/{ALBUM}//x.mp3",
                f"{AT}/download/{ALBUM}/a%0Ab.mp3",
                f"https://blog.archive.org/details/{ALBUM}",
                f"https://archive.org:443/details/{ALBUM}",
                ALBUM,
            ],
        )
