"""The server's settings: where they come from, what is refused, and that all of them are documented."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from mcma._setting_files import is_secret, variables
from mcma.host.environment import names_of
from mcma.secrets import ConfigError
from mcma.setting_origins import MASK, origins
from mcma.settings import PREFIX, Settings, default_data_dir, load_settings
from mcma_plugins import PluginSettings

ROOT = Path(__file__).parents[3]
KEY = "Xq7-longer-than-thirty-two-bytes-and-varied"
SECRETS = [name for name, info in Settings.model_fields.items() if is_secret(info.annotation)]
VALID = {"database_url": "postgresql+asyncpg://jo:hunter2@db/mcma", "redis_url": "redis://:hunter2@cache/0"}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variables of this machine, and a working folder without a `.env`."""
    for info in Settings.model_fields.items():
        for name in variables(PREFIX, *info):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(f"{name}_FILE", raising=False)
    monkeypatch.chdir(tmp_path)


def origin_of(settings: Settings, name: str) -> tuple[str, str | None, str]:
    row = next(row for row in origins(settings) if row.name == name)
    return row.env, row.value, row.origin


def test_a_household_needs_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    settings = load_settings()
    assert (settings.listen_on, settings.port, settings.lan) == ("127.0.0.1", 6262, False)
    assert settings.data_dir == Path("/xdg/mcma")
    assert settings.database == "sqlite+aiosqlite:////xdg/mcma/mcma.db"
    assert (settings.access_token_minutes, settings.refresh_token_days) == (15, 30)
    assert settings.trusted_proxies == settings.cors_origins == ()
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    assert default_data_dir() == Path.home() / ".local" / "share" / "mcma"


@pytest.mark.parametrize(
    ("platform", "end"), [("darwin", "Library/Application Support/mcma"), ("win32", "AppData/Local/mcma")]
)
def test_other_platforms_keep_data_elsewhere(
    monkeypatch: pytest.MonkeyPatch, platform: str, end: str
) -> None:
    monkeypatch.setattr("mcma.settings.sys.platform", platform)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert default_data_dir() == Path.home() / end


def test_every_setting_says_what_it_is_for() -> None:
    for name, info in Settings.model_fields.items():
        assert (info.description or "").endswith((".", "org", "/music")), name
        assert info.default is not PydanticUndefined or info.default_factory, name


def test_a_command_wins_over_the_environment_over_dotenv(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("MCMA_PORT=1\nMCMA_HOST=192.0.2.7\nOTHER=x\nMCMA_PLUGIN_X_Y=z\n")
    assert origin_of(load_settings(), "port") == ("MCMA_PORT", "1", ".env")
    monkeypatch.setenv("MCMA_PORT", "2")
    assert origin_of(load_settings(), "port") == ("MCMA_PORT", "2", "env")
    assert load_settings(port=3).port == 3
    assert load_settings().host == "192.0.2.7"
    assert origin_of(load_settings(), "lan") == ("MCMA_LAN", "False", "default")
    assert origin_of(load_settings(lan=True), "lan") == ("MCMA_LAN", "True", "given")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MCMA_PORT", "MCMA_DATABASE_URL", "MCMA_JWT_SECRET", "MCMA_JWT_SECRET_FILE"):
        monkeypatch.setenv(name, "")
    settings = load_settings()
    assert (settings.port, settings.database_url, settings.jwt_secret) == (6262, None, None)
    assert origin_of(settings, "port")[2] == "default"


@pytest.mark.parametrize("field", SECRETS)
@pytest.mark.parametrize("where", ["env", ".env"])
def test_every_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, field: str, where: str) -> None:
    value = VALID.get(field, KEY)
    if field == "redis_url":
        monkeypatch.setenv("MCMA_DATABASE_URL", VALID["database_url"])
    env = variables(PREFIX, field, Settings.model_fields[field])[-1]
    Path("secret").write_text(value + "\n")
    if where == "env":
        monkeypatch.setenv(f"{env}_FILE", "secret")
    else:
        Path(".env").write_text(f"{env}_FILE=secret\n")
    settings = load_settings()
    found = getattr(settings, field)
    found = found[0] if isinstance(found, tuple) else found
    assert found.get_secret_value() == value
    assert origin_of(settings, field)[::2] == (f"{env}_FILE", "file")


@pytest.mark.parametrize("field", SECRETS)
def test_a_secret_given_twice_is_an_error_that_names_both(
    monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    env = variables(PREFIX, field, Settings.model_fields[field])[0]
    Path("secret").write_text("the-one")
    monkeypatch.setenv(f"{env}_FILE", "secret")
    monkeypatch.setenv(env, "the-other")
    with pytest.raises(ConfigError, match=f"Both {env} and {env}_FILE are set") as refusal:
        load_settings()
    assert "the-o" not in str(refusal.value)


def test_a_secret_file_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCMA_JWT_SECRET_FILE", "/nowhere/at/all")
    with pytest.raises(ConfigError, match=r"MCMA_JWT_SECRET_FILE.*/nowhere/at/all"):
        load_settings()


def test_the_subsonic_key_has_two_names_and_ours_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBSONIC_SECRET_KEY", "plain" + KEY)
    assert origin_of(load_settings(), "subsonic_secret_key") == ("SUBSONIC_SECRET_KEY", MASK, "env")
    monkeypatch.setenv("MCMA_SUBSONIC_SECRET_KEY", KEY)
    found = load_settings().subsonic_secret_key
    assert found is not None
    assert found.get_secret_value() == KEY


@pytest.mark.parametrize(
    ("env", "value"),
    [
        ("MCMA_PORT", "70000"), ("MCMA_PORT", "http"), ("MCMA_LOG_LEVEL", "loud"), ("MCMA_LOG_FORMAT", "xml"),
        ("MCMA_DATABASE_URL", "mysql://jo:hunter2@db/mcma"), ("MCMA_REDIS_URL", "http://:hunter2@cache"),
        ("MCMA_PUBLIC_URL", "ftp://x"), ("MCMA_PUBLIC_URL", "music.example.org"), ("MCMA_BASE_PATH", "/a b"),
        ("MCMA_TRUSTED_PROXIES", "10.0.0.0/33"), ("MCMA_CORS_ORIGINS", "https://x/y"),
        ("MCMA_ACCESS_TOKEN_MINUTES", "0"), ("MCMA_JOB_SLOTS", "0"), ("MCMA_MAX_BODY_BYTES", "-1"),
        ("MCMA_ML_URL", "file:///etc/passwd"), ("MCMA_LAN", "maybe"), ("MCMA_ENRICH_RULES", "title=add"),
        ("MCMA_ENRICH_ORDER", "a a"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_no_secret_shown(
    monkeypatch: pytest.MonkeyPatch, env: str, value: str
) -> None:
    monkeypatch.setenv(env, value)
    with pytest.raises(ConfigError, match=env) as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


def test_workers_need_a_shared_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCMA_REDIS_URL", VALID["redis_url"])
    with pytest.raises(ConfigError, match="MCMA_REDIS_URL needs MCMA_DATABASE_URL") as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


def test_values_are_made_uniform(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MCMA_TRUSTED_PROXIES": "172.17.0.0/16, 10.0.0.1 ::1",
        "MCMA_PLUGINS_DISABLED": "youtube,musicbrainz",
        "MCMA_CORS_ORIGINS": "https://a.example https://b.example:8443",
        "MCMA_BASE_PATH": "music/",
        "MCMA_PUBLIC_URL": "https://music.example.org/",
        "MCMA_LOG_LEVEL": "DEBUG",
        "MCMA_DATA_DIR": "~/music/../data",
        "MCMA_LAN": "1",
        "MCMA_JWT_SECRET_PREVIOUS": f"{KEY} second",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.trusted_proxies == ("172.17.0.0/16", "10.0.0.1/32", "::1/128")
    assert settings.plugins_disabled == ("youtube", "musicbrainz")
    assert settings.cors_origins == ("https://a.example", "https://b.example:8443")
    assert (settings.base_path, settings.public_url) == ("/music", "https://music.example.org")
    assert (settings.log_level, settings.listen_on) == ("debug", "0.0.0.0")
    assert settings.data_dir == Path.home() / "data"
    assert [one.get_secret_value() for one in settings.jwt_secret_previous] == [KEY, "second"]


def test_no_secret_is_ever_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in SECRETS:
        env = variables(PREFIX, field, Settings.model_fields[field])[0]
        monkeypatch.setenv(env, VALID.get(field, KEY))
    settings = load_settings()
    shown = repr(settings) + str(settings) + settings.model_dump_json() + repr(origins(settings))
    assert "hunter2" not in shown
    assert KEY not in shown
    assert origin_of(settings, "database_url")[1] == "postgresql+asyncpg://jo:***@db/mcma"
    monkeypatch.setenv("MCMA_DATABASE_URL", "postgresql+asyncpg://db/mcma?password=hunter2")
    assert "hunter2" not in repr(origins(load_settings()))


def test_secrets_nobody_gave_are_said_to_be_generated() -> None:
    settings = load_settings()
    for name in ("jwt_secret", "subsonic_secret_key"):
        assert origin_of(settings, name)[1:] == (MASK, "generated")
    assert origin_of(settings, "database_url")[1:] == ("", "default")


def of_core() -> Iterator[str]:
    for name, info in Settings.model_fields.items():
        for one in variables(PREFIX, name, info):
            yield one
            if is_secret(info.annotation):
                yield f"{one}_FILE"


def of_plugins() -> Iterator[str]:
    for path in ROOT.glob("mcma_*/src/mcma_*/settings.py"):
        package = path.parent.name
        for model in vars(importlib.import_module(f"{package}.settings")).values():
            if isinstance(model, type) and issubclass(model, PluginSettings) and model is not PluginSettings:
                yield from _of_plugin(package.removeprefix("mcma_"), model)


def _of_plugin(plugin: str, model: type[PluginSettings]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        for one in names_of(plugin, name, info):
            yield one
            if is_secret(info.annotation):
                yield f"{one}_FILE"


def test_the_example_names_every_variable_and_no_other() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = [found[1] for line in lines if (found := re.match(r"(?:# )?([A-Z][A-Z0-9_]*)=", line))]
    assert len(named) == len(set(named))
    assert set(named) == {*of_core(), *of_plugins()}


def test_the_example_as_it_is_sets_nothing() -> None:
    assert all(not line or line.startswith("#") for line in (ROOT / ".env.example").read_text().splitlines())
