"""Read numbers as people write them: decimal commas, thousands, degrees with minutes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["column_numbers", "has_decimal_comma", "parse_degrees", "parse_number"]

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_SPACED = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u2009\u202f'’]\d{3})+(?:[.,]\d+)?", re.ASCII)
_POINT_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
_COMMA_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}", re.ASCII)
_ONE_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
_GROUP_OF_THREE = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_SPACES = re.compile(r"[ \u00a0\u2009\u202f'’]")
_PART = r"\d+(?:[.,]\d+)?"
_DEGREES = re.compile(
    rf"(?P<before>[NSEW])?\s*(?P<sign>[+\-−])?\s*(?P<degrees>{_PART})\s*(?:[°ºd:]|\s|$)\s*"
    rf"(?:(?P<minutes>{_PART})\s*(?:['′’m:]|\s|$)\s*)?"
    rf"(?:(?P<seconds>{_PART})\s*(?:\"|″|”|''|′′|s)?\s*)?"
    rf"(?P<after>[NSEW])?",
    re.IGNORECASE | re.ASCII,
)


def has_decimal_comma(texts: Iterable[str]) -> bool:
    """Return whether any text has a comma that can only be a decimal sign.

    Examples
    --------
    >>> has_decimal_comma(["500.010", "5.699.978,9"]), has_decimal_comma(["500,010"])
    (True, False)
    """
    for text in texts:
        clean = text.strip()
        if _POINT_THOUSANDS.fullmatch(clean):
            return True
        if _ONE_COMMA.fullmatch(clean) and not _GROUP_OF_THREE.fullmatch(clean):
            return True
    return False


def parse_number(text: str, *, comma: bool = False, thousands: bool = False) -> float | None:
    """Return the number that a text states, None if it states none or could be two.

    Parameters
    ----------
    text
        Such as ``500010.5``, ``500010,5``, ``500.010,5``, ``500 010.5`` or ``5e5``.
    comma
        A single comma is a decimal sign, also where it could separate thousands.
    thousands
        A single point with three digits after it separates thousands.

    Examples
    --------
    >>> parse_number("500.010,5"), parse_number("500,010"), parse_number("500,010", comma=True)
    (500010.5, None, 500.01)
    """
    clean = text.strip().replace("−", "-")
    if _SPACED.fullmatch(clean):
        clean = _SPACES.sub("", clean).replace(",", ".")
    elif _POINT_THOUSANDS.fullmatch(clean):
        clean = clean.replace(".", "").replace(",", ".")
    elif _COMMA_THOUSANDS.fullmatch(clean):
        clean = clean.replace(",", "")
    elif _ONE_COMMA.fullmatch(clean):
        if _GROUP_OF_THREE.fullmatch(clean) and not comma:
            return None
        clean = clean.replace(",", ".")
    elif thousands and _GROUP_OF_THREE.fullmatch(clean):
        clean = clean.replace(".", "")
    if not _PLAIN.fullmatch(clean):
        return None
    value = float(clean)
    return value if math.isfinite(value) else None


def parse_degrees(text: str, letters: str) -> float | None:
    r"""Return the degrees of ``51.4499``, ``51°26'59.5"N``, ``N 51 26.992`` or ``9:00:00.5``.

    Parameters
    ----------
    text
        An angle; south and west are negative.
    letters
        The letters of its axis, the positive one first: ``NS`` or ``EW``.

    Returns
    -------
    float or None
        None if the text states no angle, or one of the other axis.

    Examples
    --------
    >>> parse_degrees("9°00'18\"W", "EW"), parse_degrees("9°00'18\"W", "NS")
    (-9.005, None)
    """
    clean = text.strip()
    if (plain := parse_number(clean, comma=True)) is not None:
        return plain
    found = _DEGREES.fullmatch(clean)
    if found is None:
        return None
    parts = [float((found[name] or "0").replace(",", ".")) for name in
             ("degrees", "minutes", "seconds")]  # fmt: skip
    given = [found[name].upper() for name in ("before", "after") if found[name]]
    if len(given) > 1 or any(letter not in letters for letter in given):
        return None
    if parts[1] >= 60 or parts[2] >= 60 or (given and found["sign"]):
        return None
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -value if found["sign"] in ("-", "−") or given == [letters[1]] else value


def column_numbers(
    values: Iterable[Any],
    *,
    comma: bool = False,
    parse: Callable[[str], float | None] | None = None,
) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Return the numbers of a column, NaN where a cell is empty or not understood.

    Parameters
    ----------
    values
        Numbers, texts and missing values.
    comma
        As for `parse_number`.
    parse
        Reads a text instead of `parse_number`.

    Returns
    -------
    numbers, bad
        ``(rows,)`` floats, and the texts that state no number, by row.
    """
    if isinstance(values, pd.Series) and values.dtype.kind in "iuf":
        return values.to_numpy(np.float64, na_value=np.nan), {}
    read = parse or (lambda text: parse_number(text, comma=comma))
    found: list[float] = []
    bad: dict[int, str] = {}
    for row, value in enumerate(values):
        if isinstance(value, str):
            number = read(value) if value.strip() else math.nan
            if number is None:
                bad[row] = value
            found.append(math.nan if number is None else number)
        elif value is None or value is pd.NA or isinstance(value, bool):
            found.append(math.nan)
        else:
            try:
                found.append(float(value))
            except (TypeError, ValueError, OverflowError):
                bad[row] = str(value)
                found.append(math.nan)
    return np.array(found, dtype=np.float64), bad
