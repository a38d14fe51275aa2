"""The extension `transcoding`: what players say is understood, and what is decided is told."""

import json
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from mcma_plugins.decisions import Abilities, CodecLimits, Comparison, DirectPlay, Fact, Limit, Wanted
from tests.subsonic import fakedata as data
from tests.subsonic.fakeserver import API_KEY, FakeServer
from tests.support import opensubsonic as spec

SONG = f"tr-{data.track_id(1)}"
QUERY = {"apiKey": API_KEY, "f": "json", "c": "test", "mediaId": SONG, "mediaType": "song"}
CLIENT: dict[str, Any] = {
    "name": "Play:1",
    "platform": "Sonos",
    "maxAudioBitrate": 512_000,
    "maxTranscodingAudioBitrate": 256_000,
    "directPlayProfiles": [
        {"containers": ["mp4"], "audioCodecs": ["flac", "aac"], "protocols": ["http"], "maxAudioChannels": 2}
    ],
    "transcodingProfiles": [{"container": "mp3", "audioCodec": "mp3", "protocol": "http"}],
    "codecProfiles": [
        {
            "type": "AudioCodec",
            "name": "mp3",
            "limitations": [
                {"name": "audioBitrate", "comparison": "LessThanEqual", "values": ["320000"],
                 "required": True},
                {"name": "audioSamplerate", "comparison": "Equals", "values": ["44100", "48000"],
                 "required": False},
            ],
        }
    ],
}  # fmt: skip


def decision(client: TestClient, sent: Any, **query: str) -> httpx.Response:
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    headers = {"content-type": "application/json"}
    return client.post("/rest/getTranscodeDecision", params=QUERY | query, content=body, headers=headers)


def test_what_a_player_says_is_understood(client: TestClient, server: FakeServer) -> None:
    assert decision(client, CLIENT).status_code == 200
    assert server.decisions.told == [
        Abilities(
            "Play:1", "Sonos", 512, 256,
            [DirectPlay(["mp4"], ["flac", "aac"], ["http"], 2)],
            [Wanted("mp3", "mp3", "http")],
            [CodecLimits("mp3", [
                Limit(Fact.BIT_RATE, Comparison.AT_MOST, ("320",), True),
                Limit(Fact.SAMPLE_RATE, Comparison.EQUALS, ("44100", "48000"), False),
            ])],
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sent", [CLIENT, {**CLIENT, "directPlayProfiles": []}, {"name": "a", "platform": "b"}, {}]
)
@pytest.mark.parametrize("suffix", ["", ".view"])
def test_what_is_decided_is_told_in_json_and_xml(client: TestClient, sent: Any, suffix: str) -> None:
    as_json = decision(client, sent)
    assert spec.problems("getTranscodeDecision", as_json.json()) == []
    as_xml = client.post(f"/rest/getTranscodeDecision{suffix}", params=QUERY | {"f": "xml"}, json=sent)
    read = spec.from_xml("getTranscodeDecision", as_xml.content)
    assert spec.significant(read) == spec.significant(as_json.json())


def test_bit_rates_are_in_bits_and_params_need_no_escaping(client: TestClient) -> None:
    told = decision(client, {**CLIENT, "directPlayProfiles": []}).json()["subsonic-response"][
        "transcodeDecision"
    ]
    assert (told["canDirectPlay"], told["canTranscode"], told["transcodeParams"]) == (False, True, "made")
    assert told["transcodeReason"] == ["AudioCodecNotSupported", "AudioBitrateNotSupported"]
    assert told["sourceStream"]["audioBitrate"] == 921_000
    assert told["transcodeStream"] == {
        "protocol": "http", "container": "ogg", "codec": "opus", "audioChannels": 2, "audioBitrate": 128_000,
        "audioProfile": "", "audioSamplerate": 48_000, "audioBitdepth": 0,
    }  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_it_takes_a_document_so_it_is_posted(client: TestClient, method: str) -> None:
    response = client.request(method, "/rest/getTranscodeDecision", params=QUERY)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"{", b"[]", b"null", b'"a"', b"\xff\xfe", b"[" * 5000, b"{" + b" " * 70_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_document_is_said_to_be_none(client: TestClient, server: FakeServer, sent: bytes) -> None:
    response = decision(client, sent)
    assert (response.status_code, response.json()["subsonic-response"]["error"]["code"]) == (200, 0)
    assert server.decisions.told == []


@pytest.mark.parametrize(
    "field", ["name", "maxAudioBitrate", "directPlayProfiles", "transcodingProfiles", "codecProfiles"]
)
@pytest.mark.parametrize(
    "value",
    [None, -1, 0, 1e300, True, "x" * 9000, "a,b", [], [None], [[]], [{}] * 5000, {}, {"a": 1}, ["x"],
     [{"limitations": [{"name": "audioBitrate", "comparison": "Equals", "values": ["²", 7, None, "-1"]}]}],
     [{"containers": "mp4, m4a", "audioCodecs": None, "maxAudioChannels": "2", "name": 4, "type": "Video"}]],
    ids=str,
)  # fmt: skip
def test_odd_documents_are_answered_all_the_same(client: TestClient, field: str, value: Any) -> None:
    response = decision(client, {**CLIENT, field: value})
    assert response.status_code == 200
    assert response.json()["subsonic-response"]["status"] in ("ok", "failed")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"mediaId": ""}, 10), ({"mediaType": ""}, 10), ({"mediaType": "podcast"}, 0),
        ({"mediaId": f"al-{data.FULL.id}"}, 70), ({"mediaId": f"tr-{data.track_id(99)}"}, 70),
        ({"apiKey": "wrong"}, 44),
    ],
)  # fmt: skip
def test_failures_of_decisions_are_envelopes(client: TestClient, query: dict[str, str], code: int) -> None:
    response = decision(client, CLIENT, **query)
    assert (response.status_code, response.json()["subsonic-response"]["error"]["code"]) == (200, code)


def test_the_stream_that_was_decided_on(client: TestClient, server: FakeServer, music_file: Path) -> None:
    asked = QUERY | {"transcodeParams": "made", "offset": "7"}
    response = client.get("/rest/getTranscodeStream", params=asked)
    assert (response.status_code, response.content) == (200, music_file.read_bytes())
    part = client.get("/rest/getTranscodeStream.view", params=asked, headers={"range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, music_file.read_bytes()[:10])
    assert client.head("/rest/getTranscodeStream", params=asked).content == b""
    assert server.decisions.served == [("made", 7000, True), ("made", 7000, True), ("made", 7000, False)]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"transcodeParams": ""}, 400), ({"mediaId": ""}, 400), ({"mediaType": "podcast"}, 400),
        ({"offset": "-1"}, 400), ({"offset": "many"}, 400), ({"mediaId": "al-1"}, 404),
        ({"mediaId": f"tr-{data.track_id(99)}"}, 404), ({"apiKey": "wrong"}, 401), ({"apiKey": ""}, 400),
        ({"transcodeParams": "forged"}, 400), ({"transcodeParams": "old"}, 410),
        ({"transcodeParams": "down"}, 503), ({"transcodeParams": "busy"}, 429),
    ],
)  # fmt: skip
def test_failures_of_streams_are_statuses(client: TestClient, changed: dict[str, str], status: int) -> None:
    response = client.get("/rest/getTranscodeStream", params=QUERY | {"transcodeParams": "made"} | changed)
    assert response.status_code == status
    assert spec.problems("getTranscodeStream", response.json()) == []


def test_it_is_advertised(client: TestClient) -> None:
    listed = client.get("/rest/getOpenSubsonicExtensions", params={"f": "json"}).json()
    names = [one["name"] for one in listed["subsonic-response"]["openSubsonicExtensions"]]
    assert "transcoding" in names
    assert names == sorted(names)
