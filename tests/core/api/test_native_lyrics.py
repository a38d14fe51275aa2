"""Lyrics: of files, of people, as LRC."""

from uuid import UUID, uuid4

import pytest

from mcma.services.callers import SYSTEM
from mcma.services.enriching.lyriclaying import lay_lyrics
from tests.support.rest import app_of
from tests.support.server import Server

pytestmark = pytest.mark.anyio
SYNCED = "[00:01.50]First words\n[01:02.00]and more"


async def path_of(server: Server, title: str) -> str:
    found = await server.user.get("/api/v1/tracks", params={"q": title})
    return f"/api/v1/tracks/{found['items'][0]['id']}/lyrics"


async def test_what_a_file_says(server: Server) -> None:
    path = await path_of(server, "Song 1")
    [found] = (await server.user.get(path))["items"]
    assert (found["lang"], found["synced"]) == ("und", False)
    assert [line["text"] for line in found["lines"]] == ["one line", "another"]
    answer = await server.user.ask("GET", path, params={"format": "lrc"})
    assert (answer.text, answer.headers["content-type"]) == (
        "one line\nanother\n",
        "text/plain; charset=utf-8",
    )
    assert (await server.user.get(path, params={"lang": "eng"}))["items"] == []
    await server.user.get(path, 404, params={"lang": "eng", "format": "lrc"})
    await server.user.get(await path_of(server, "Tune 1"), 404, params={"format": "lrc"})
    await server.user.get(f"/api/v1/tracks/{uuid4()}/lyrics", 404)


async def test_what_a_person_sets_comes_first_in_each_language(server: Server) -> None:
    path = await path_of(server, "Song 2")
    await server.admin.put(f"{path}/eng", {"text": SYNCED}, 200)
    await server.admin.put(f"{path}/de", {"text": "Wörter"}, 200)
    found = (await server.user.get(path))["items"]
    assert [one["lang"] for one in found] == ["eng", "de", "und"]
    assert found[0]["lines"][1] == {"start_ms": 62_000, "text": "and more", "cues": []}
    best = await server.user.ask("GET", path, params={"format": "lrc"})
    assert best.text == "[00:01.50]First words\n[01:02.00]and more\n"
    again = await server.admin.put(f"{path}/eng", {"text": "other words"}, 200)
    assert [line["text"] for line in again["items"][-2]["lines"]] == ["other words"]
    await server.admin.ask("DELETE", f"{path}/eng")
    await server.admin.ask("DELETE", f"{path}/de")
    assert [one["lang"] for one in (await server.user.get(path))["items"]] == ["und"]


async def test_a_scan_leaves_what_a_person_set(server: Server) -> None:
    path = await path_of(server, "Song 3")
    await server.admin.put(f"{path}/und", {"text": "my own words"}, 200)
    [job] = await server.core.services.scans.request(SYSTEM, [UUID(server.library)], full=True)
    assert (await server.core.services.jobs.wait(job, 60)).state == "succeeded"
    [found] = (await server.user.get(path))["items"]
    assert [line["text"] for line in found["lines"]] == ["my own words"]
    back = (await server.admin.ask("DELETE", f"{path}/und")).json()["items"]
    assert [line["text"] for line in back[0]["lines"]] == ["one line", "another"]


@pytest.mark.parametrize(
    ("lang", "text"),
    [("english", "x"), ("eng", " \n "), ("eng", ""), ("XXX", "x"), ("e", "x"), ("eng", "a\0")],
)
async def test_lyrics_that_are_none(server: Server, lang: str, text: str) -> None:
    path = await path_of(server, "Song 1")
    await server.admin.put(f"{path}/{lang}", {"text": text}, 422)
    assert len((await server.user.get(path))["items"]) == 1


async def test_only_administrators_set_them(server: Server) -> None:
    path = await path_of(server, "Song 1")
    await server.user.put(f"{path}/eng", {"text": "x"}, 403)
    await server.user.delete(f"{path}/eng", 403)
    await server.admin.put(f"/api/v1/tracks/{uuid4()}/lyrics/eng", {"text": "x"}, 404)


async def test_words_with_times_of_their_own(server: Server) -> None:
    path = await path_of(server, "Tune 2")
    text = "[00:01.00]<00:01.00>One <00:01.50>two<00:02.00>\n[00:03.00]plain\n"
    await server.admin.put(f"{path}/eng", {"text": text}, 200)
    [found] = (await server.user.get(path))["items"]
    assert [line["text"] for line in found["lines"]] == ["One two", "plain"]
    assert found["lines"][0]["cues"] == [
        {"start_ms": 1000, "end_ms": None, "text": "One"}, {"start_ms": 1500, "end_ms": 2000, "text": "two"},
    ]  # fmt: skip
    assert (await server.user.ask("GET", path, params={"format": "elrc"})).text == text
    plain = await server.user.ask("GET", path, params={"format": "lrc"})
    assert plain.text == "[00:01.00]One two\n[00:03.00]plain\n"
    app = await app_of(server, server.user, "karaoke")
    song = f"tr-{path.split('/')[4]}"
    [old] = (await app.ask("getLyricsBySongId", id=song))["structuredLyrics"]
    assert "cueLine" not in old and "kind" not in old
    [new] = (await app.ask("getLyricsBySongId", id=song, enhanced="true"))["structuredLyrics"]
    assert (new["kind"], new["lang"], new["line"]) == ("main", "eng", old["line"])
    assert new["cueLine"] == [
        {"index": 0, "start": 1000, "end": 2000, "value": "One two", "cue": [
            {"start": 1000, "end": 1500, "byteStart": 0, "byteEnd": 2, "value": "One"},
            {"start": 1500, "end": 2000, "byteStart": 4, "byteEnd": 6, "value": "two"},
        ]},
    ]  # fmt: skip
    await server.admin.ask("DELETE", f"{path}/eng")


async def test_as_a_file(server: Server) -> None:
    path = await path_of(server, "Tune 2")
    file = path.removesuffix("lyrics") + "lyrics.lrc"
    await server.user.get(file, 404)
    text = "[00:01.00]<00:01.00>One <00:01.50>two<00:02.00>\n[00:03.00]plain\n"
    await server.admin.put(f"{path}/eng", {"text": text}, 200)
    got = await server.user.ask("GET", file)
    head, _, words = got.text.partition("[length:")
    assert head.startswith("[ti:Tune 2]\n[ar:") and words.partition("]\n")[2] == text
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["content-disposition"].endswith("Tune%202.lrc")
    await server.user.get(file, 404, params={"lang": "de"})
    await server.admin.put(f"{path}/eng", {"text": "<script>alert(1)</script>"}, 200)
    plain = await server.user.ask("GET", file)
    assert plain.text == "<script>alert(1)</script>\n"
    assert plain.headers["content-disposition"].endswith(".txt")
    assert plain.headers["x-content-type-options"] == "nosniff"
    await server.user.get(f"/api/v1/tracks/{uuid4()}/lyrics.lrc", 404)
    await server.admin.ask("DELETE", f"{path}/eng")


async def test_a_scan_leaves_what_a_plugin_said(server: Server) -> None:
    path = await path_of(server, "Tune 1")
    track = UUID(path.split("/")[4])
    said = {track: {"lang": "und", "plain": None, "synced": [[1000, "<b>words</b>"]]}}
    async with server.core.database.write() as transaction:
        await lay_lyrics(transaction.connection, said, "plugin:words", None)
    [job] = await server.core.services.scans.request(SYSTEM, [UUID(server.library)], full=True)
    assert (await server.core.services.jobs.wait(job, 60)).state == "succeeded"
    [found] = (await server.user.get(path))["items"]
    assert (found["synced"], found["lines"]) == (
        True, [{"start_ms": 1000, "text": "<b>words</b>", "cues": []}],
    )  # fmt: skip
    app = await app_of(server, server.user, "words")
    [heard] = (await app.ask("getLyricsBySongId", id=f"tr-{track}"))["structuredLyrics"]
    assert heard["line"] == [{"start": 1000, "value": "<b>words</b>"}]
    async with server.core.database.write() as transaction:
        await lay_lyrics(transaction.connection, {track: None}, "plugin:words", None)
