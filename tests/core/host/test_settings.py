"""Where a plugin's settings come from, and what is said about them."""

from pathlib import Path

import pytest
from pydantic import AliasChoices, Field, SecretStr, model_validator

from mcma.host import Environment, SettingRow, describe
from mcma.host.environment import MASK
from mcma.host.settings import read_settings
from mcma.host.states import PluginState, Refused
from mcma_plugins import PluginSettings

P = "MCMA_PLUGIN_DEMO_"


class Demo(PluginSettings):
    path: Path = Field(default=Path("music"), description="Where.")
    roots: list[str] = Field(default=[], description="Several.")
    token: SecretStr | None = Field(default=None, description="A key.")
    keys: list[SecretStr] = Field(default=[], description="Keys.")
    old: str = Field(default="", validation_alias=AliasChoices("OLD_NAME"), description="Renamed once.")


class Strict(PluginSettings):
    token: SecretStr
    count: int = 1

    @model_validator(mode="after")
    def _tells(self) -> "Strict":
        raise ValueError(f"cannot use {self.token.get_secret_value()!r}")


def read(**environ: str) -> Demo:
    settings, _ = read_settings("demo", Demo, Environment(environ=environ))
    assert isinstance(settings, Demo)
    return settings


def test_defaults_and_no_variable_of_somebody_else() -> None:
    assert read(PATH="/usr/bin", TOKEN="x", MCMA_PLUGIN_OTHER_PATH="/y") == Demo()


def test_values_lists_and_secrets() -> None:
    settings = read(
        **{f"{P}PATH": "/srv", f"{P}ROOTS": '["/a", "/b"]', f"{P}TOKEN": "t", f"{P}KEYS": '["k1", "k2"]'}
    )
    assert (settings.path, settings.roots) == (Path("/srv"), ["/a", "/b"])
    assert settings.token is not None
    assert settings.token.get_secret_value() == "t"
    assert [one.get_secret_value() for one in settings.keys] == ["k1", "k2"]


@pytest.mark.parametrize(
    ("environ", "value"),
    [
        ({"OLD_NAME": "alias"}, "alias"),
        ({f"{P}OLD": "own"}, "own"),
        ({f"{P}OLD": "own", "OLD_NAME": "alias"}, "own"),
    ],
)
def test_an_alias_is_one_more_name(environ: dict[str, str], value: str) -> None:
    assert read(**environ).old == value


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from the file\n")
    settings = read(**{f"{P}TOKEN_FILE": str(tmp_path / "token")})
    assert settings.token is not None
    assert settings.token.get_secret_value() == "from the file"


def test_dotenv_is_weaker_than_the_environment(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{P}PATH=/dotenv\n{P}TOKEN=t\nUNRELATED=1\n")
    environment = Environment.read(tmp_path / ".env")
    both = Environment(environ={f"{P}PATH": "/environ"}, dotenv=environment.dotenv)
    settings, _ = read_settings("demo", Demo, both)
    assert isinstance(settings, Demo)
    assert settings.path == Path("/environ")
    assert settings.token is not None


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({f"{P}TOKEN": "t", f"{P}TOKEN_FILE": "/x"}, f"both {P}TOKEN and {P}TOKEN_FILE are set"),
        ({f"{P}TOKEN_FILE": "/no/such"}, f"{P}TOKEN_FILE: /no/such: No such file or directory"),
        ({f"{P}TOKEN_FILE": "/"}, f"{P}TOKEN_FILE: /: Is a directory"),
    ],
)
def test_files_that_cannot_be_used(environ: dict[str, str], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        read(**environ)
    assert (refused.value.state, refused.value.reason) == (PluginState.BAD_CONFIG, reason)


@pytest.mark.parametrize(
    ("environ", "parts"),
    [
        ({}, [f"{P}TOKEN: Field required"]),
        ({f"{P}TOKEN": "sesame", f"{P}COUNT": "many"}, [f"{P}COUNT: Input should be a valid integer"]),
        ({f"{P}TOKEN": "sesame"}, ["settings: ", "cannot use", MASK]),
    ],
)
def test_a_refusal_names_the_variable_and_no_secret(environ: dict[str, str], parts: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        read_settings("demo", Strict, Environment(environ=environ))
    for part in parts:
        assert part in refused.value.reason
    assert "sesame" not in refused.value.reason
    assert refused.value.__cause__ is refused.value.__context__ is None


def test_json_that_cannot_be_read_is_named_without_its_value() -> None:
    with pytest.raises(Refused) as refused:
        read(**{f"{P}KEYS": "[sesame"})
    assert "keys" in refused.value.reason
    assert "sesame" not in refused.value.reason


def test_describe_says_where_each_value_is_from(tmp_path: Path) -> None:
    environment = Environment(
        environ={f"{P}TOKEN": "sesame", f"{P}KEYS_FILE": "/run/keys"}, dotenv={"OLD_NAME": "x"}
    )
    rows = {row.env: row for row in describe("demo", Demo, environment)}
    assert rows == {
        f"{P}PATH": SettingRow(f"{P}PATH", None, "music", "Where.", False, False, "default"),
        f"{P}ROOTS": SettingRow(f"{P}ROOTS", None, "[]", "Several.", False, False, "default"),
        f"{P}TOKEN": SettingRow(f"{P}TOKEN", MASK, None, "A key.", True, False, "environment"),
        f"{P}KEYS_FILE": SettingRow(f"{P}KEYS_FILE", MASK, MASK, "Keys.", True, False, "file"),
        "OLD_NAME": SettingRow("OLD_NAME", "x", "", "Renamed once.", False, False, ".env"),
    }


def test_describe_marks_what_is_missing() -> None:
    row = describe("demo", Strict, Environment(environ={}))[0]
    assert (row.required, row.origin, row.default) == (True, "missing", None)
