"""Read CSV tables, with commas, tabs, or semicolons and decimal commas."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from railmap.errors import InputError, one_line
from railmap.files.inputs import check_input

__all__ = ["TABLE_SUFFIXES", "read_table"]

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


def read_table(path: Path, text: Collection[str] = ()) -> pd.DataFrame:
    """Read a table with a header line, in UTF-8.

    The separator is the most frequent one in the header: comma, semicolon or tab. With semicolons,
    the decimal sign is a comma or a point, as in the CSV files of European spreadsheets.

    Parameters
    ----------
    path
        The file.
    text
        Columns (in lower case) to read as text, so that line 0612 does not become 612.

    Raises
    ------
    InputError
        If the file is missing, is not UTF-8 or is not a table.
    """
    check_input(path)
    try:
        with path.open(encoding="utf-8-sig") as file:
            header = file.readline().rstrip("\r\n")
        separator = max(",;\t", key=header.count)
        names = [name.strip().strip('"').lower() for name in header.split(separator)]
        kept = [at for at, name in enumerate(names) if name in text]
        frame = pd.read_csv(
            path,
            sep=separator,
            decimal="," if separator == ";" else ".",
            encoding="utf-8-sig",
            dtype=dict.fromkeys(kept, str),
        )
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8; save it as CSV UTF-8") from error
    except (OSError, ValueError, pd.errors.ParserError) as error:
        reason = one_line(error)
        raise InputError(f"{path}: cannot be read as a table ({reason})") from error
    if separator == ";":
        for at in kept:
            column = frame.columns[at]
            frame[column] = frame[column].str.replace(_DECIMAL_COMMA, ".", regex=True)
    return frame
