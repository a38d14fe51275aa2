"""Pictures of artists: those that MusicBrainz names at Wikimedia Commons, and nothing else."""

from pathlib import Path
from uuid import UUID

import pytest

from mcma_musicbrainz.enricher import MusicBrainz
from mcma_plugins import PermanentError, RetryLater
from mcma_plugins.enrichers import KnownArtist
from mcma_plugins.ids import ArtistId
from tests.support.musicbrainz import PICTURE, FakeMusicBrainz
from tests.support.musicbrainz_places import ANN
from tests.support.webserver import saying

pytestmark = pytest.mark.anyio
COMMONS = "https://commons.wikimedia.org/wiki/File:"
MOST = 1000


async def handle(enricher: MusicBrainz) -> str | None:
    (found,) = await enricher.artist(KnownArtist(ArtistId(UUID(int=3)), ANN.name, mbid=ANN.mbid))
    return found.picture


async def test_a_picture_of_an_artist(
    fake: FakeMusicBrainz, enricher: MusicBrainz, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ANN, "links", ["https://ann.example.org/", f"{COMMONS}Ann_Ash_(2001)%2C_%C3%85s.jpg"])
    found = await handle(enricher)
    assert found == "commons/Ann_Ash_(2001),_Ås.jpg"
    path = await enricher.picture(found, tmp_path, MOST)
    assert path is not None
    assert (path.parent, path.read_bytes()) == (tmp_path, PICTURE)
    [asked] = fake.covers.asked
    assert asked.target == "/wiki/Special:FilePath/Ann_Ash_%282001%29%2C_%C3%85s.jpg?width=1280"


@pytest.mark.parametrize("link", [
    "https://ann.example.org/", "https://files.example.org/wiki/File:Ann.jpg", "http://commons.wikimedia.org/wiki/File:A.jpg",
    "https://[commons/wiki/File:A.jpg", "https://commons.wikimedia.org@example.org/wiki/File:A.jpg",
    COMMONS, f"{COMMONS}../../x", f"{COMMONS}..%2Fx.jpg", f"{COMMONS}a%00b.jpg", f"{COMMONS}{'a' * 300}.jpg",
])  # fmt: skip
async def test_pages_that_have_none(
    enricher: MusicBrainz, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    monkeypatch.setattr(ANN, "links", [link])
    assert await handle(enricher) is None


@pytest.mark.parametrize("wrong", ["commons/", "commons/../x", "commons/..", "commons/a\nb"])
async def test_handles_that_are_none(
    fake: FakeMusicBrainz, enricher: MusicBrainz, tmp_path: Path, wrong: str
) -> None:
    with pytest.raises(PermanentError):
        await enricher.picture(wrong, tmp_path, MOST)
    assert not fake.covers.asked


async def test_pictures_that_are_gone_or_none_or_late(
    fake: FakeMusicBrainz, enricher: MusicBrainz, tmp_path: Path
) -> None:
    fake.covers.otherwise = saying(404, b"<html>", content_type="text/html")
    assert await enricher.picture("commons/Ann.jpg", tmp_path, MOST) is None
    fake.covers.otherwise = saying(content=b"%PDF", content_type="application/pdf")
    with pytest.raises(PermanentError) as odd:
        await enricher.picture("commons/Ann.pdf", tmp_path, MOST)
    assert odd.value.stable_code == "unexpected_type"
    fake.covers.otherwise = saying(503, retry_after="12")
    with pytest.raises(RetryLater) as later:
        await enricher.picture("commons/Ann.jpg", tmp_path, MOST)
    assert later.value.after == 12
    assert list(tmp_path.iterdir()) == []
