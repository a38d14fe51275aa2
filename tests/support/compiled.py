"""Statements are made into SQL once for all databases of one kind, not anew in each test's: that is a seventh
of a test's processor time. What differs from one database to another is in no statement.
"""

from collections.abc import Hashable, MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy.engine import Dialect, Engine

_kept: dict[Hashable, Any] = {}
"""Without a limit: there are some thousand statements in all."""


class _OfKind(MutableMapping[Any, Any]):
    """What an engine keeps under (its own dialect, statement, ...), under the kind of its dialect instead."""

    def __init__(self, dialect: Dialect) -> None:
        self._kind = (
            type(dialect),
            *(getattr(dialect, f"_json_{way}", None) for way in ("serializer", "deserializer")),
        )

    def _key(self, key: Any) -> Hashable:
        _dialect, *statement = key
        return (self._kind, *statement)

    def __getitem__(self, key: Any) -> Any:
        return _kept[self._key(key)]

    def __setitem__(self, key: Any, made: Any) -> None:
        _kept[self._key(key)] = made

    def __delitem__(self, key: Any) -> None:
        del _kept[self._key(key)]

    def __iter__(self) -> Any:
        return iter(_kept)

    def __len__(self) -> int:
        return len(_kept)


_by_engine: WeakKeyDictionary[Engine, _OfKind] = WeakKeyDictionary()


def _shared(engine: Engine) -> _OfKind:
    """Asked for at each statement."""
    if (shared := _by_engine.get(engine)) is None:
        shared = _by_engine[engine] = _OfKind(engine.dialect)
    return shared


def _keep_none_of_its_own(_engine: Engine, _made: object) -> None:
    pass


def share_compiled() -> None:
    """For this process, from now on."""
    pytest.MonkeyPatch().setattr(
        Engine, "_compiled_cache", property(_shared, _keep_none_of_its_own), raising=False
    )
