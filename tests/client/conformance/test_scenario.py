"""Scenarios as files: what may stand in them, and that those that are shipped say what they prove."""

import re
from pathlib import Path

import pytest

from mcma_client.conformance.errors import BadScenario
from mcma_client.conformance.scenario import Scenario, scenarios

ROOT = Path(__file__).parents[3]
HEADINGS = set(re.findall(r"^#+ (.+)$", (ROOT / "docs" / "sync.md").read_text(), re.MULTILINE))
SHIPPED = list(scenarios())
STEP = '\n[[steps]]\nask = "GET /sync/capabilities"\n'


@pytest.mark.parametrize("scenario", SHIPPED, ids=[one.name for one in SHIPPED])
def test_each_proves_a_section_of_the_page(scenario: Scenario) -> None:
    assert scenario.proves in HEADINGS
    assert scenario.title
    assert scenario.driven == scenario.name.startswith("device-")


def test_titles_tell_them_apart() -> None:
    assert len({one.title for one in SHIPPED}) == len(SHIPPED) > 40


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('title = "x"\nproves = "y"\n', "steps"),
        ('title = "x"\nproves = "y"\nstep = 1\n' + STEP, "unknown: step"),
        ('title = "x"\nproves = "y"\nneeds = { trucks = 1 }\n' + STEP, "trucks"),
        ('title = "x"\nproves = "y"\n[[steps]]\nsay = "hello"\n', "step 1 is none of"),
        ('title = "x\n', "line 1"),
    ],
)
def test_a_mistake_names_the_file_and_what_is_wrong(written: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(written)
    with pytest.raises(BadScenario, match="mine.toml.*" + said):
        list(scenarios(tmp_path))
