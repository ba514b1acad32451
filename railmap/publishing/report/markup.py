"""Pieces of the report's page; every text is escaped unless it is `Html`."""

from __future__ import annotations

import html
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pandas as pd

from railmap.publishing.exchange.safe_text import xml_text

__all__ = [
    "Html",
    "date",
    "metres",
    "number",
    "paragraph",
    "section",
    "short_id",
    "table",
    "text",
    "uncertain",
    "words",
]

_MISSING = "–"
_THIN = "\u202f"
_ID_LENGTH = 8
# Tables of so few rows stay on one page; those of so few columns are not stretched.
_SHORT_ROWS = 12
_NARROW_COLUMNS = 4
# A word of so many letters is not broken; a longer one than the second may be, anywhere.
_KEPT_WHOLE = 12
_LONG_WORD = 16


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def text(value: Any) -> Html:
    """Return a value as escaped text, isolated from the direction of the text around it.

    Examples
    --------
    >>> text("<b>")
    '<bdi>&lt;b&gt;</bdi>'
    >>> text(None)
    '–'
    """
    if isinstance(value, Html):
        return value
    if value is None or pd.isna(value) or not str(value).strip():
        return Html(_MISSING)
    return Html(f"<bdi>{html.escape(xml_text(value))}</bdi>")


def words(value: Any) -> str:
    """Return a value of a column as words: ``railway_crossing`` is railway crossing."""
    return "" if value is None or pd.isna(value) else str(value).replace("_", " ").strip()


def number(value: Any, digits: int = 0, unit: str = "") -> str:
    """Return a number with digits in groups of three; a dash if there is none.

    Examples
    --------
    >>> number(1234.56, 1, "m") == "1\u202f234.6\u202fm"
    True
    >>> number(float("nan"))
    '–'
    """
    if not _is_finite(value):
        return _MISSING
    shown = f"{float(value):,.{digits}f}".replace(",", _THIN).replace("-", "−")
    return f"{shown}{_THIN}{unit}" if unit else shown


def metres(value: Any) -> str:
    """Return a length in millimetres, metres or kilometres, by its size."""
    if _is_finite(value) and abs(float(value)) >= 1000:
        return number(float(value) / 1000, 3, "km")
    if _is_finite(value) and 0 < abs(float(value)) < 1:
        return number(1000 * float(value), 0, "mm")
    return number(value, 1, "m")


def uncertain(value: Any, sigma: Any, digits: int = 0, unit: str = "") -> str:
    """Return a value with its one sigma, or that this is not known."""
    if not _is_finite(value):
        return _MISSING
    known = _is_finite(sigma) and float(sigma) >= 0
    error = number(sigma, digits) if known else "?"
    if known and float(sigma) > 0 and not float(f"{float(sigma):.{digits}f}"):
        error = f"< {number(10.0**-digits, digits)}"
    return f"{number(value, digits)} ± {error}" + (f"{_THIN}{unit}" if unit else "")


def date(value: Any) -> str:
    """Return the day of a time in UTC; a dash if there is none."""
    moment = pd.to_datetime(value, utc=True, errors="coerce")
    return _MISSING if pd.isna(moment) else str(moment.strftime("%Y-%m-%d"))


def short_id(value: Any) -> Html:
    """Return the first characters of an identifier, which the program takes for all of it."""
    return Html(f"<code>{text(str(value)[:_ID_LENGTH])}</code>") if value else Html(_MISSING)


def paragraph(*parts: Any, kind: str = "") -> Html:
    """Return a paragraph of texts."""
    style = f' class="{kind}"' if kind else ""
    inner = "".join(part if isinstance(part, Html) else html.escape(xml_text(part))
                    for part in parts)  # fmt: skip
    return Html(f"<p{style}>{inner}</p>")


def section(title: str, *parts: Html) -> Html:
    """Return a section with its heading."""
    return Html(f"<section><h2>{html.escape(title)}</h2>{''.join(parts)}</section>")


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    numbers: Collection[int] = (),
    caption: str = "",
    most: int | None = None,
) -> Html:
    """Return a table; its head is repeated on every printed page.

    Parameters
    ----------
    head
        Titles of the columns.
    rows
        Cells; texts are escaped.
    numbers
        Indices of columns that are set to the right.
    caption
        Title.
    most
        Maximum number of rows shown; a line below says how many are left out.
    """
    every = list(rows)
    shown = every if most is None else every[:most]
    kinds = ["short"] if len(shown) <= _SHORT_ROWS else []
    kinds += ["narrow"] if len(head) <= _NARROW_COLUMNS else []
    out = [f'<table class="{" ".join(kinds)}">' if kinds else "<table>"]
    if caption:
        out.append(f"<caption>{html.escape(caption)}</caption>")
    out += ["<thead>", _row(head, numbers, "th"), "</thead><tbody>"]
    out += [_row(row, numbers, "td") for row in shown]
    out.append("</tbody></table>")
    if len(shown) < len(every):
        left = len(every) - len(shown)
        out.append(paragraph(f"{left} more rows are in the map, not here.", kind="note"))
    return Html("".join(out))


def _row(cells: Sequence[Any], numbers: Collection[int], tag: str) -> str:
    shown = []
    for index, cell in enumerate(cells):
        kind = "n" if index in numbers else _breaking(cell)
        style = f' class="{kind}"' if kind else ""
        shown.append(f"<{tag}{style}>{text(cell)}</{tag}>")
    return f"<tr>{''.join(shown)}</tr>"


def _breaking(cell: Any) -> str:
    """Return the class of a cell that is never broken, or of one with words of any length."""
    if isinstance(cell, Html):
        return ""
    parts = str(cell).split()
    if len(parts) == 1 and len(parts[0]) <= _KEPT_WHOLE:
        return "s"
    return "w" if any(len(part) > _LONG_WORD for part in parts) else ""


def _is_finite(value: Any) -> bool:
    try:
        return value is not None and not pd.isna(value) and math.isfinite(float(value))
    except (TypeError, ValueError):
        return False
