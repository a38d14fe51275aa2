"""Tables that services and the programs that move playlists export; and those of people."""

from datetime import UTC, datetime

import pytest

from mcma.domain.errors import InvalidInput, TooLarge
from mcma.media.playlists import MOST, Entry, Link, PlaylistFile, read, write


def entries(data: str | bytes, kind: str | None = None) -> list[Entry]:
    [found] = read(data.encode() if isinstance(data, str) else data, kind)
    return list(found.entries)


def test_exportify() -> None:
    audio = ",".join(f"Feature {n}" for n in range(300))
    text = (
        "\ufeffTrack URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Popularity,Explicit,"
        f"Added By,Added At,Genres,Record Label,ISRC,{audio}\r\n"
        'spotify:track:4iV5W9uYEdYUVa79Axb7Rh,"Under Pressure - ""Live""",Hot Space,"Queen;David Bowie",'
        "1982-05-21,248440,70,false,anna,2024-01-15T10:30:00Z,rock,EMI,GB-UM7-10-29604\r\n"
        "spotify:local:x,Demo,,Someone,,12345,,,,,,,nonsense\r\n"
    )
    first, second = entries(text)
    assert first == Entry(
        'Under Pressure - "Live"', ("Queen", "David Bowie"), "Hot Space", 248_440, "GBUM71029604", line=2,
        address="spotify:track:4iV5W9uYEdYUVa79Axb7Rh", added_at=datetime(2024, 1, 15, 10, 30, tzinfo=UTC),
    )  # fmt: skip
    assert (second.title, second.isrc, second.duration_ms, second.added_at) == ("Demo", None, 12_345, None)


def test_tunemymusic_has_several_playlists_in_one_file() -> None:
    text = (
        "\ufeffTrack name,Artist name,Album,Playlist name,Type,ISRC,Spotify - id\n"
        "Panama,Van Halen,1984,Rock,Playlist,USWB10400044,05RgAMGypEvqhNs5hPCbMS\n"
        "Vogue,Madonna,I'm Breathless,Pop,Playlist,,\n"
        "Jump,Van Halen,1984,Rock,Playlist,,\n"
        ",Van Halen,,,Artist,,\n"
    )
    rock, pop = read(text.encode())
    assert (rock.name, [one.title for one in rock.entries]) == ("Rock", ["Panama", "Jump"])
    assert (pop.name, [one.line for one in pop.entries]) == ("Pop", [3])
    assert rock.skipped == 1, "an artist is no recording"
    assert rock.entries[0].isrc == "USWB10400044"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "names", ["Name\tArtist\tAlbum\tTime\tLocation", "Name\tKünstler\tAlbum\tDauer\tOrt",
              "Nombre\tArtista\tÁlbum\tDuración\tUbicación"]
)  # fmt: skip
def test_apple_music_in_its_languages(encoding: str, names: str) -> None:
    """Tabs, UTF-16, one carriage return per line, and quotes that are letters."""
    mark = {"utf-16-be": b"\xfe\xff", "utf-16-le": b"\xff\xfe"}.get(encoding, b"")
    text = (
        f'{names}\r"Heroes" (2017)\tDavid Bowie\t"Heroes\t371\tMacintosh HD:Users:a:Heroes.m4a\r'
        "Jóga\tBjörk\t\t305\t\r"
    )
    first, second = entries(mark + text.encode(encoding))
    assert (first.title, first.album, first.duration_ms) == ('"Heroes" (2017)', '"Heroes', 371_000)
    assert first.path == b"/Users/a/Heroes.m4a"
    assert (second.title, second.artists, second.path) == ("Jóga", ("Björk",), None)


@pytest.mark.parametrize(
    "text",
    ["Video ID,Playlist Video Creation Timestamp\ndQw4w9WgXcQ,2024-01-15T12:00:00+00:00\n\n\n\n",
     "Playlist Id,Channel Id,Time Created,Time Updated,Title,Description,Visibility\n"
     "PL1,UC1,2015-01-01 00:00:00 UTC,,Road trip,,Private\n\n"
     "Video Id,Time Added\ndQw4w9WgXcQ,2024-01-15 12:00:00 UTC\n"],
)  # fmt: skip
def test_takeout_names_videos_by_their_ids(text: str) -> None:
    [found] = read(text.encode())
    assert found.name == ("Road trip" if "Road" in text else None)
    [entry] = found.entries
    assert entry.link == Link("youtube", "dQw4w9WgXcQ")
    assert (entry.title, entry.added_at) == (None, datetime(2024, 1, 15, 12, tzinfo=UTC))


def test_takeout_has_a_column_for_each_artist() -> None:
    text = (
        "Video ID,Song Title,Album Title,Artist Name 1,Artist Name 2,Artist Name 3\n"
        "dQw4w9WgXcQ,Under Pressure,Hot Space,Queen,David Bowie,\n"
    )
    [entry] = entries(text)
    assert (entry.title, entry.artists) == ("Under Pressure", ("Queen", "David Bowie"))


@pytest.mark.parametrize(
    "text",
    ["Titel;Interpret;Länge\nJóga;Björk;5:05\n", "sep=;\r\nTitle;Artist;Length\r\nJóga;Björk;305\r\n",
     "title,artist,duration\nJóga,Björk,305.0\n", "曲名\tアーティスト\t時間\nJóga\tBjörk\t0:05:05\n",
     "My playlist\n\nNazwa,Wykonawca,duration_ms\nJóga,Björk,305000\n"],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_of_people(text: str, encoding: str) -> None:
    if encoding == "cp1252" and "曲" in text:
        return
    [entry] = entries(text.encode(encoding))
    assert (entry.title, entry.artists, entry.duration_ms) == ("Jóga", ("Björk",), 305_000)


def test_what_looks_like_a_formula_is_text_and_is_written_so_that_no_spreadsheet_runs_it() -> None:
    wild = [Entry(title, (artist,)) for title, artist in [("=1+1", "@you"), ("-", "'n sync"), ("'=x", "+44")]]
    data = write(PlaylistFile("=HYPERLINK()", wild), "csv")
    cells = data.decode("utf-8-sig").replace("\r\n", ",").split(",")
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    [found] = read(data)
    assert found.name == "=HYPERLINK()"
    assert [one._replace(line=0) for one in found.entries] == wild
    assert entries("title,artist\n=1+1,@you\n")[0] == Entry("=1+1", ("@you",), line=2)


def test_links_are_asked_of_the_sources_and_lose_what_is_secret() -> None:
    [entry] = entries("title,url\nA,https://me:pw@host/watch?v=abc&token=x\n")
    assert (entry.url, entry.address) == ("https://host/watch", "https://me:pw@host/watch?v=abc&token=x")
    [other] = entries("title,source,source id\nA,archive,x/y\n")
    assert other.link == Link("archive", "x/y")
    [neither] = entries("title,source,source id\nA,Soulseek!,x y\n")
    assert neither.link is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour,size\nred,5\n", "Line 1: no column names the title"),
        ("title,artist\na,b\n\"open,c\nd,e\n", "Line 3: a quote is opened and never closed"),
        ('title,artist\na,b\n"x" y,c\n', "Line 3: there is more text behind a closing quote"),
        (f"title,artist\na,b\n{'x' * 140_000},c\n", "Line 3: a cell is longer"),
        ("", "no column"),
        ("\0\0\0\0", "no column"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_songs_is_refused_by_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text.encode(), "csv")
    assert said in refused.value.message


def test_sizes_are_bounded() -> None:
    row = "a,b\n"
    assert len(entries("title,artist\n" + row * MOST)) == MOST
    with pytest.raises(TooLarge, match=f"Line {MOST + 2}:"):
        read(("title,artist\n" + row * (MOST + 1)).encode())
    with pytest.raises(TooLarge, match="Line 2: it has more"):
        read(("title,artist\na" + "," * 3000 + "\n").encode())
    with pytest.raises(TooLarge, match="500 playlists"):
        read(("title,playlist\n" + "".join(f"a,{n}\n" for n in range(501))).encode())


def test_what_spotify_hands_out_of_an_account() -> None:
    text = """{"playlists": [{"name": "Road", "lastModifiedDate": "2024-01-01", "items": [
      {"track": {"trackName": "Jump", "artistName": "Van Halen", "albumName": "1984",
                 "trackUri": "spotify:track:7N3PAbqfTjSEU1edb2tY8j"}, "addedDate": "2024-01-15"},
      {"track": null, "episode": {"episodeName": "Talk"}, "addedDate": "2024-01-15"}]},
      {"name": "Empty", "items": []}]}"""
    road, empty = read(text.encode())
    assert (road.name, road.skipped, empty.name, len(empty.entries)) == ("Road", 1, "Empty", 0)
    [jump] = road.entries
    assert jump.link == Link("spotify", "7N3PAbqfTjSEU1edb2tY8j")
    assert (jump.title, jump.artists, jump.added_at) == (
        "Jump",
        ("Van Halen",),
        datetime(2024, 1, 15, tzinfo=UTC),
    )
    [library] = read(b'{"tracks": [{"artist": "A", "album": "B", "track": "C", "uri": "spotify:track:x"}]}')
    assert library.entries[0][:3] == ("C", ("A",), "B")
    for wrong in (b'{"playlists": 5}', b'{"playlists": [5]}', b'{"tracks": [[]]}', b'{"tracks": null}'):
        with pytest.raises(InvalidInput):
            read(wrong)
