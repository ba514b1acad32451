"""Read CSV tables of spreadsheets and other programs, without guessing what a cell means."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from railmap.errors import InputError
from railmap.files.inputs import check_input

__all__ = ["MOST_COLUMNS", "TABLE_SUFFIXES", "CsvTable", "read_table", "typed_cells"]

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
MOST_COLUMNS = 2000
"""Columns of a table in SQLite, so of a GeoPackage layer too."""
_SEPARATORS = ",;\t"
_STATED = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_INTEGER = re.compile(r"0|-?[1-9]\d{0,18}", re.ASCII)
_REAL = re.compile(r"-?\d+\.\d+|-?\d+(?:\.\d+)?e[+-]\d+", re.ASCII)
# A cell may be as long as a file; the default of the csv module is 128 kB.
_LONGEST_CELL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The cells of a CSV file as text.

    Parameters
    ----------
    frame
        One column for each column of the file, by its header; text, None for an empty cell.
    rows
        Number of each row as a spreadsheet shows it; the header is row 1.
    separator
        Character between cells.
    notes
        What is called otherwise here than in the file.
    """

    frame: pd.DataFrame
    rows: Sequence[int]
    separator: str
    notes: tuple[str, ...] = ()

    @property
    def comma(self) -> bool:
        """Whether a comma within a number is its decimal sign."""
        return self.separator != ","


def read_table(path: Path) -> CsvTable:
    """Read a table with a header line, in UTF-8 or UTF-16.

    The separator is that of a line ``sep=;`` before the header, as Excel writes it, else the most
    frequent one in the header: comma, semicolon or tab. Rows without any cell are left out.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If the file is missing, is in another encoding, is not a table or has more than 2,000
        columns.
    """
    check_input(path)
    text = _decoded(path)
    stated = _STATED.fullmatch(text.split("\n", 1)[0].rstrip("\r"))
    if stated:
        text = text.partition("\n")[2]
    separator = stated[1] if stated else _separator(text)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    header: list[str] | None = None
    rows: list[list[str]] = []
    numbers: list[int] = []
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if header is None:
                if any(cells):
                    header = cells
                    _check_width(path, header)
            elif any(cells):
                if len(cells) > len(header) and any(cells[len(header) :]):
                    raise InputError(
                        f"{path}: row {number} has {len(cells)} cells, the header {len(header)};"
                        " put cells with a separator in quotes"
                    )
                rows.append((cells + [""] * (len(header) - len(cells)))[: len(header)])
                numbers.append(number)
    except csv.Error as error:
        raise InputError(
            f"{path}: row {number + 1} cannot be read as a row of a table ({error}); check its"
            " quotes"
        ) from error
    if header is None:
        raise InputError(f"{path}: cannot be read as a table (it has no header)")
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in header]
    filled = [bool(name.strip()) or any(cells) for name, cells in zip(header, columns, strict=True)]
    names, notes = _names([name for name, keep in zip(header, filled, strict=True) if keep])
    data = {
        name: np.array([cell or None for cell in cells], dtype=object)
        for name, cells in zip(names, (c for c, k in zip(columns, filled, strict=True) if k),
                               strict=True)
    }  # fmt: skip
    return CsvTable(pd.DataFrame(data, dtype=object), numbers, separator, tuple(notes))


def typed_cells(cells: pd.Series, *, comma: bool = False) -> pd.Series:
    """Return cells as numbers if every one of them is the same text when it is written again.

    So ``12`` and ``-3`` become integers and ``0.5`` a float; ``007``, ``12E3``, ``1.50`` and
    ``NA`` stay text, and with them all cells of their column. With `comma` numbers have a decimal
    comma instead of a point.
    """
    given = [cell for cell in cells if cell is not None]
    if not given:
        return cells
    if all(_INTEGER.fullmatch(cell) for cell in given):
        values = [None if cell is None else int(cell) for cell in cells]
        if all(value is None or -(2**63) <= value < 2**63 for value in values):
            kind = "int64" if len(given) == len(cells) else "Int64"
            return pd.Series(values, index=cells.index, dtype=kind)
        return cells
    point, other = (",", ".") if comma else (".", ",")
    if not any(other in cell for cell in given):
        pointed = [cell.replace(point, ".") for cell in given]
        if all(_comes_back(cell) for cell in pointed):
            return cells.map(
                lambda cell: np.nan if cell is None else float(cell.replace(point, "."))
            ).astype(np.float64)
    return cells


def _comes_back(cell: str) -> bool:
    # SQLite stores -0.0 as 0.0.
    return bool(_REAL.fullmatch(cell)) and repr(float(cell)) == cell and cell != "-0.0"


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read as a table ({error.strerror})") from error
    wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        name = "UTF-16" if wide else "UTF-8"
        raise InputError(
            f"{path}: is not {name} (byte {error.start + 1}); save it as CSV UTF-8"
        ) from error


def _separator(text: str) -> str:
    """Return the most frequent separator of the first line, outside quotes."""
    line = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    bare = re.sub(r'"[^"]*"', "", line)
    return max(_SEPARATORS, key=bare.count)


def _check_width(path: Path, header: list[str]) -> None:
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    if width > MOST_COLUMNS:
        raise InputError(
            f"{path}: has {width} columns; a layer takes {MOST_COLUMNS} at most: leave some out"
        )


def _names(header: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return names that differ, and a note on each that is not the header's."""
    taken = {name for name in header if name.strip()}
    seen: set[str] = set()
    names: list[str] = []
    notes: list[str] = []
    for at, given in enumerate(header, 1):
        name = given
        if not name.strip():
            name = _free(f"column_{at}", taken)
            notes.append(f"column {at} has no name and is called {name}")
        elif name in seen:
            name = _free(name, taken)
            notes.append(f"the second column {given!r} is called {name!r}")
        seen.add(name)
        taken.add(name)
        names.append(name)
    return names, notes


def _free(name: str, taken: set[str]) -> str:
    number = 2
    while (free := f"{name}_{number}") in taken:
        number += 1
    return free if name in taken else name
