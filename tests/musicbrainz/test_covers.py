"""Covers: of the release, else of its album; whatever comes is bounded and is a picture."""

from pathlib import Path

import pytest

from mcma_musicbrainz.covers import handle_of
from mcma_musicbrainz.enricher import MusicBrainz
from mcma_musicbrainz.values import Group, Release
from mcma_plugins import PermanentError, RetryLater
from tests.support.musicbrainz import PICTURE, FakeMusicBrainz
from tests.support.musicbrainz_known import known
from tests.support.musicbrainz_world import Edition, mbid
from tests.support.webserver import saying

pytestmark = pytest.mark.anyio
MOST = 1000


@pytest.fixture
def edition(fake: FakeMusicBrainz) -> Edition:
    return fake.world.albums[0].editions[0]


async def handle(enricher: MusicBrainz, edition: Edition) -> str:
    (found,) = await enricher.album(known(edition, ids=True))
    assert found.picture is not None
    return found.picture


async def test_the_cover_of_a_release(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, tmp_path: Path
) -> None:
    path = await enricher.picture(await handle(enricher, edition), tmp_path, MOST)
    assert path is not None
    assert (path.parent, path.read_bytes()) == (tmp_path, PICTURE)
    assert [one.path for one in fake.covers.asked] == [f"/release/{edition.mbid}/front-1200"]
    assert len(fake.images.asked) == 1, "it is somewhere else"


async def test_another_edition_has_one(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, tmp_path: Path
) -> None:
    edition.front = False
    path = await enricher.picture(await handle(enricher, edition), tmp_path, MOST)
    assert path is not None
    assert [one.path for one in fake.covers.asked] == [f"/release-group/{edition.album.mbid}/front-1200"]


async def test_nobody_has_one(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, tmp_path: Path
) -> None:
    for one in edition.album.editions:
        one.front = False
    assert await enricher.picture(f"release/{edition.mbid}", tmp_path, MOST) is None
    assert list(tmp_path.iterdir()) == []


async def test_one_without_a_copy_comes_as_it_was_sent_in(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, tmp_path: Path
) -> None:
    fake.covers.paths[f"/release/{edition.mbid}/front-1200"] = saying(404)
    assert await enricher.picture(f"release/{edition.mbid}", tmp_path, MOST) is not None
    assert fake.counts()["front"] == 1


async def test_one_that_is_too_large_comes_smaller(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, tmp_path: Path
) -> None:
    huge = saying(content=b"\x89PNG" + bytes(MOST), content_type="image/png")
    for size in ("front-1200", "front"):
        fake.covers.paths[f"/release/{edition.mbid}/{size}"] = huge
    path = await enricher.picture(f"release/{edition.mbid}", tmp_path, MOST)
    assert path is not None
    assert path.read_bytes() == PICTURE
    fake.covers.paths[f"/release/{edition.mbid}/front-500"] = huge
    with pytest.raises(PermanentError) as caught:
        await enricher.picture(f"release/{edition.mbid}", tmp_path, MOST)
    assert caught.value.stable_code == "too_large"


async def test_what_is_no_picture(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, tmp_path: Path
) -> None:
    fake.images.otherwise = saying(content=b"%PDF", content_type="application/pdf")
    with pytest.raises(PermanentError) as caught:
        await enricher.picture(f"release/{edition.mbid}", tmp_path, MOST)
    assert caught.value.stable_code == "unexpected_type"
    fake.images.otherwise = saying(content=b"<html>", content_type="text/html")
    with pytest.raises(RetryLater):
        await enricher.picture(f"release/{edition.mbid}", tmp_path, MOST)


async def test_an_archive_that_is_down(
    fake: FakeMusicBrainz, enricher: MusicBrainz, edition: Edition, tmp_path: Path
) -> None:
    fake.covers.otherwise = saying(503, retry_after="11")
    with pytest.raises(RetryLater) as caught:
        await enricher.picture(f"release/{edition.mbid}", tmp_path, MOST)
    assert caught.value.after == 11


@pytest.mark.parametrize(
    "wrong", ["", "x", "release/../../etc", "artist/" + mbid("a"), "release/" + "a" * 36]
)
async def test_handles_that_are_none(
    enricher: MusicBrainz, fake: FakeMusicBrainz, tmp_path: Path, wrong: str
) -> None:
    with pytest.raises(PermanentError):
        await enricher.picture(wrong, tmp_path, MOST)
    assert not fake.covers.asked


def test_no_handle_when_there_is_nothing_to_have() -> None:
    assert handle_of(Release(mbid(1), "a", front=False)) is None
    assert (
        handle_of(Release(mbid(1), "a", group=Group(mbid(2)))) == f"release/{mbid(1)}+release-group/{mbid(2)}"
    )
