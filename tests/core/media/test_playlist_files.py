"""Playlist files of all kinds and manners, read and written; and what is none."""

import time
from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcma.domain.errors import InvalidInput, McmaError, TooLarge
from mcma.media import playlists
from mcma.media.playlists import MOST, READABLE, Entry, Link, PlaylistFile, write

TRACK = UUID("019353a0-0000-7000-8000-000000000004")
MBID = UUID("f27ec8db-af05-4f36-916e-3d57f91ecf5e")


def read(data: bytes, kind: str | None = None) -> PlaylistFile:
    [found] = playlists.read(data, kind)
    return found


def test_an_m3u_with_everything() -> None:
    text = (
        b"\xef\xbb\xbf#EXTM3U\r\n#PLAYLIST: Sunday \r\n\r\n"
        b'#EXTINF:254 logo="x,y",Nina Simone - Little Girl Blue\r\n'
        b"#EXTALB:Little Girl Blue\r\n#EXT-X-VERSION:3\r\nNina Simone/01.flac\r\n#EXTINF:-1,Only a title\r\n"
        b"/music/a b.mp3\r\n"
    )
    found = read(text)
    assert found.name == "Sunday"
    first, second = found.entries
    assert (first.title, first.artists, first.album, first.duration_ms, first.path, first.line) == (
        "Little Girl Blue", ("Nina Simone",), "Little Girl Blue", 254_000, b"Nina Simone/01.flac", 7,
    )  # fmt: skip
    assert (second.title, second.artists, second.duration_ms, second.path) == (
        "Only a title", (), None, b"/music/a b.mp3",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (b"C:\\Music\\Bj\xf6rk\\J\xf3ga.mp3", b"/Music/Bj\xf6rk/J\xf3ga.mp3"),
        (b"..\\Music\\a.mp3", b"../Music/a.mp3"),
        (b"D:/Music/a.mp3", b"D:/Music/a.mp3"[2:]),
        (b"file:///music/a%20b%FF.flac", b"/music/a b\xff.flac"),
        (b"file:///C:/Music/a.flac", b"/Music/a.flac"),
        (b"file://nas/share/a.flac", b"/share/a.flac"),
        (b"file:/music/a.flac", b"/music/a.flac"),
        (b"Artist: Title.mp3", b"Artist: Title.mp3"),
        (b"a\\b/c.mp3", b"a\\b/c.mp3"),
    ],
)
def test_paths(line: bytes, path: bytes) -> None:
    [entry] = read(line + b"\n").entries
    assert entry.path == path


def test_latin_1_titles() -> None:
    [entry] = read(b"#EXTINF:1,Bj\xf6rk - J\xf3ga\rjoga.mp3\r").entries
    assert (entry.title, entry.artists) == ("Jóga", ("Björk",))


def test_addresses_lose_what_is_secret() -> None:
    [entry] = read(b"https://me:secret@host:8000/rest/stream?id=1&t=token#x\n").entries
    assert (entry.url, entry.path) == ("https://host:8000/rest/stream", None)
    [ours] = read(f"http://host/api/v1/tracks/{TRACK}/stream\n".encode()).entries
    assert ours.track_id == TRACK


def test_an_xspf_of_somebody() -> None:
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
    <playlist version="1" xmlns="http://xspf.org/ns/0/"><title>Mix</title><trackList>
    <track><location>file:///music/a%20b.flac</location><location>second</location>
    <identifier>https://musicbrainz.org/recording/{MBID}</identifier>
    <identifier>urn:isrc:US-PR3-65-07329</identifier>
    <title>Sinnerman</title><creator>Nina Simone</creator><album>Pastel Blues</album>
    <duration>619000</duration><extension application="x"><x:y xmlns:x="y"><title>no</title></x:y>
    </extension></track>
    <track><title>Alone</title><duration>soon</duration></track></trackList></playlist>"""
    found = read(text.encode())
    assert found.name == "Mix"
    assert found.entries[0] == Entry(
        "Sinnerman", ("Nina Simone",), "Pastel Blues", 619_000, "USPR36507329", MBID, None,
        b"/music/a b.flac", None, 1,
    )  # fmt: skip
    assert found.entries[1] == Entry("Alone", line=2)


def test_a_jspf_as_listenbrainz_makes_it() -> None:
    text = f"""{{"playlist": {{"title": "Weekly", "track": [
      {{"identifier": ["https://musicbrainz.org/recording/{MBID}"], "title": "Sinnerman",
        "creator": "Nina Simone", "duration": 619000}}, {{"identifier": "nonsense", "title": 5}}]}}}}"""
    first, second = read(text.encode()).entries
    assert (first.recording_mbid, first.title, first.duration_ms) == (MBID, "Sinnerman", 619_000)
    assert second == Entry(line=2)


ENTRY = Entry(
    "Jóga", ("Björk",), "Homogenic", 305_000, "GBAKW9700058", MBID, TRACK, "Björk/Jóga.flac".encode(), None, 0
)


@pytest.mark.parametrize("kind", ["m3u8", "m3u", "xspf", "jspf", "csv"])
def test_where_a_recording_is_known_is_written_and_read_again(kind: str) -> None:
    known = Entry("Sinnerman", ("Nina Simone",), link=Link("archive", "a/b:c%d"))
    assert read(write(PlaylistFile("Mix", [known]), kind)).entries[0].link == known.link


@pytest.mark.parametrize("kind", ["xspf", "jspf", "csv"])
def test_what_is_written_is_read_again(kind: str) -> None:
    waits = Entry("Later <b>&", (), None, None, None, None, None, b"a/100% #1.mp3")
    again = read(write(PlaylistFile("Mix", [ENTRY, waits]), kind))
    assert again.name == "Mix"
    assert [entry._replace(line=0) for entry in again.entries] == [ENTRY, waits]


@pytest.mark.parametrize("kind", ["m3u8", "m3u"])
def test_an_m3u_that_is_written_is_read_again(kind: str) -> None:
    waits = Entry("Later\nnow", ("Somebody",))
    hidden = Entry("Hash", ("X",), path=b"#1.mp3")
    again = read(write(PlaylistFile("Mi\nx", [ENTRY, waits, hidden]), kind))
    first, second, third = again.entries
    assert again.name == "Mi x"
    assert (first.title, first.artists, first.album, first.path) == (*ENTRY[:3], ENTRY.path)
    assert (second.title, second.artists, second.path) == (
        "Later now",
        ("Somebody",),
        b"Somebody - Later now",
    )
    assert third.path == b"./#1.mp3"


ATTACKS = {
    "entities": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><playlist>&b;</playlist>',
    "an outside entity": b'<!DOCTYPE l [<!ENTITY a SYSTEM "file:///x">]><playlist>&a;</playlist>',
    "depth": b"<playlist>" + b"<a>" * 50_000,
    "cut off": b"<playlist><trackList><track>",
    "another document": b"<html><body/></html>",
    "an encoding that is none": b'<?xml version="1.0" encoding="nonsense"?><playlist/>',
    "JSON of something else": b'{"playlist": 5}',
    "deep JSON": b'{"playlist": ' + b"[" * 50_000,
    "a binary": b"ID3\x04\0\0\0",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_no_playlist_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        read(ATTACKS[name])


def test_too_many_entries_are_refused() -> None:
    assert len(read(b"a.mp3\n" * MOST).entries) == MOST
    with pytest.raises(TooLarge):
        read(b"a.mp3\n" * (MOST + 1))
    with pytest.raises(InvalidInput):
        read(b"a.mp3", "pls")
    with pytest.raises(TooLarge):
        read(b'{"playlists":[' + b"{}," * 501 + b"{}]}")
    with pytest.raises(TooLarge):
        read(b"<playlist>" + b"<a/>" * (40 * MOST) + b"</playlist>")


PIECES = st.sampled_from(
    [b"#EXTM3U", b"#EXTINF:", b"#EXTINF:1,a - b", b"\n", b"\r", b"\xff", b"<playlist>", b"<track>",
     b"</track>", b"<trackList>", b"<location>file://", b"%", b"%zz", b"{\"playlist\":{\"track\":[", b"]}}",
     b"http://[", b"C:\\", b"..", b"/", b"\xed\xa0\x80", b" - ", b"&#0;", b"<![CDATA[",
     b"<duration>", b"9" * 30, b"title,artist", b"Name\tArtist", b"Video ID,", b"sep=;", b'"', b"\t", b",",
     b"\xff\xfe", b"\xfe\xff", b'{"playlists":[{"items":[', b'{"tracks":[']
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=20).map(b"".join)),
    st.sampled_from([None, *READABLE]),
)
def test_any_bytes_are_read_or_refused(data: bytes, kind: str | None) -> None:
    try:
        found = playlists.read(data, kind)[0]
    except McmaError:
        return
    for entry in found.entries:
        assert entry.title is None or "\0" not in entry.title
        entry_text = "".join([entry.title or "", *entry.artists, entry.album or "", entry.url or ""])
        assert entry_text.encode() is not None
    for one in playlists.FORMATS:
        write(found, one)


@pytest.mark.parametrize(
    "data",
    [b"#EXTINF:" + b" " * 900_000, b"#EXTINF:1" + b" a=" * 300_000, b"(feat. " * 140_000, b"%" * 1_000_000,
     b"<playlist>" + b"<track>x</track>" * 60_000 + b"</playlist>", b"\r" * 1_000_000],
)  # fmt: skip
def test_a_megabyte_of_nonsense_takes_no_time(data: bytes) -> None:
    began = time.monotonic()
    with suppress(McmaError):
        read(data)
    assert time.monotonic() - began < 5
