"""What a terminal may be sent."""

import os
import re

_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def no_colour() -> bool:
    """https://no-color.org"""
    return bool(os.environ.get("NO_COLOR"))


def printable(text: str) -> str:
    """Names come from files and users: none of them may move the cursor or break the output."""
    return _HIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
