"""Options of pytest, and what they mean. Secrets come by the environment or from files, never as arguments.

Every run of pytest in an environment with `mcma-client` loads this; nothing else happens there.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


OPTIONS = {
    "url": ("URL", "the server to be tested, as http://127.0.0.1:6262"),
    "user": ("NAME", "its account: MCMA_CONFORMANCE_PASSWORD, or an access token MCMA_CONFORMANCE_TOKEN"),
    "password-file": ("FILE", "instead of MCMA_CONFORMANCE_PASSWORD"),
    "token-file": ("FILE", "instead of MCMA_CONFORMANCE_TOKEN"),
    "second-user": ("NAME", "another one: MCMA_CONFORMANCE_SECOND_PASSWORD or MCMA_CONFORMANCE_SECOND_TOKEN"),
    "client-command": ("COMMAND", "the client to be tested, instead of mcma-client"),
    "server-command": ("COMMAND", "does at the server what the protocol cannot"),
    "scenarios": ("FOLDER", "scenarios of your own, instead of those here"),
}
FLAGS = {
    "leave-plays": "plays may be recorded: they cannot be taken back",
    "as-admin": "the account is an administrator's, and may hide a library from the second one for a moment",
}


def pytest_addoption(parser: "pytest.Parser") -> None:
    group = parser.getgroup("mcma", "the sync protocol of mcma: pytest --pyargs mcma_client.conformance")
    for name, (what, said) in OPTIONS.items():
        group.addoption(f"--mcma-{name}", metavar=what, help=said)
    for name, said in FLAGS.items():
        group.addoption(f"--mcma-{name}", action="store_true", help=said)
