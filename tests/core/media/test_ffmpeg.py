"""Which ffmpeg is used, and that it opens nothing but sound in the container that was found."""

import re
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from mcma.media import ffmpeg as module
from mcma.media.ffmpeg import QUIET, Ffmpegs, candidates, input_arguments, located
from mcma_plugins.process import Finished, run
from tests.support.audio import ENCODERS, make_audio, run_ffmpeg, tone
from tests.support.programs import script

pytestmark = pytest.mark.anyio
WHEEL = Path(get_ffmpeg_exe())
CONTAINERS = {"oga": "ogg", "opus": "ogg", "m4a": "mp4", "alac": "mp4", "wv": "wavpack", "wma": "asf"}


@pytest.fixture
def no_system_ffmpeg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with one folder, which is empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


async def decoded(path: Path, container: str, offset: float = 0.0) -> Finished:
    given = input_arguments(bytes(path), container, offset=offset)
    return await run([WHEEL, *QUIET, *given, "-f", "null", "-"])


async def test_the_packaged_one_can_write_everything(no_system_ffmpeg: Path) -> None:
    found = await Ffmpegs().get()
    assert found is not None
    assert found.path == located() == WHEEL
    assert {"libmp3lame", "libopus", "aac", "flac"} <= found.encoders
    assert re.search(r"\d\.\d", found.version)


async def test_a_system_one_comes_first_and_the_packaged_one_after_it(no_system_ffmpeg: Path) -> None:
    system = script(no_system_ffmpeg / "ffmpeg", f'#!/bin/sh\nexec {WHEEL} "$@"\n')
    assert candidates() == [system, WHEEL]
    found = await Ffmpegs().get()
    assert found is not None
    assert found.path == system


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho other program\n", "#!/nowhere\n"])
async def test_a_system_one_that_does_not_work(no_system_ffmpeg: Path, text: str) -> None:
    script(no_system_ffmpeg / "ffmpeg", text)
    found = await Ffmpegs().get()
    assert found is not None
    assert found.path == WHEEL


async def test_one_that_is_configured_is_the_only_one(tmp_path: Path) -> None:
    assert await Ffmpegs(tmp_path / "ffmpeg").get() is None
    assert located(tmp_path / "ffmpeg") is None
    chosen = await Ffmpegs(WHEEL).get()
    assert chosen is not None
    assert chosen.path == WHEEL


async def test_one_that_is_installed_later_is_found(
    no_system_ffmpeg: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = no_system_ffmpeg / "later"
    ffmpegs = Ffmpegs(path)
    assert await ffmpegs.get() is None
    script(path, f'#!/bin/sh\nexec {WHEEL} "$@"\n')
    assert await ffmpegs.get() is None, "it is not looked for at every request"
    monkeypatch.setattr(module, "LOOK_AGAIN", 0.0)
    assert await ffmpegs.get() is not None


@pytest.mark.parametrize("fmt", ENCODERS)
async def test_every_format_is_read(fmt: str) -> None:
    done = await decoded(tone(fmt), CONTAINERS.get(fmt, fmt))
    assert (done.code, done.errors) == (0, "")


async def test_pictures_in_tags_do_no_harm(tmp_path: Path) -> None:
    from tests.support._library_sound import cover_of

    for fmt in ("mp3", "flac", "m4a"):
        path = make_audio(tmp_path / f"with.{fmt}", fmt=fmt, tags={"title": "T"}, cover=cover_of(1))
        assert (await decoded(path, CONTAINERS.get(fmt, fmt))).ok


def film(folder: Path) -> Path:
    path = folder / "film.mkv"
    sound = ("-f", "lavfi", "-i", "sine=duration=0.2", "-c:a", "flac")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc=size=32x32:duration=0.2", *sound, "-c:v", "magicyuv", str(path))
    return path


PLAYLISTS = {
    "hls_http": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/a.mp3\n#EXT-X-ENDLIST\n",
    "hls_file": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{secret}'\n",
    "sdp": "v=0\nc=IN IP4 127.0.0.1\nm=audio {port} RTP/AVP 0\n",
    "dash": "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>http://127.0.0.1:{port}/"
    "</BaseURL></MPD>",
}


@pytest.mark.parametrize("container", sorted({"mp3", "mp4", "ogg", "nonsense"}))
async def test_a_film_named_mp3_is_refused(tmp_path: Path, container: str) -> None:
    path = film(tmp_path).rename(tmp_path / "disguised.mp3")
    assert not (await decoded(path, container)).ok


@pytest.mark.parametrize("name", PLAYLISTS)
async def test_a_playlist_named_mp3_leads_nowhere(name: str, tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        text = PLAYLISTS[name].format(port=listener.getsockname()[1], secret=tone("mp3"))
        path = tmp_path / "list.mp3"
        path.write_text(text)
        assert not (await decoded(path, "mp3")).ok
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize(
    "name", ["-i.mp3", "concat:a.mp3", "http:x.mp3", "a b'\".mp3", "new\nline.mp3", "%d.mp3", "\udcff.mp3"]
)
async def test_names_are_nothing_but_names(name: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / name, fmt="mp3")
    assert (await decoded(path, "mp3")).ok


async def test_a_relative_path_is_none() -> None:
    with pytest.raises(ValueError, match="absolute"):
        input_arguments(b"a.mp3", "mp3")


async def test_an_offset_begins_later() -> None:
    assert (await decoded(tone("mp3", 3.0), "mp3", offset=2.5)).ok
