"""What a source hands over becomes a file that every player takes, with tags and cover, sound unchanged."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from mcma.domain.facts import FileFacts
from mcma.media.ffmpeg import Ffmpegs
from mcma.media.tags import read_file
from mcma.services.downloading.description import Described
from mcma.services.downloading.finishing import Finished, Finishing
from mcma.services.downloading.folders import Folder
from mcma.services.indexing.readers import TagReaders
from mcma.services.indexing.values import LibraryPlace
from mcma_plugins.errors import PermanentError, RetryLater
from mcma_plugins.sources import Fetched
from tests.support._library_sound import cover_of
from tests.support.audio import make_audio, run_ffmpeg, tone
from tests.support.scanning import InThread

pytestmark = pytest.mark.anyio
SAID = Described("Sinnerman", ("Nina Simone", "Somebody"), "Pastel Blues", 9, 1, 1965, None, "USPR36500001")
Finish = Callable[..., "Finish"]


class Place:
    def __init__(self, root: Path, ffmpegs: Ffmpegs | None = None) -> None:
        library = LibraryPlace(uuid4(), bytes(root), "local")
        self.folder = Folder(library, uuid4())
        self.folder.got.mkdir(parents=True)
        self.finishing = Finishing(ffmpegs or Ffmpegs(), _in_thread)

    async def finish(self, path: Path, said: Described = SAID, cover: Path | None = None) -> Finished:
        return await self.finishing.finish(self.folder, Fetched(path, None, cover), said)

    def read(self, finished: Finished) -> FileFacts:
        path = bytes(self.folder.root) + b"/" + finished.pending.place
        facts = read_file(path, root=bytes(self.folder.root))
        assert isinstance(facts, FileFacts), facts
        return facts


class _Readers(InThread, TagReaders):
    """In this process: the tests of readers start others."""

    async def __aenter__(self) -> "_Readers":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


def _in_thread() -> TagReaders:
    return _Readers()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def a_cover(folder: Path) -> Path:
    path = folder / "cover.jpg"
    path.write_bytes(cover_of(1))
    return path


@pytest.mark.parametrize("fmt", ["mp3", "m4a", "flac", "opus", "ogg", "oga"])
async def test_tags_and_cover_are_laid_under_what_the_file_says(place: Place, fmt: str) -> None:
    got = make_audio(place.folder.got / "song", fmt=fmt, tags={"title": "Said by the file"})
    before = read_file(bytes(got))
    assert isinstance(before, FileFacts)
    found = place.read(await place.finish(got, cover=a_cover(place.folder.got)))
    tags = found.tags
    assert (tags.title, tags.album, tags.track, tags.date) == ("Said by the file", "Pastel Blues", 9, "1965")
    assert [one.name for one in tags.artists] == ["Nina Simone", "Somebody"]
    assert tags.isrcs == ("USPR36500001",)
    assert found.picture is not None
    assert found.audio_hash == before.audio_hash, "the sound is what the source gave"


@pytest.mark.parametrize(
    ("source", "muxer", "codec", "suffix"),
    [("opus", "webm", "opus", "opus"), ("ogg", "webm", "vorbis", "ogg"), ("flac", "matroska", "flac", "flac"),
     ("m4a", "matroska", "aac", "m4a"), ("mp3", "matroska", "mp3", "mp3")],
)  # fmt: skip
async def test_sound_is_taken_out_of_matroska(
    place: Place, source: str, muxer: str, codec: str, suffix: str
) -> None:
    got = place.folder.got / "video"
    run_ffmpeg("-i", str(tone(source)), "-c", "copy", "-f", muxer, str(got))
    finished = await place.finish(got, cover=a_cover(place.folder.got))
    found = place.read(finished)
    assert (found.audio.codec, found.tags.title) == (codec, "Sinnerman")
    assert found.picture is not None
    assert finished.pending.place.endswith(f"/Nina Simone - Sinnerman.{suffix}".encode())
    assert not (place.folder.work / f"sound.{suffix}").exists()


async def test_a_fragmented_mp4_becomes_a_plain_one(place: Place) -> None:
    got = place.folder.got / "song"
    run_ffmpeg("-i", str(tone("m4a")), "-c", "copy", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4",
               str(got))  # fmt: skip
    assert b"moof" in got.read_bytes()
    finished = await place.finish(got)
    found = place.read(finished)
    assert (found.audio.codec, found.tags.title) == ("aac", "Sinnerman")
    assert b"moof" not in (place.folder.root / finished.pending.place.decode()).read_bytes()


async def test_without_ffmpeg_the_reason_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path, Ffmpegs(tmp_path / "no-ffmpeg"))
    got = place.folder.got / "video"
    run_ffmpeg("-i", str(tone("opus")), "-c", "copy", "-f", "webm", str(got))
    with pytest.raises(PermanentError) as raised:
        await place.finish(got)
    assert raised.value.stable_code == "ffmpeg_missing"
    run_ffmpeg("-i", str(tone("m4a")), "-c", "copy", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4",
               str(got))  # fmt: skip
    assert place.read(await place.finish(got)).audio.codec == "aac", "what can be played as it is, is kept"


@pytest.mark.parametrize("bad", ["text", "huge", "film"])
async def test_a_cover_that_is_none_costs_the_cover_alone(place: Place, bad: str) -> None:
    cover = place.folder.got / "cover"
    if bad == "text":
        cover.write_bytes(b"<html>no picture</html>")
    elif bad == "huge":
        cover.write_bytes(cover_of(1) + bytes(21 * 2**20))
    else:
        run_ffmpeg("-f", "lavfi", "-i", "color=c=red:s=16x16:d=0.1", "-f", "avi", str(cover))
    found = place.read(await place.finish(make_audio(place.folder.got / "song"), cover=cover))
    assert found.picture is None
    assert found.tags.title == "Sinnerman"


async def test_what_is_no_music_is_refused(place: Place) -> None:
    got = place.folder.got / "song.mp3"
    for content in (b"<html>sign in</html>" * 100, b"\x1a\x45\xdf\xa3" + bytes(5000), b"GIF89a" + bytes(500)):
        got.write_bytes(content)
        with pytest.raises(PermanentError) as raised:
            await place.finish(got)
        assert raised.value.stable_code == "not_music"


async def test_half_a_file_is_not_kept(place: Place) -> None:
    got = make_audio(place.folder.got / "song", seconds=2)
    with pytest.raises(RetryLater) as raised:
        await place.finish(got, SAID._replace(duration_ms=240_000))
    assert raised.value.stable_code == "incomplete"
    assert not place.folder.got.exists(), "the next attempt begins anew"
