"""Items of the replica: lines go in, and are found again. What they mean is in `docs/sync.md`."""

import json
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from mcma_client.errors import BadAnswer
from mcma_client.store import Connection, Store, document

Data = dict[str, Any]
Line = dict[str, Any]
_MASK = (1 << 64) - 1
_SPREAD = 0x9E3779B97F4A7C15


class Item(NamedTuple):
    id: str
    rev: int
    data: Data


class Digest(NamedTuple):
    scope: str
    type: str
    items: int
    sum: str


class _Found(NamedTuple):
    parent: str | None = None
    place: str | None = None
    words: str | None = None


def folded(text: str) -> str:
    """As it is searched: without case and accents."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def _track(data: Data) -> _Found:
    place = f"{data.get('disc') or 0:04}{data.get('track') or 0:05}"
    return _Found(data.get("album_id"), place, _words(data, "title", "artist"))


def _words(data: Data, *names: str) -> str:
    return folded(" ".join(str(data[name]) for name in names if data.get(name)))


_FOUND: Mapping[str, Callable[[Data], _Found]] = {
    "track@1": _track,
    "album@1": lambda data: _Found(words=_words(data, "title", "artist")),
    "artist@1": lambda data: _Found(words=_words(data, "name")),
    "playlist@1": lambda data: _Found(words=_words(data, "name")),
    "playlist_item@1": lambda data: _Found(data.get("playlist_id"), data.get("position")),
    "track_file@1": lambda data: _Found(data.get("track_id")),
}
_NOTHING = _Found()
_SAID = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PUT = """INSERT OR REPLACE INTO items (type, id, scope, rev, round, parent, place, words, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""


_UNFIT = (AttributeError, OverflowError, UnicodeEncodeError, sqlite3.IntegrityError, sqlite3.InterfaceError,
          sqlite3.ProgrammingError)  # fmt: skip
"""Of values that no column takes."""
_ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_id(said: object) -> bool:
    return isinstance(said, str) and _ID.fullmatch(said) is not None


def parsed(raw: bytes) -> Line:
    try:
        line = json.loads(raw)
    except ValueError:
        line = None
    if not isinstance(line, dict):
        raise BadAnswer("A line of the server is not JSON.")
    return line


def take(connection: Connection, lines: Iterable[Line], round_of: Mapping[str, int]) -> None:
    """In their order: what a line says replaces what was known of its item. Types that nobody here knows
    are kept as they are; fields too."""
    puts: list[tuple[Any, ...]] = []
    try:
        for line in lines:
            if line.get("op") == "put":
                puts.append(_row(line, round_of))
            else:
                _write(connection, puts)
                _drop(connection, line)
        _write(connection, puts)
    except _UNFIT as error:
        raise BadAnswer(f"A line of the server is not as the protocol says: {error}") from None


def _row(line: Line, round_of: Mapping[str, int]) -> tuple[Any, ...]:
    try:
        type_, id_, scope, rev, data = (line[name] for name in ("type", "id", "scope", "rev", "data"))
        if type(rev) is not int or type(data) is not dict or type(id_) is not str:
            raise TypeError(rev)
        found = _FOUND[type_](data) if type_ in _FOUND else _NOTHING
        return (type_, id_, scope, rev, round_of.get(scope, 0), *found, _SAID.encode(data))
    except (KeyError, TypeError, AttributeError, ValueError):
        raise BadAnswer(f"A line of the server is not as the protocol says: {str(line)[:200]}") from None


def _write(connection: Connection, puts: list[tuple[Any, ...]]) -> None:
    if puts:
        connection.executemany(_PUT, puts)
        if connection.execute("SELECT 1 FROM gone LIMIT 1").fetchone():
            came = [row[:3] for row in puts]
            connection.executemany("DELETE FROM gone WHERE type = ? AND id = ? AND scope = ?", came)
        puts.clear()


def _drop(connection: Connection, line: Line) -> None:
    try:
        key = (line["type"], line["id"], line["scope"])
    except KeyError:
        raise BadAnswer("A line of the server has no type, id or scope.") from None
    connection.execute("DELETE FROM items WHERE type = ? AND id = ? AND scope = ?", key)
    why = (line.get("reason") or "deleted", line.get("replaced_by"))
    connection.execute("INSERT OR REPLACE INTO gone VALUES (?, ?, ?, ?, ?)", (*key, *why))


def get(store: Store, type_: str, id_: str) -> Item | None:
    """Whatever the scope, and of what it was merged into."""
    row = "SELECT id, rev, data FROM items WHERE type = ? AND id = ? ORDER BY rev DESC LIMIT 1"
    found = store.rows(row, type_, resolved(store, type_, id_))
    return _item(*found[0]) if found else None


def resolved(store: Store, type_: str, id_: str) -> str:
    """The item that an id means now."""
    for _ in range(20):  # a circle would be a mistake of the server, and must not hang anybody
        there = store.rows("SELECT 1 FROM items WHERE type = ? AND id = ?", type_, id_)
        query = "SELECT replaced_by FROM gone WHERE type = ? AND id = ? AND replaced_by IS NOT NULL"
        if there or not (found := store.rows(query, type_, id_)):
            break
        [(id_,), *_] = found
    return id_


def listed(store: Store, type_: str, parent: str | None = None) -> list[Item]:
    """Each once, in its place; those of a parent, or all."""
    where, values = ("parent = ? AND ", [parent]) if parent is not None else ("", [])
    query = f"SELECT id, max(rev), data FROM items WHERE {where}type = ? GROUP BY id ORDER BY place, id"  # noqa: S608
    return [_item(*row) for row in store.rows(query, *values, type_)]


def found(store: Store, type_: str, text: str, most: int = 50) -> list[Item]:
    """Those with all the words: first what is called just that, then what begins with it."""
    words = folded(text).split()
    if not words:
        return []
    like = " AND ".join(["words LIKE ? ESCAPE '\\'"] * len(words))
    query = f"""SELECT id, rev, data FROM items WHERE (type, id, scope) IN (
        SELECT type, id, scope FROM items INDEXED BY items_words
        WHERE type = ? AND words IS NOT NULL AND {like}
        ORDER BY words LIKE ? ESCAPE '\\' DESC, words LIMIT ?) ORDER BY words"""  # noqa: S608
    begins = _within(" ".join(words)).removeprefix("%")
    items = [_item(*row) for row in store.rows(query, type_, *map(_within, words), begins, most)]
    once = {item.id: item for item in items}.values()
    return sorted(once, key=lambda item: _rank(item, folded(text).strip()))


def _rank(item: Item, text: str) -> int:
    name = folded(str(item.data.get("title") or item.data.get("name") or ""))
    return 0 if name == text else 1 if name.startswith(text) else 2


def _within(word: str) -> str:
    for special in "\\%_":
        word = word.replace(special, f"\\{special}")
    return f"%{word}%"


def _item(id_: str, rev: int, data: str) -> Item:
    return Item(id_, rev, document(data))


def counts(store: Store) -> dict[str, int]:
    return dict(store.rows("SELECT type, count(DISTINCT id) FROM items GROUP BY type"))


def digests(store: Store, scope: str) -> set[Digest]:
    """Per type: how many, and the sum over ids and revs that the protocol describes."""
    totals: dict[str, tuple[int, int]] = {}
    for type_, id_, rev in store.each("SELECT type, id, rev FROM items WHERE scope = ?", scope):
        count, total = totals.get(type_, (0, 0))
        if not is_id(id_):
            raise BadAnswer(f"The server names an item of {type_} by what is no id: {id_[:60]}")
        added = int(id_[19:23] + id_[24:], 16) ^ (rev * _SPREAD & _MASK)
        totals[type_] = (count + 1, total + added & _MASK)
    return {Digest(scope, type_, count, f"{total:016x}") for type_, (count, total) in totals.items()}
