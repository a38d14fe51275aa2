"""The shape of the repository: what the docs promise about it, and what must never be committed."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MEMBERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]["members"]
LONGEST_FILE = 400
"""Lines; a longer module holds more than one idea."""
ONE_IDEA = {
    "core/src/mcma/store/tables/catalogue.py": "a list of tables that point at each other",
    "plugins/src/mcma_plugins/values.py": "a list of values, some made of others",
    "tests/core/api/test_sendfile.py": "one protocol, case by case",
    "tests/plugins/test_web.py": "one function, case by case",
}
"""Longer ones, with the reason."""


def tracked() -> list[Path]:
    """Files of the repository, or of the folder when it is no checkout."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert listed.returncode == 0, listed.stderr
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


@pytest.mark.parametrize("member", MEMBERS)
def test_every_member_has_the_same_shape(member: str) -> None:
    project = tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]
    package = "mcma" if member == "core" else "mcma_plugins" if member == "plugins" else member
    assert project["name"] == package.replace("_", "-")
    assert project["license"] == ("MIT" if member in ("plugins", "mcma_client") else "GPL-3.0-or-later")
    assert (ROOT / member / "README.md").read_text().startswith("# ")
    assert (ROOT / member / "src" / package / "__init__.py").exists()
    assert (ROOT / member / "src" / package / "py.typed").exists(), "typed for those who build on it"


def test_no_module_holds_more_than_one_idea() -> None:
    sources = [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long.keys() == ONE_IDEA.keys(), long


def test_the_pinned_requirements_carry_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.txt").read_text()
    pins = re.findall(r"^[a-z0-9][a-z0-9._-]*==", text, re.MULTILINE)
    assert len(pins) > 50
    assert len(re.findall(r"--hash=sha256:", text)) >= len(pins)
    assert "://" not in text
    assert "--index" not in text
    assert "uv.lock" not in {path.name for path in tracked()}


def test_every_ignored_warning_says_which() -> None:
    """`type: ignore` and `noqa` name what they silence."""
    bare = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:))")
    offenders = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in tracked()
        if path.suffix == ".py" and path != Path(__file__)
        for line in path.read_text().splitlines()
        if bare.search(line)
    ]
    assert offenders == []


def test_docs_name_modules_that_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text))
    bases = [ROOT, ROOT / "core/src/mcma", ROOT / "mcma_subsonic/src", ROOT / "plugins/src"]
    assert named
    assert [name for name in sorted(named) if not any((base / name).exists() for base in bases)] == []
