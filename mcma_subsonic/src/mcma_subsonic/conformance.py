"""The tables of docs/opensubsonic.md, made of what is registered: `python -m mcma_subsonic.conformance PAGE`.

The page is written by hand around them. A table stands between `<!-- name -->` and `<!-- end -->`.
"""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from mcma_subsonic.clients import PROFILES
from mcma_subsonic.endpoints import ENDPOINTS
from mcma_subsonic.errors import Code
from mcma_subsonic.system import EXTENSIONS

_MARKED = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def endpoints() -> str:
    named = sorted(ENDPOINTS.values(), key=lambda each: each.name.casefold())
    return _table(
        ("Endpoint", "Since", "State", "Notes"),
        ((f"`{each.name}`", each.since, each.state, each.notes) for each in named),
    )


def extensions() -> str:
    rows = ((f"`{each.name}`", ", ".join(map(str, each.versions)), each.notes) for each in EXTENSIONS)
    return _table(("Extension", "Versions", "What it brings here"), rows)


def clients() -> str:
    rows = ((f"`{name}`", each.reason, _links(each.sources)) for name, each in PROFILES.items())
    return _table(("`c`", "Why", "Known from"), rows)


def _links(addresses: Iterable[str]) -> str:
    return ", ".join(f"[{place}]({address})" for place, address in enumerate(addresses, 1))


def codes() -> str:
    return _table(("Code", "Here it means"), ((str(code.value), code.meaning) for code in Code))


TABLES: dict[str, Callable[[], str]] = {
    "clients": clients,
    "codes": codes,
    "endpoints": endpoints,
    "extensions": extensions,
}


def filled(page: str) -> str:
    """The page with every table as it is now. Raises `KeyError` for a name that is no table."""
    return _MARKED.sub(lambda found: found[1] + TABLES[found[2]]() + found[3], page)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(_cell(text) for text in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> None:
    page = Path(arguments[0])
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
