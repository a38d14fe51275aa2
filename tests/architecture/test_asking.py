"""One module asks other servers: `mcma_plugins.fetching`, which judges where they are."""

import ast

import pytest

from tests.architecture.test_programs import sources
from tests.architecture.test_tree import ROOT

ALLOWED = {
    "plugins/src/mcma_plugins/_guarded.py": "its line",
    "plugins/src/mcma_plugins/fetching.py": "it is the one",
    "plugins/src/mcma_plugins/_answers.py": "reads its answers",
    "plugins/src/mcma_plugins/_arriving.py": "reads its answers",
    "plugins/src/mcma_plugins/_parts.py": "reads its answers",
    "core/src/mcma/cli/commands/health.py": "asks the server of its own data folder",
    "mcma_youtube/src/mcma_youtube/session.py": "that of ytmusicapi, which speaks requests",
}
"""Who may, with the reason. The client (`mcma_client`) knows no contract, and asks the server it is told."""

MODULES = {
    "httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib.request", "urllib3", "aiohttp",
    "http.client", "ftplib", "smtplib", "xmlrpc",
}  # fmt: skip


def asks(source: str) -> list[str]:
    """What in a module could ask another server."""
    named: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            named += [module, *(f"{module}.{one.name}" for one in node.names)]
    return [one for one in named if any(one == module or one.startswith(f"{module}.") for module in MODULES)]


def test_nobody_else_asks_other_servers() -> None:
    found = {
        str(path.relative_to(ROOT)): what
        for path in sources()
        if "mcma_client" not in path.parts and (what := asks(path.read_text()))
    }
    assert found.keys() == ALLOWED.keys(), found


@pytest.mark.parametrize("code", [
    "import httpx2", "import httpx2 as httpx", "from urllib import request", "import urllib.request",
    "from requests.adapters import HTTPAdapter", "def f():\n    from http.client import HTTPConnection",
])  # fmt: skip
def test_the_test_would_see_it(code: str) -> None:
    assert asks(code)
    assert not asks("from urllib.parse import quote\nimport http\nfrom http import HTTPStatus")
