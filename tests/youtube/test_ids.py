"""Ids and addresses: by their exact form, or not at all."""

import pytest

from mcma_plugins.sources import SourceKind, SourceLink
from mcma_youtube import ids

VIDEO, CHANNEL = "dQw4w9WgXcQ", "UC" + "x" * 22
ALBUM, SONGS = "MPREb_4pL8gzRtw1p", "OLAK5uy_" + "l" * 33
PLAYLIST, CHART = "PL" + "Q" * 32, "RDCLAK5uy_" + "k" * 33
OF = {
    SourceKind.TRACK: VIDEO,
    SourceKind.ALBUM: ALBUM,
    SourceKind.ARTIST: CHANNEL,
    SourceKind.PLAYLIST: PLAYLIST,
}


@pytest.mark.parametrize(("kind", "source_id"), OF.items())
def test_ids_that_are_some(kind: SourceKind, source_id: str) -> None:
    assert ids.accepts(kind, source_id)
    assert ids.parse(ids.page(kind, source_id)) == SourceLink(kind, source_id)
    assert not any(ids.accepts(other, source_id) for other in SourceKind if other is not kind)


@pytest.mark.parametrize("source_id", ["-abcdefghij", "--abcdefghi", "___________"])
def test_a_dash_in_front_is_one_of_their_signs(source_id: str) -> None:
    assert ids.accepts(SourceKind.TRACK, source_id)
    assert ids.address(source_id).startswith("https://")


HOSTILE = [
    "", "--exec", "--exec=id aaa", "-", VIDEO + "\n", "\n" + VIDEO, VIDEO[:-1] + "\0", VIDEO[:-1] + " ",
    VIDEO[:-1] + "٣", VIDEO[:-1] + "ａ", VIDEO[:-1], VIDEO + "a", "../../../etc", "a" * 11 + ";rm",
    "http://[::1", "a" * 100_000, "$(id)aaaaaa", "https://youtu.be/" + VIDEO, "%0a%0d%0a%0d%0",
]  # fmt: skip


@pytest.mark.parametrize("kind", SourceKind)
@pytest.mark.parametrize("source_id", HOSTILE)
def test_ids_that_are_none(kind: SourceKind, source_id: str) -> None:
    assert not ids.accepts(kind, source_id)


@pytest.mark.parametrize(
    ("text", "kind", "source_id"),
    [
        (f"https://www.youtube.com/watch?v={VIDEO}", SourceKind.TRACK, VIDEO),
        (f"http://youtube.com/watch?v={VIDEO}&list={PLAYLIST}&t=10s#x", SourceKind.TRACK, VIDEO),
        (f"https://music.youtube.com/watch?v={VIDEO}&si=abc", SourceKind.TRACK, VIDEO),
        (f"https://m.youtube.com:443/watch/?v={VIDEO}", SourceKind.TRACK, VIDEO),
        (f"https://youtu.be/{VIDEO}?si=abc", SourceKind.TRACK, VIDEO),
        (f"HTTPS://YOUTU.BE/{VIDEO}/", SourceKind.TRACK, VIDEO),
        (f"youtube.com/watch?v={VIDEO}", SourceKind.TRACK, VIDEO),
        (f"https://www.youtube.com/shorts/{VIDEO}", SourceKind.TRACK, VIDEO),
        (f"https://www.youtube.com/live/{VIDEO}?feature=share", SourceKind.TRACK, VIDEO),
        (f"https://www.youtube.com/playlist?list={PLAYLIST}", SourceKind.PLAYLIST, PLAYLIST),
        (f"https://music.youtube.com/playlist?list={CHART}", SourceKind.PLAYLIST, CHART),
        (f"https://music.youtube.com/playlist?list={SONGS}", SourceKind.ALBUM, SONGS),
        (f"https://music.youtube.com/browse/{ALBUM}", SourceKind.ALBUM, ALBUM),
        (f"https://music.youtube.com/browse/VL{PLAYLIST}", SourceKind.PLAYLIST, PLAYLIST),
        (f"https://www.youtube.com/channel/{CHANNEL}", SourceKind.ARTIST, CHANNEL),
        (VIDEO, SourceKind.TRACK, VIDEO),
        (ALBUM, SourceKind.ALBUM, ALBUM),
        (SONGS, SourceKind.ALBUM, SONGS),
        (PLAYLIST, SourceKind.PLAYLIST, PLAYLIST),
        (CHANNEL, SourceKind.ARTIST, CHANNEL),
    ],
)
def test_addresses_that_name_something(text: str, kind: SourceKind, source_id: str) -> None:
    assert ids.parse(text) == SourceLink(kind, source_id)


@pytest.mark.parametrize(
    "text",
    [
        *(one for one in HOSTILE if not one.startswith("https:")),
        f"https://www.youtube.com.evil.example/watch?v={VIDEO}",
        f"https://evil.example/https://youtu.be/{VIDEO}",
        f"https://youtube.com@evil.example/watch?v={VIDEO}",
        f"https://name:word@youtube.com/watch?v={VIDEO}",
        f"https://youtube.com:8080/watch?v={VIDEO}",
        f"ftp://youtube.com/watch?v={VIDEO}",
        f"file:///watch?v={VIDEO}",
        f"https://127.0.0.1/watch?v={VIDEO}",
        f"https://www.youtube.com/watch?v={VIDEO}&v={VIDEO}",
        f"https://www.youtube.com/watch?v={VIDEO}%0a--exec",
        f"https://www.youtube.com/watch?v={VIDEO} --exec",
        f"https://www.youtube.com/watch?x={VIDEO}",
        f"https://www.youtube.com/embed/{VIDEO}/../../x",
        "https://www.youtube.com/playlist?list=WL",
        "https://www.youtube.com/playlist?list=LM",
        f"https://www.youtube.com/playlist?list={CHANNEL}",
        f"https://www.youtube.com/playlist?list=RD{VIDEO}",
        "https://www.youtube.com/@somebody",
        "https://www.youtube.com/",
        f"https://youtu.be/a/{VIDEO}",
        f"https://www.youtube.com/watch?{'a=1&' * 60}v={VIDEO}",
    ],
)
def test_what_names_nothing(text: str) -> None:
    assert ids.parse(text) is None


@pytest.mark.parametrize(
    "word", ["Radioactive", "Summer-2019", "Nothing-Now", "hello-world", "MOTHERSHIPS", "1234567-890"]
)
def test_words_of_eleven_signs_are_no_ids(word: str) -> None:
    assert len(word) == 11
    assert ids.accepts(SourceKind.TRACK, word), "as an id it could be one"
    assert ids.parse(word) is None
