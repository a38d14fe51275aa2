"""The server as a process: signals, ports, folders, secrets, and other commands beside it."""

import signal
import socket
import sqlite3
import stat
import time
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.support.command import Mcma, Served

PASSWORD = "correct horse battery"
DEADLINE = 15.0
"""Seconds from SIGTERM to the end, whatever clients do."""


@pytest.fixture
def mcma(tmp_path: Path) -> Mcma:
    return Mcma(tmp_path / "data", tmp_path)


def words_of(printed: str, name: str) -> list[str]:
    return [line.split()[-1] for line in printed.splitlines() if line.split()[:1] == [name]]


def api(served: Served) -> str:
    return f"http://127.0.0.1:{served.port}/api/v1"


def setup(served: Served) -> dict[str, str]:
    lines = [line.strip() for line in served.printed.splitlines()]
    token = next(line for line in lines if len(line) == 32 and " " not in line)
    sent = {"token": token, "username": "ada", "password": PASSWORD}
    assert httpx.post(f"{api(served)}/auth/setup", json=sent).status_code == 201
    return sent


def login(served: Served, sent: dict[str, str]) -> dict[str, str]:
    body = {"username": sent["username"], "password": sent["password"]}
    tokens = httpx.post(f"{api(served)}/auth/login", json=body).json()
    return {"authorization": f"Bearer {tokens['access_token']}"}


def test_first_start_second_start_and_a_command_beside_them(tmp_path: Path) -> None:
    mcma = Mcma(tmp_path / "data", tmp_path, fresh=True)
    with mcma.serving("--welcome") as first:
        app_password, password = words_of(first.printed, "password")
        assert httpx.get(f"http://127.0.0.1:{first.port}/health").json() == {"status": "ok"}
        assert stat.S_IMODE((mcma.data / "mcma.sock").stat().st_mode) == 0o600
        assert [one["name"] for one in mcma.ok("user", "list", "--json").json] == ["admin"]
        second = mcma.run("serve", "--port", str(first.port))
        assert second.code == 1
        assert f"port {first.port}" in second.err
        assert first.stop() == 0
    assert not (mcma.data / "mcma.sock").exists()
    with mcma.serving("--welcome") as again:
        assert "password" not in again.printed
        assert again.stop(signal.SIGINT) == 0
    for logged in (first.logged, again.logged):
        assert app_password not in logged
        assert password not in logged


def test_without_a_welcome_a_token_is_printed_once_and_logged_never(mcma: Mcma) -> None:
    with mcma.serving() as served:
        sent = setup(served)
        assert httpx.post(f"{api(served)}/auth/setup", json=sent).status_code == 410
        with httpx.stream("GET", f"{api(served)}/events", headers=login(served, sent), timeout=60) as events:
            assert events.status_code == 200
            assert served.stop(seconds=5) == 0, "it does not wait for who listens to events"
        assert sent["token"] not in served.logged
        assert PASSWORD not in served.logged


def test_a_stop_does_not_wait_for_clients_that_stall(mcma: Mcma) -> None:
    with mcma.serving(MCMA_SHUTDOWN_SECONDS="1") as served:
        half = socket.create_connection(("127.0.0.1", served.port))
        half.sendall(b"GET /health HTTP/1.1\r\nHo")
        body = socket.create_connection(("127.0.0.1", served.port))
        body.sendall(
            b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 500\r\n\r\n{"
        )
        time.sleep(0.3)
        began = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - began < DEADLINE
        half.close()
        body.close()
        assert "CancelledError" not in served.logged


def test_what_was_acknowledged_survives_a_kill(mcma: Mcma) -> None:
    with mcma.serving() as served:
        mcma.ok("user", "add", "ada", "--admin", "--password-stdin", given=PASSWORD)
        served.stop(signal.SIGKILL)
    assert (mcma.data / "mcma.sock").exists(), "left behind by the kill"
    assert [one["name"] for one in mcma.ok("user", "list", "--json").json] == ["ada"]
    assert sqlite3.connect(mcma.data / "mcma.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    ran = Mcma(folder, tmp_path).run("serve", "--port", "0")
    assert (ran.code, ran.out) == (1, "")
    assert str(folder) in ran.err
    assert "Traceback" not in ran.err


def test_bad_settings_are_named(mcma: Mcma) -> None:
    ran = mcma.run("serve", MCMA_PUBLIC_URL="music.example.org")
    assert (ran.code, ran.out) == (1, "")
    assert "MCMA_PUBLIC_URL" in ran.err
