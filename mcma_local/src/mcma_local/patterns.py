"""One line of gitignore syntax, as git's manual has it (gitignore, PATTERN FORMAT).

pathspec judges whole paths, so that `*`, `!*/`, `!*.flac` (keep one kind) hides all folders in a walk that
asks about each folder before it enters. git asks the same way, and so do these.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<star>\*+)|(?P<one>\?)|(?P<set>\[[!^]?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])|\\?(?P<char>.)"
)
_MEMBER = re.compile(r"\[:(?P<posix>\w+):\]|(?P<dash>-)|\\?(?P<char>.)", re.DOTALL)
_POSIX = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "xdigit": "0-9a-fA-F",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
}


class Pattern(NamedTuple):
    regex: re.Pattern[str]
    hides: bool
    """False: it takes back what an earlier line hid."""
    folders_only: bool
    name_only: bool
    """Without a slash inside it speaks about names at any depth, else about paths."""

    def means(self, path: str, folder: bool) -> bool:
        if self.folders_only and not folder:
            return False
        return self.regex.fullmatch(path.rpartition("/")[2] if self.name_only else path) is not None


def parse(line: str) -> Pattern | None:
    """None for blank lines and comments; ValueError for what can never mean anything."""
    line = re.sub(r"(?<!\\) +$", "", line)
    if not line.strip("/") or line.startswith("#"):
        return None
    hides = not line.startswith("!")
    glob = line if hides else line[1:]
    inner = glob.removesuffix("/")
    try:
        regex = re.compile(_path(inner.removeprefix("/")), re.DOTALL)
    except re.error as error:
        raise ValueError(str(error)) from None
    return Pattern(regex, hides, glob.endswith("/"), "/" not in inner)


def _path(glob: str) -> str:
    *folders, last = glob.split("/")
    if not last or (last.endswith("\\") and not last.endswith("\\\\")):
        raise ValueError("nothing at its end")
    before = "".join("(?:.+/)?" if one == "**" else _segment(one) + "/" for one in folders)
    return before + (".+" if last == "**" and folders else _segment(last))


def _segment(glob: str) -> str:
    """Atomic between stars: the first place where a part fits will do, so that nothing is tried twice."""
    first, *parts = _between_stars(glob)
    if not parts:
        return first
    return first + "".join(f"(?>[^/]*?{part})" for part in parts[:-1]) + "[^/]*" + parts[-1]


def _between_stars(glob: str) -> list[str]:
    parts = [""]
    for token in _TOKEN.finditer(glob):
        if token["star"]:
            parts.append("")
        elif token["one"]:
            parts[-1] += "[^/]"
        elif token["set"]:
            parts[-1] += _set(token["set"][1:-1])
        elif token[0] == "[":
            raise ValueError("a bracket is not closed")
        else:
            parts[-1] += re.escape(token["char"])
    return parts


def _set(content: str) -> str:
    negated = content[0] in "!^"
    members = "".join(_members(content[negated:]))
    return f"(?!/)[{'^' if negated else ''}{members}]"


def _members(content: str) -> Iterator[str]:
    for member in _MEMBER.finditer(content):
        if member["posix"]:
            if member["posix"] not in _POSIX:
                raise ValueError("no such class of characters")
            yield _POSIX[member["posix"]]
        else:
            yield "-" if member["dash"] else _literal(member["char"])


def _literal(char: str) -> str:
    return "\\" + char if char in r"\[]^-&~|" else char
