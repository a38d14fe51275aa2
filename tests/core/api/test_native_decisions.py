"""What a player gets, over the native API and over Subsonic's extension."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.renditions import heard
from tests.support.server import Server

pytestmark = pytest.mark.anyio
OPUS = {"wanted": [{"container": "ogg", "codec": "opus", "max_channels": 1}], "max_made_bit_rate_kbps": 64}


async def path_of(server: Server, title: str) -> str:
    found = await server.user.get("/api/v1/tracks", params={"q": title})
    return f"/api/v1/tracks/{found['items'][0]['id']}"


async def test_decided_and_streamed(server: Server, tmp_path: Path) -> None:
    path = await path_of(server, "Song 1")
    found = await server.user.post(f"{path}/decision", OPUS)
    assert (found["plays"], found["made"]["codec"], found["made"]["channels"]) == (False, "opus", 1)
    assert found["source"]["codec"] == "flac"
    answer = await server.user.ask("GET", f"{path}/stream", params={"decision": found["params"]})
    came = heard(answer.content, tmp_path)
    assert (came.codec, came.channels) == ("opus", "mono")
    direct = await server.user.post(f"{path}/decision", {"direct": [{"codecs": ["flac"]}]})
    whole = await server.user.ask("GET", f"{path}/stream", params={"decision": direct["params"]})
    assert whole.content == (server.music / "Ann" / "1.flac").read_bytes()


async def test_what_is_wrong_is_said(server: Server) -> None:
    path = await path_of(server, "Song 1")
    found = await server.user.post(f"{path}/decision", OPUS)
    asked = {"decision": found["params"]}
    await server.admin.get(f"{path}/stream", 422, params=asked)
    await server.user.get(f"{path}/stream", 422, params={"decision": "a b"})
    await server.user.get(f"{path}/stream", 422, params=asked | {"offset": "9"})
    await server.user.get(f"{await path_of(server, 'Song 2')}/stream", 410, params=asked)
    await server.user.post(f"/api/v1/tracks/{uuid4()}/decision", {}, 404)
    await server.user.post(f"{path}/decision", {"wanted": [{"codec": "x" * 65}]}, 422)
    await server.user.post(f"{path}/decision", {"codecs": [{"codec": "mp3", "limits": [{"fact": "x"}]}]}, 422)
    await server.nobody.post(f"{path}/decision", {}, 401)


async def test_over_subsonic(server: Server, tmp_path: Path) -> None:
    caller = server.user.caller
    assert caller is not None
    key = await server.core.services.app_passwords.reveal_default(caller)
    track = (await path_of(server, "Tune 1")).rpartition("/")[2]
    who: dict[str, Any] = {"u": caller.name, "p": key, "v": "1.16.1", "c": "test", "f": "json",
                           "mediaId": f"tr-{track}", "mediaType": "song"}  # fmt: skip
    wanted = {"container": "aac", "audioCodec": "aac", "protocol": "http"}
    sent = {"maxTranscodingAudioBitrate": 64_000, "transcodingProfiles": [wanted]}
    client = server.nobody.client
    answer = await client.post("/rest/getTranscodeDecision", params=who, json=sent)
    found = answer.json()["subsonic-response"]["transcodeDecision"]
    assert found["transcodeStream"]["audioBitrate"] == 64_000
    assert found["sourceStream"]["codec"] == "mp3"
    asked = who | {"transcodeParams": found["transcodeParams"]}
    stream = await client.get("/rest/getTranscodeStream", params=asked)
    assert heard(stream.content, tmp_path).codec == "aac"
    for changed, status in (({"mediaId": f"tr-{uuid4()}"}, 404), ({"offset": "60"}, 400),
                            ({"transcodeParams": "x"}, 400)):  # fmt: skip
        failed = await client.get("/rest/getTranscodeStream", params=asked | changed)
        assert failed.status_code == status
