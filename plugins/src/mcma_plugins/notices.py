"""What a plugin that runs says about itself to whoever looks after the server."""

from typing import NamedTuple


class Notice(NamedTuple):
    """Something that it does not do at the moment, and why. Texts for people, without secrets."""

    code: str
    """Stable: `no_search`."""
    reason: str
    hint: str | None = None
    """The setting or command that would change it."""
    by_choice: bool = False
    """Its settings say so: nothing is wrong."""
