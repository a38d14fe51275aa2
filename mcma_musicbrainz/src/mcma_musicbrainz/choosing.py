"""Which pairs of those that may be are made: as a whole where few hang together, else the best first."""

from collections.abc import Iterator, Mapping
from typing import Final

from mcma_musicbrainz.assignment import assign

Cells = Mapping[tuple[int, int], float]
"""How well a row and a column fit, 0 to 1."""
MOST: Final = 24
"""Rows, or columns, that hang together and are still chosen as a whole: the method costs their cube."""


def chosen(cells: Cells) -> Iterator[tuple[int, int]]:
    """Each row and each column once at most."""
    for part in _parts(cells):
        rows, columns = ({cell[side] for cell in part} for side in (0, 1))
        few = max(len(rows), len(columns)) <= MOST
        yield from _together(part, sorted(rows), sorted(columns)) if few else _best_first(part)


def _together(cells: Cells, rows: list[int], columns: list[int]) -> Iterator[tuple[int, int]]:
    found = assign([[1 - cells.get((row, column), 0.0) for column in columns] for row in rows])
    pairs = ((row, columns[at]) for row, at in zip(rows, found, strict=True) if at is not None)
    return (pair for pair in pairs if pair in cells)


def _best_first(cells: Cells) -> Iterator[tuple[int, int]]:
    rows: set[int] = set()
    columns: set[int] = set()
    for row, column in sorted(cells, key=lambda cell: (-cells[cell], cell)):
        if row not in rows and column not in columns:
            rows.add(row)
            columns.add(column)
            yield row, column


def _parts(cells: Cells) -> Iterator[Cells]:
    """What hangs together by rows and columns that are the same."""
    by_row, by_column = _lines(cells, 0), _lines(cells, 1)
    left = dict.fromkeys(cells)
    while left:
        part, waiting = dict[tuple[int, int], float](), [next(iter(left))]
        while waiting:
            cell = waiting.pop()
            if cell in left:
                del left[cell]
                part[cell] = cells[cell]
                waiting += by_row.pop(cell[0], ())
                waiting += by_column.pop(cell[1], ())
        yield part


def _lines(cells: Cells, side: int) -> dict[int, list[tuple[int, int]]]:
    lines: dict[int, list[tuple[int, int]]] = {}
    for cell in cells:
        lines.setdefault(cell[side], []).append(cell)
    return lines
