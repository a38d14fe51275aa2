"""From nothing to music in a Subsonic app: the words people's scripts hang on."""

import time
from pathlib import Path

import httpx2 as httpx

from tests.support.audio import make_audio
from tests.support.command import START_SECONDS, Mcma


def test_from_nothing_to_a_song(tmp_path: Path) -> None:
    mcma, music = Mcma(tmp_path / "data", tmp_path, fresh=True), tmp_path / "my music"
    tags = {"title": "Song", "artist": "Artist", "album": "Album"}
    song = make_audio(music / "Artist" / "Song.mp3", tags=tags)
    mcma.ok("user", "add", "ada", "--admin", "--password-stdin", given="correct horse battery\n")
    with mcma.serving() as served, httpx.Client(base_url=f"http://127.0.0.1:{served.port}/rest") as client:
        mcma.ok("library", "add", str(music), "--name", "Ours")
        (scanned,) = mcma.ok("scan", "Ours", "--wait", "--json").json
        assert (scanned["state"], scanned["report"]["added"]) == ("succeeded", 1)
        login = mcma.ok("user", "app-password", "ada", "--name", "Phone", "--json").json
        assert set(login) == {"username", "password"}
        who = {"u": login["username"], "p": login["password"], "v": "1.16.1", "c": "test", "f": "json"}

        def asked(method: str, **more: str) -> httpx.Response:
            return client.get(method, params={**who, **more})

        assert asked("/ping").json()["subsonic-response"]["status"] == "ok"
        found = asked("/search3", query="song").json()["subsonic-response"]["searchResult3"]["song"]
        assert [one["title"] for one in found] == ["Song"]
        assert asked("/stream", id=found[0]["id"]).content == song.read_bytes()
        assert served.stop() == 0
        assert login["password"] not in served.logged


def test_the_given_folder_is_served_while_it_is_scanned(tmp_path: Path) -> None:
    mcma, music = Mcma(tmp_path / "data", tmp_path), tmp_path / "music"
    make_audio(music / "Song.mp3", tags={"title": "Song"})
    (music / "broken.mp3").write_bytes(b"no music")
    with mcma.serving("--library", str(music), "--library", str(tmp_path / "none")) as served:
        (scanned,) = mcma.ok("scan", "--wait", "--json").json
        assert scanned["songs"] == 1
        assert f"This folder is left out: {tmp_path / 'none'} is not a folder." in served.logged
        until = time.monotonic() + START_SECONDS
        while "scan 1 --wait says what is wrong with which file." not in served.logged:
            assert time.monotonic() < until, served.logged
            time.sleep(0.05)
        assert served.stop() == 0
    with mcma.serving("--library", str(music)):
        assert len(mcma.ok("library", "list", "--json").json) == 1, "the same folder is the same library"
