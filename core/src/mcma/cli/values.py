"""Types of options that several commands have."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from cyclopts import Parameter

OnEvent = Callable[[Mapping[str, Any]], None]
Flag = Annotated[bool, Parameter(negative="")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
FromStdin = Annotated[
    bool,
    Parameter(negative="", help="Read the password from the first line of stdin instead of asking for it."),
]


def failed_with(job: Mapping[str, Any]) -> str:
    """A job's error without the name of a Python class."""
    return re.sub(r"^\w+: ", "", job.get("error") or str(job["state"]))
