"""Keys in the data folder: made once, read by nobody else."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcma.secrets import ConfigError, checked_key, generated_key, keys, make_data_folder, read_secret_file

GOOD = "Xq7-longer-than-thirty-two-bytes-and-varied"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_keeps_others_out(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "data"
    make_data_folder(folder)
    assert mode(folder) == 0o700
    folder.chmod(0o755)
    make_data_folder(folder)
    assert mode(folder) == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/data cannot be made"):
        make_data_folder(tmp_path / "file" / "data")


def test_a_key_is_made_once_with_mode_0600(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        key = generated_key(tmp_path, "jwt.key")
    finally:
        os.umask(umask)
    assert mode(tmp_path / "jwt.key") == 0o600
    assert generated_key(tmp_path, "jwt.key") == key
    assert generated_key(tmp_path, "other.key") != key
    assert sorted(one.name for one in tmp_path.iterdir()) == ["jwt.key", "other.key"]


def test_starting_at_the_same_moment_gives_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as threads:
        made = set(threads.map(lambda _: generated_key(tmp_path, "jwt.key"), range(64)))
    assert len(made) == 1


def test_a_file_system_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert generated_key(tmp_path, "jwt.key") == generated_key(tmp_path, "jwt.key")


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o666, 0o620])
def test_a_file_others_can_read_is_refused(tmp_path: Path, bits: int) -> None:
    generated_key(tmp_path, "jwt.key")
    (tmp_path / "jwt.key").chmod(bits)
    with pytest.raises(ConfigError, match="Others can read") as refusal:
        generated_key(tmp_path, "jwt.key")
    assert "chmod 600" in (refusal.value.hint or "")


def test_links_folders_and_pipes_are_no_keys(tmp_path: Path) -> None:
    generated_key(tmp_path, "real")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "folder", "pipe"):
        with pytest.raises(ConfigError):
            generated_key(tmp_path, name)


@pytest.mark.parametrize("text", ["", "short", "\x00" * 64, "\udcff" * 3, "ÿ" * 64])
def test_a_file_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jwt.key"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        generated_key(tmp_path, "jwt.key")


@pytest.mark.parametrize(
    "text",
    ["", "tiny", "a" * 64, "ab" * 32, "changeme-changeme-changeme-changeme",
     "Your-256-bit-secret".ljust(40, "x"),
     "please-change-me-1234567890-abcdefgh", " " * 64, "0123456789abcdef0123456789abcdef"],
)  # fmt: skip
def test_keys_that_can_be_guessed_are_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ConfigError, match="MCMA_JWT_SECRET") as refusal:
        checked_key(text, "MCMA_JWT_SECRET")
    assert not text.strip() or text not in str(refusal.value)


@pytest.mark.parametrize(
    "text", [GOOD, f"  {GOOD}\n", "ключ-" * 4 + "достаточно", "\ud800" + GOOD], ids=ascii
)
def test_other_keys_are_taken_as_they_are(text: str) -> None:
    assert checked_key(text, "x") == text.strip().encode("utf-8", "surrogatepass")


def test_a_given_key_wins_and_the_kept_one_still_opens(tmp_path: Path) -> None:
    kept = keys(tmp_path, "jwt.key", "MCMA_JWT_SECRET", None)
    assert kept.previous == ()
    assert keys(tmp_path, "other.key", "MCMA_JWT_SECRET", GOOD).previous == ()
    assert not (tmp_path / "other.key").exists()
    both = keys(tmp_path, "jwt.key", "MCMA_JWT_SECRET", GOOD, [GOOD[::-1]])
    assert both.current == GOOD.encode()
    assert both.previous == (GOOD[::-1].encode(), kept.current)
    assert GOOD not in repr(both)
    with pytest.raises(ConfigError, match="MCMA_JWT_SECRET_PREVIOUS"):
        keys(tmp_path, "jwt.key", "MCMA_JWT_SECRET", None, ["short"])


def test_a_secret_file_of_a_person_may_have_any_mode(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{GOOD}\r\n")
    path.chmod(0o444)
    assert read_secret_file(path, "MCMA_X_FILE") == GOOD
    with pytest.raises(ConfigError, match=r"MCMA_X_FILE.*No such file"):
        read_secret_file(tmp_path / "none", "MCMA_X_FILE")
    path.chmod(0o644)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_secret_file(path, "MCMA_X_FILE")
