"""Write result tables as Markdown and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from railmap.errors import UsageError
from railmap.files.output import atomic_output

__all__ = ["Cell", "markdown_table", "spread", "write_table"]

Cell = str | float | None


def write_table(
    path_stem: Path,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    notes: Sequence[str],
) -> None:
    """Write ``STEM.md`` (title, table, notes) and ``STEM.csv`` (only the table, full precision).

    Both replace existing files. A missing value is a dash in Markdown and empty in CSV.

    Parameters
    ----------
    path_stem
        Path without suffix; its folder is created if needed.
    title
        Heading of the Markdown.
    columns
        Names of the columns.
    rows
        One value per column; numbers are written with four significant digits in Markdown.
    notes
        What the reader must know (data, seed, date, command), one bullet each.

    Raises
    ------
    UsageError
        If the number of values in a row differs from the number of columns.
    OutputError
        If a file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if value is None else value for value in row] for row in rows])
    pieces = [f"# {title}", markdown_table(columns, rows), "\n".join(f"- {n}" for n in notes)]
    markdown = "\n\n".join(piece for piece in pieces if piece) + "\n"
    path_stem.parent.mkdir(parents=True, exist_ok=True)
    for suffix, content in ((".md", markdown), (".csv", text.getvalue())):
        # Not with_suffix: a stem such as "table-0.3" would be shortened.
        with atomic_output(path_stem.with_name(path_stem.name + suffix), overwrite=True) as partial:
            partial.write_text(content, encoding="utf-8")


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return a Markdown table; columns of numbers are aligned to the right.

    Raises
    ------
    UsageError
        If the number of values in a row differs from the number of columns.
    """
    for row in rows:
        if len(row) != len(columns):
            raise UsageError(f"a row of {len(row)} values in a table of {len(columns)} columns")
    bar = ["---" if _is_text(column) else "---:" for column in zip(*rows, strict=True)]
    lines = [list(columns), bar or ["---"] * len(columns)]
    lines += [[_shown(value) for value in row] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _is_text(column: tuple[Cell, ...]) -> bool:
    return any(isinstance(value, str) and value[:1].isalpha() for value in column)


def _shown(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value.replace("|", "\\|").replace("\n", " ")
    if isinstance(value, int):
        return str(value)
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"


def spread(values: np.ndarray, digits: int = 2) -> str | None:
    """Return mean ± standard deviation over seeds as text, None if there is no number.

    Parameters
    ----------
    values
        ``(N,)``, one of each seed; NaN where there is none.
    digits
        Decimal places.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return None
    if len(known) == 1:
        return f"{known[0]:.{digits}f}"
    return f"{known.mean():.{digits}f} ± {known.std(ddof=1):.{digits}f}"
