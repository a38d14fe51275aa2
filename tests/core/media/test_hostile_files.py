"""Files that are broken, lie, or mean harm: always an answer, never an exception."""

import os
import socket
import time
from pathlib import Path
from random import Random

import pytest

from mcma.domain.facts import FileFacts, FileProblem, ProblemReason
from mcma.media._containers import read_container
from mcma.media._source import Source
from mcma.media.tags import read_file
from tests.support.audio import FORMATS, extension, make_audio, run_ffmpeg

MUTATIONS_PER_FORMAT = 24


def answer(path: Path) -> FileFacts | FileProblem:
    return read_file(os.fsencode(path))


def reason(path: Path) -> ProblemReason:
    found = answer(path)
    assert isinstance(found, FileProblem), found
    assert found.message
    return found.reason


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("videos")
    moving = ("-f", "lavfi", "-i", "testsrc=duration=0.3:size=64x64:rate=10")
    sound = ("-f", "lavfi", "-i", "sine=duration=0.3")
    for name, codecs in {
        "a.mkv": ("-c:v", "mpeg4", "-c:a", "libopus"),
        "a.mp4": ("-c:v", "mpeg4", "-c:a", "aac"),
        "a.avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
        "a.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
        "a.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
        "a.mpg": ("-c:v", "mpeg1video", "-r", "25", "-c:a", "mp2"),
        "a.ts": ("-c:v", "mpeg2video", "-c:a", "mp2"),
        "a.flv": ("-c:v", "flv1", "-c:a", "libmp3lame", "-ar", "44100"),
    }.items():
        run_ffmpeg(*moving, *sound, *codecs, str(folder / name))
    return folder


@pytest.mark.parametrize("kind", ["mkv", "mp4", "avi", "ogv", "wmv", "mpg", "ts", "flv"])
def test_video_with_the_name_of_music(kind: str, videos: Path, tmp_path: Path) -> None:
    disguised = tmp_path / "disguised.mp3"
    disguised.write_bytes((videos / f"a.{kind}").read_bytes())
    assert reason(disguised) is ProblemReason.VIDEO


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("name", ["x.mp3", "x.flac", "x.txt", "x"])
def test_the_name_does_not_matter(fmt: str, name: str, tmp_path: Path) -> None:
    right = answer(make_audio(tmp_path / f"y{extension(fmt)}", fmt=fmt))
    wrong = answer(make_audio(tmp_path / name, fmt=fmt))
    assert isinstance(right, FileFacts)
    assert isinstance(wrong, FileFacts)
    assert (wrong.audio, wrong.audio_hash) == (right.audio, right.audio_hash)


@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt != "mpc"])
def test_half_of_a_file_is_truncated(fmt: str, tmp_path: Path) -> None:
    """Musepack declares frames, not bytes."""
    path = make_audio(tmp_path / "x", fmt=fmt, seconds=12)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert reason(path) is ProblemReason.TRUNCATED


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("kept", [1, 3, 9, 20, 40, 100])
def test_a_stump_is_a_problem(fmt: str, kept: int, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x", fmt=fmt, tags={"title": "T"})
    path.write_bytes(path.read_bytes()[:kept])
    assert reason(path) in (ProblemReason.TRUNCATED, ProblemReason.NOT_AUDIO, ProblemReason.BROKEN)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ProblemReason.EMPTY),
        (b"These are only words.\n" * 400, ProblemReason.NOT_AUDIO),
        (bytes(100_000), ProblemReason.NOT_AUDIO),
        (b"\xff" * 100_000, ProblemReason.NOT_AUDIO),
        (b"%PDF-1.7\n" + bytes(5_000), ProblemReason.NOT_AUDIO),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(50), ProblemReason.NOT_AUDIO),
        (b"ID3\x04\0\0\0\0\0\x0a" + bytes(10), ProblemReason.TRUNCATED),
        (b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + b"text" * 5_000, ProblemReason.NOT_AUDIO),
        (b"fLaC\x80\0\0\x22" + bytes(34) + b"x" * 500, ProblemReason.TRUNCATED),
        (b"OggS\0\x02" + bytes(20) + b"\x01\x08unknown!", ProblemReason.NOT_AUDIO),
        (b"\0\0\0\x14ftypM4A \0\0\0\0M4A \0\0\0\x08mdat", ProblemReason.TRUNCATED),
    ],
)
def test_what_is_no_music(content: bytes, expected: ProblemReason, tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(content)
    assert reason(path) is expected


def synchsafe(size: int) -> bytes:
    return bytes(size >> shift & 127 for shift in (21, 14, 7, 0))


HUGE = 200 * 1024 * 1024
HUGE_TAGS = {
    "id3": b"ID3\x04\0\0" + synchsafe(HUGE),
    "mp4": b"\0\0\0\x14ftypM4A \0\0\0\0M4A " + HUGE.to_bytes(4, "big") + b"moov",
    "asf": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + HUGE.to_bytes(8, "little"),
    "flac": b"fLaC\0\0\0\x22" + bytes(34) + b"\x06\xff\xff\xff",
    "wav": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0"
    + bytes.fromhex("0100020044ac000010b1020004001000")
    + b"data\x04\0\0\0abcd"
    + b"id3 "
    + HUGE.to_bytes(4, "little"),
}


@pytest.mark.parametrize("kind", HUGE_TAGS)
def test_a_huge_tag_is_refused_unread(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(HUGE_TAGS[kind])
    if kind == "flac":
        with path.open("r+b") as file:
            for block in range(1, 4):
                file.seek(42 + block * (4 + 0xFFFFFF))
                file.write(b"\x06\xff\xff\xff")
    os.truncate(path, 300 * 1024 * 1024)
    longest = []
    pread = os.pread

    def watched(fd: int, length: int, offset: int) -> bytes:
        longest.append(length)
        return pread(fd, length, offset)

    monkeypatch.setattr(os, "pread", watched)
    assert reason(path) is ProblemReason.TAG_TOO_LARGE
    assert max(longest) < 32 * 1024 * 1024


def test_a_huge_ape_tag_is_refused(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.mp3")
    footer = b"APETAGEX" + (2_000).to_bytes(4, "little") + HUGE.to_bytes(4, "little") + bytes(16)
    path.write_bytes(path.read_bytes() + footer)
    assert reason(path) is ProblemReason.TAG_TOO_LARGE


@pytest.mark.parametrize("fmt", FORMATS)
def test_mutations_never_raise(fmt: str, tmp_path: Path, jpeg: bytes) -> None:
    path = make_audio(tmp_path / "x", fmt=fmt, tags={"title": "T", "artist": "A", "lyrics": "l"}, cover=jpeg)
    original, random = path.read_bytes(), Random(f"{fmt}-7")
    kinds = set()
    for _ in range(MUTATIONS_PER_FORMAT):
        data = bytearray(original)
        for _ in range(random.choice((1, 4, 40))):
            data[random.randrange(min(len(data), 2_000))] = random.choice((0, 1, 127, 128, 255))
        path.write_bytes(data[: random.choice((len(data), len(data), random.randrange(1, len(data))))])
        kinds.add(type(answer(path)))
    assert kinds <= {FileFacts, FileProblem}
    assert FileProblem in kinds


@pytest.mark.parametrize(
    "name", [b"caf\xe9 \xff.mp3", b"n\nl.mp3", b"\xe2\x80\xaertl.mp3", b"x" * 251 + b".mp3"]
)
def test_any_name_is_read(name: bytes, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    facts = answer(make_audio(path))
    assert isinstance(facts, FileFacts)
    assert facts.tags.title
    assert facts.tags.title.encode()
    assert "\n" not in facts.tags.title


def test_missing_and_unreadable(tmp_path: Path) -> None:
    assert reason(tmp_path / "nothing.mp3") is ProblemReason.UNREADABLE
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert reason(tmp_path / "loop") is ProblemReason.LOOP


def test_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mp3")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert reason(tmp_path / "s") is ProblemReason.NOT_REGULAR
    assert reason(tmp_path / "fifo.mp3") is ProblemReason.NOT_REGULAR
    assert reason(tmp_path) is ProblemReason.NOT_REGULAR


def test_a_file_that_grows_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_audio(tmp_path / "x.mp3")

    def slow(source: Source) -> object:
        with path.open("ab") as file:
            file.write(b"more")
        return read_container(source)

    monkeypatch.setattr("mcma.media.tags.read_container", slow)
    assert reason(path) is ProblemReason.CHANGED


def test_a_wav_from_a_pipe_has_no_size(tmp_path: Path) -> None:
    path = make_audio(tmp_path / "x.wav", fmt="wav")
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :])
    facts = answer(path)
    assert isinstance(facts, FileFacts)
    assert facts.audio.duration_ms == 1_000


def id3_frame(name: bytes, body: bytes) -> bytes:
    return name + synchsafe(len(body)) + b"\0\0" + body


SLOW_FRAMES = {
    "spaces in a number": id3_frame(b"TRCK", b"\x033" + b" " * 1_000_000 + b"x"),
    "spaces in a gain": id3_frame(b"TXXX", b"\x03replaygain_track_gain\x003" + b" " * 1_000_000 + b"x"),
    "spaces in a date": id3_frame(b"TDRC", b"\x03" + b" " * 1_000_000 + b"x"),
    "spaces in lyrics": id3_frame(b"USLT", b"\x03eng\0a" + b" " * 1_000_000 + b"x"),
    "lines in lyrics": id3_frame(b"USLT", b"\x03eng\0[00:01.00]a" + b"\n" * 1_000_000 + b"x"),
    "stamps": id3_frame(b"USLT", b"\x03eng\0" + b"[00:01.00]" * 200_000 + b"x"),
    "synced lines": id3_frame(b"SYLT", b"\x03eng\x02\x01\0" + b"a\0\0\0\0\x01" * 500_000),
    "values": id3_frame(b"TCON", b"\x03" + b"".join(b"%d-\0" % number for number in range(200_000))),
    "empty frames": id3_frame(b"TXXX", b"") * 300_000,
    "brackets": id3_frame(b"TMCL", b"\x03" + b"(" * 500_000 + b"\0x"),
}


@pytest.mark.parametrize("kind", SLOW_FRAMES)
def test_no_tag_takes_long(kind: str, tmp_path: Path) -> None:
    path, frames = make_audio(tmp_path / "x.mp3"), SLOW_FRAMES[kind]
    path.write_bytes(b"ID3\x04\0\0" + synchsafe(len(frames)) + frames + path.read_bytes())
    began = time.process_time()
    facts = answer(path)
    assert time.process_time() - began < 3
    assert isinstance(facts, FileFacts)
    assert len(facts.tags.genres) <= 200


@pytest.mark.parametrize("head", [b"fLaC", b"OggS", b"\0\0\0\x08free", b"RIFF\0\0\0\0WAVE"])
def test_no_container_takes_long(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(head)
    os.truncate(path, 300 * 1024 * 1024)
    began = time.process_time()
    assert reason(path) in ProblemReason
    assert time.process_time() - began < 3


@pytest.mark.parametrize("fmt", ["mp3", "wv", "ape", "mpc"])
def test_a_broken_ape_tag_leaves_the_sound(fmt: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path / "Name.x", fmt=fmt)
    item = (100).to_bytes(4, "little") + b"\xff\xff\xff\xff\0\0"
    size = (len(item) + 32).to_bytes(4, "little")
    footer = b"APETAGEX" + (2_000).to_bytes(4, "little") + size + b"\1\0\0\0" + bytes(12)
    path.write_bytes(path.read_bytes() + item + footer)
    facts = answer(path)
    assert isinstance(facts, FileFacts), facts
    assert facts.tags.title == "Name"
