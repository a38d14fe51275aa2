"""Credentials of sources over the native API: an administrator hands one in, nobody gets it back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mcma.services.outside.credentials import LARGEST
from mcma.store.engine import sqlite_url
from mcma_youtube.cookies import SETTING
from tests.support.server import Server, serving

pytestmark = pytest.mark.anyio
SECRET = "s3cr3t-value"
LINE = "\t".join([".youtube.com", "TRUE", "/", "TRUE", "4102444800", "LOGIN_INFO", SECRET])
JAR = f"# Netscape HTTP Cookie File\n{LINE}\n".encode()
PATH = "/api/v1/sources/youtube/credential"


@pytest.fixture(scope="module")
async def youtube(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MCMA_PLUGIN_YOUTUBE_ENABLED", "true")
        patch.delenv(SETTING, raising=False)
        async with serving(folder, sqlite_url(folder / "mcma.db"), scanned=False) as server:
            yield server


@pytest.fixture(autouse=True)
async def without(youtube: Server) -> None:
    await youtube.admin.ask("DELETE", PATH, 204)


async def details(server: Server) -> dict[str, object]:
    found = await server.admin.get("/api/v1/sources/youtube/health")
    assert SECRET not in str(found)
    return dict(found["details"])


async def test_one_is_handed_in_and_taken_away(
    youtube: Server, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert (await details(youtube))["cookies"] is False
    await youtube.admin.ask("PUT", PATH, 204, content=JAR, headers={"content-type": "text/plain"})
    kept = youtube.core.settings.data_dir / "plugins" / "youtube" / "cookies.txt"
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (JAR, 0o600)
    assert (await details(youtube))["cookies"] is True
    for _ in range(2):
        await youtube.admin.ask("DELETE", PATH, 204)
    assert not kept.exists()
    said = caplog.text + "".join(capsys.readouterr())
    assert SECRET not in said
    assert "credential_set" in said
    assert "credential_removed" in said


async def test_a_form_with_one_file_will_do(youtube: Server) -> None:
    await youtube.admin.ask("PUT", PATH, 204, files={"file": ("cookies.txt", JAR, "text/plain")})
    assert (await details(youtube))["cookies"] is True


@pytest.mark.parametrize("content", [b"", b"hello", SECRET.encode(), JAR + b"\0", JAR.replace(b"\t", b" ")])
async def test_what_is_none_is_refused(youtube: Server, content: bytes) -> None:
    answer = await youtube.admin.ask("PUT", PATH, 422, content=content)
    assert SECRET not in answer.text
    assert (await details(youtube))["cookies"] is False


async def test_who_may_and_for_what(youtube: Server) -> None:
    await youtube.nobody.ask("PUT", PATH, 401, content=JAR)
    await youtube.user.ask("PUT", PATH, 403, content=JAR)
    await youtube.user.ask("DELETE", PATH, 403)
    await youtube.admin.ask("PUT", "/api/v1/sources/nowhere/credential", 404, content=JAR)
    answer = await youtube.admin.ask("PUT", "/api/v1/sources/local/credential", 404, content=JAR)
    assert answer.json()["code"] == "not_able"
    await youtube.admin.ask("PUT", PATH, 413, content=bytes(LARGEST + 1))
    assert (await details(youtube))["cookies"] is False


async def test_one_that_a_setting_names_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCMA_PLUGIN_YOUTUBE_ENABLED", "true")
    monkeypatch.setenv(SETTING, str(tmp_path / "cookies.txt"))
    (tmp_path / "cookies.txt").write_bytes(JAR)
    (tmp_path / "cookies.txt").chmod(0o644)
    async with serving(tmp_path, sqlite_url(tmp_path / "mcma.db"), scanned=False) as server:
        answer = await server.admin.ask("PUT", PATH, 422, content=JAR)
        assert SETTING in answer.text
        found = await server.admin.get("/api/v1/sources/youtube/health")
        assert (found["ok"], found["state"]) == (False, "misconfigured")
        assert "chmod 600" in found["reason"]
