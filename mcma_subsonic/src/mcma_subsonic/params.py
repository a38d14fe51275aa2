"""Parameters of one call, from the query and the form together, with typed getters.

Every getter raises `SubsonicError`: 10 when something required is missing, 70 for ids that cannot exist, 0
with a sentence for the rest. No input whatsoever may raise anything else.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from mcma_plugins.values import ItemKind, ItemRef
from mcma_subsonic import ids
from mcma_subsonic.errors import invalid, missing, not_found

MAX_FIELDS = 50_000
MAX_TEXT = 4096
MAX_INTEGER = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_MILLIS = 253_402_300_799_999  # the end of the year 9999, where datetime ends
_SECONDS_BELOW = 10**11
_ANY = 10**19
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{0,9})?", re.ASCII)
_FLAGS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}

Item = tuple[str, str]


def parse_urlencoded(data: bytes) -> list[Item]:
    """Undecodable bytes become lone surrogates here; `text` refuses them where they matter."""
    try:
        return parse_qsl(
            data.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="surrogateescape",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise invalid(f"More than {MAX_FIELDS} parameters.") from None


class Params:
    """All values by name, in the order they were sent."""

    __slots__ = ("_values",)

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        self.add(items)

    def add(self, items: Iterable[Item]) -> None:
        for name, value in items:
            self._values.setdefault(name, []).append(value)

    def has(self, name: str) -> bool:
        return name in self._values

    def raw(self, name: str, default: str = "") -> str:
        """The first value, unchecked: only for what is compared, never stored or searched."""
        return self._values.get(name, (default,))[0]

    # Text -------------------------------------------------------------------------------------------

    def texts(self, name: str) -> list[str]:
        return [_checked(name, value) for value in self._values.get(name, ())]

    def maybe(self, name: str) -> str | None:
        return _checked(name, self._values[name][0]) if name in self._values else None

    def text(self, name: str) -> str:
        """Required and not empty."""
        found = self.maybe(name)
        if not found:
            raise missing(name)
        return found

    # Numbers ----------------------------------------------------------------------------------------

    def maybe_integer(self, name: str, low: int = -MAX_INTEGER, high: int = MAX_INTEGER) -> int | None:
        value = self.maybe(name)
        return None if value is None or value == "" else _bounded(name, value, low, high)

    def integer(self, name: str, low: int = -MAX_INTEGER, high: int = MAX_INTEGER) -> int:
        return _bounded(name, self.text(name), low, high)

    def integers(self, name: str, low: int = -MAX_INTEGER, high: int = MAX_INTEGER) -> list[int]:
        return [_bounded(name, value, low, high) for value in self.texts(name)]

    def decimal(self, name: str, default: float) -> float:
        value = self.maybe(name)
        if value is None or value == "":
            return default
        if not _DECIMAL.fullmatch(value):
            raise invalid(f"Parameter '{name}' must be a number.")
        return float(value)

    def clamped(self, name: str, default: int, low: int, high: int) -> int:
        """For sizes of pages: clients ask for more than they may have and expect to get less."""
        found = self.maybe_integer(name, -_ANY, _ANY)
        return default if found is None else min(max(found, low), high)

    def flag(self, name: str, default: bool) -> bool:
        value = self.maybe(name)
        if value is None or value == "":
            return default
        if (known := _FLAGS.get(value.lower())) is None:
            raise invalid(f"Parameter '{name}' must be true or false.")
        return known

    def maybe_flag(self, name: str) -> bool | None:
        return self.flag(name, False) if self.maybe(name) else None

    def millis(self, name: str, *, or_seconds: bool = False) -> list[datetime]:
        """Milliseconds since 1970, as `time` of scrobble sends them. `or_seconds`: what would be before the
        spring of 1973 are seconds."""
        values = self.integers(name, 0, _MAX_MILLIS)
        if or_seconds:
            values = [value if value >= _SECONDS_BELOW else value * 1000 for value in values]
        return [_EPOCH + timedelta(milliseconds=value) for value in values]

    # Ids --------------------------------------------------------------------------------------------

    def item(self, name: str, *kinds: ItemKind) -> ItemRef:
        """One item. Of any kind when none is named."""
        return _item(self.text(name), kinds)

    def items(self, name: str, *kinds: ItemKind) -> list[ItemRef]:
        return [_item(value, kinds) for value in self.texts(name)]

    def known_items(self, name: str, *kinds: ItemKind) -> list[ItemRef]:
        """Those that can exist. In a batch the others are skipped, as other servers do."""
        found = (ids.parse(value) for value in self.texts(name))
        return [item for item in found if item is not None and (not kinds or item.kind in kinds)]

    def libraries(self) -> list[int] | None:
        """`musicFolderId`, each once; None for all: absent, empty, or 0 among them."""
        values = set(self.texts("musicFolderId")) - {""}
        if not all(_INTEGER.fullmatch(value) for value in values):
            raise not_found("The music folder")
        numbers = sorted({int(value) for value in values})
        return None if not numbers or 0 in numbers else numbers


def _checked(name: str, value: str) -> str:
    if len(value) > MAX_TEXT:
        raise invalid(f"Parameter '{name[:64]}' is longer than {MAX_TEXT} characters.")
    if "\0" in value:
        raise invalid(f"Parameter '{name}' contains a NUL character.")
    if not value.isascii() and not _is_unicode(value):
        raise invalid(f"Parameter '{name}' is not valid UTF-8.")
    return value


def _is_unicode(value: str) -> bool:
    """False with lone surrogates, which no database and no client could take."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _bounded(name: str, value: str, low: int, high: int) -> int:
    if not _INTEGER.fullmatch(value):
        raise invalid(f"Parameter '{name}' must be a whole number.")
    number = int(value)
    if not low <= number <= high:
        raise invalid(f"Parameter '{name}' must be between {low} and {high}.")
    return number


def _item(value: str, kinds: tuple[ItemKind, ...]) -> ItemRef:
    found = ids.parse(value)
    if found is None or (kinds and found.kind not in kinds):
        raise not_found(f"The {kinds[0].value if kinds else 'item'}")
    return found
