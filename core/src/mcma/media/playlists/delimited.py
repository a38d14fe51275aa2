"""Tables as text: comma, semicolon or tab between cells, in whatever encoding it was saved.

RFC 4180 where it applies. Each error says which line it is about.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Literal, NamedTuple

from mcma.domain.errors import InvalidInput, TooLarge

DELIMITERS = ",;\t"
MOST_CELLS = 2000
"""Of a line."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LOOKED_AT = 4000
"""Bytes that tell an encoding without a mark."""


class Record(NamedTuple):
    line: int
    """Where it begins, from 1."""
    cells: list[str]


def decoded(data: bytes) -> str:
    """UTF-8 or UTF-16, with a mark or without; else the Windows code page of Western Europe."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    if b"\0" in data[:_LOOKED_AT]:
        return data.decode(_utf16(data), "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _utf16(data: bytes) -> str:
    """Latin letters have their zero behind them, or before."""
    start = data[:_LOOKED_AT]
    return "utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be"


def records(text: str, delimiter: str) -> Iterator[Record]:
    """Lines with something in them. `InvalidInput` for broken quotes, `TooLarge` for too many cells.

    Programs that put tabs between cells put no quotes around them: where quotes do not add up they are
    letters.
    """
    if delimiter != "\t":
        yield from _records(text, delimiter, csv.QUOTE_MINIMAL)
        return
    try:
        listed = list(_records(text, delimiter, csv.QUOTE_MINIMAL))
    except InvalidInput:
        listed = list(_records(text, delimiter, csv.QUOTE_NONE))
    yield from listed


def _records(text: str, delimiter: str, quoting: Literal[0, 3]) -> Iterator[Record]:
    lines = io.StringIO(text.replace("\0", ""), newline="")
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InvalidInput(f"Line {line}: {_said(error)}.") from error
        if cells is None:
            return
        if len(cells) > MOST_CELLS:
            raise TooLarge(f"Line {line}: it has more than {MOST_CELLS} columns.")
        if any(cells):
            yield Record(line, cells)


def _said(error: csv.Error) -> str:
    words = str(error)
    if "unexpected end" in words:
        return "a quote is opened and never closed"
    if "expected after" in words:
        return "there is more text behind a closing quote; a quote inside a cell is written twice"
    return "a cell is longer than 131,072 characters" if "field limit" in words else words


def written(rows: Iterator[list[str]]) -> bytes:
    """UTF-8 with a mark, without which spreadsheets take it for something else. Cells that a spreadsheet
    would run as formulas begin with an apostrophe, which `plain` takes away again."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_guarded(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + out.getvalue().encode("utf-8", "replace")


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.startswith("'") else cell


def plain(cell: str) -> str:
    """What was meant by a cell that was guarded; nothing else is changed, and nothing is ever run."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell
