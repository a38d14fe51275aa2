"""One module starts programs: `mcma_plugins.process`. Everything else asks it."""

import ast
from pathlib import Path

import pytest

from tests.architecture.test_tree import ROOT, tracked

ALLOWED = {
    "plugins/src/mcma_plugins/process.py": "it is the one",
    "plugins/src/mcma_plugins/_launch.py": "the one's other half",
    "core/src/mcma/services/indexing/readers.py": "our own interpreter, which leaves with its parent",
    "core/src/mcma/services/indexing/reading.py": "what such a process asks: whether its parent lives",
    "mcma_client/src/mcma_client/player.py": "the client knows no contract; a player that a person asked for",
    "mcma_client/src/mcma_client/conformance/drivers.py": "the client under test, as its author typed it",
    "core/src/mcma/serving/processes.py": "our own interpreter, which leaves with its parent",
}
"""Who may, with the reason."""

MODULES = {"subprocess", "multiprocessing", "pty"}
NAMES = {
    "create_subprocess_exec", "create_subprocess_shell", "subprocess_exec", "subprocess_shell",
    "ProcessPoolExecutor", "Popen", "system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp",
    "execl", "execle", "execlp", "execlpe", "execv", "execve", "execvp", "execvpe",
    "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe",
}  # fmt: skip
WIDE = {"os", "posix", "asyncio", "concurrent.futures", "concurrent.futures.process"}
OWNERS = {"os", "asyncio", "loop", "subprocess", "posix"}


def starts(source: str) -> list[str]:
    """What in a module could start a program."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names if one.name in MODULES]
        elif isinstance(node, ast.ImportFrom):
            found += [str(node.module)] if node.module in MODULES else []
            found += [one.name for one in node.names if node.module in WIDE and one.name in NAMES]
        elif isinstance(node, ast.Attribute) and node.attr in NAMES and _owner(node) in OWNERS:
            found.append(node.attr)
    return found


def _owner(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""


def sources() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and "src" in path.relative_to(ROOT).parts]


def test_nobody_else_starts_programs() -> None:
    found = {str(path.relative_to(ROOT)): what for path in sources() if (what := starts(path.read_text()))}
    assert found.keys() == ALLOWED.keys(), found


@pytest.mark.parametrize(
    "code",
    ["import subprocess", "from subprocess import run", "import os\nos.system('x')", "import os\nos.fork()",
     "import asyncio\nasyncio.create_subprocess_exec('x')", "from os import execv"],
)  # fmt: skip
def test_the_test_would_see_it(code: str) -> None:
    assert starts(code)
