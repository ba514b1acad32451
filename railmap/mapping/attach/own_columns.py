"""Columns of a user's table in a layer: names that do not collide, values that stay what they are.

Whatever is called or written otherwise in the layer is named in a note.
"""

from __future__ import annotations

import datetime
import json
import math
import re
import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from railmap.mapping.gpkg.package import timestamp
from railmap.mapping.schema import Column

__all__ = ["OwnColumn", "ascii_lower", "clean_text", "own_columns", "own_values"]

# SQLite and GDAL take names for equal that differ in the case of ASCII letters only.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_NO_NAME = re.compile(r'[\0"]')
_SURROGATES = re.compile("[\ud800-\udfff]")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z")
_EXACT = 2**53
_INT64 = 2**63
_JSON = "JSON"
_MARK = "\ufffd"


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of a user's table: its definition in the layer and its SQL values."""

    column: Column
    values: list[Any]


def ascii_lower(name: str) -> str:
    """Return a name with ASCII letters in lower case, as SQLite compares names."""
    return name.translate(_LOWER)


def own_columns(frame: pd.DataFrame, taken: Collection[str]) -> tuple[list[OwnColumn], list[str]]:
    """Return the columns of a table for a layer, and notes on what is changed.

    Parameters
    ----------
    frame
        The table; names may be of any type and occur more than once.
    taken
        Names that the layer has already.

    Returns
    -------
    columns, notes
        In the order of the table. A name that is taken gets the prefix ``own_``, one that differs
        from another only in case a number.
    """
    given = [str(name) for name in frame.columns]
    used = {ascii_lower(name) for name in taken}
    ours = set(used)
    # A name that needs no change must not be given to another column.
    reserved = {ascii_lower(name) for name in given} - ours
    columns: list[OwnColumn] = []
    notes: list[str] = []
    renamed: list[str] = []
    for at, name in enumerate(given):
        clean = _SURROGATES.sub(_MARK, _NO_NAME.sub("_", name)).strip() or "column"
        final = clean
        if ascii_lower(clean) in ours:
            final = _free(f"own_{clean}", used | reserved)
        elif ascii_lower(clean) in used or (clean != name and ascii_lower(clean) in reserved):
            final = _free(clean, used | reserved)
        used.add(ascii_lower(final))
        kind, unit, values, changed = own_values(frame.iloc[:, at])
        if kind is None:
            notes.append(f"{name!r} is left out: {changed}")
            continue
        if final != name:
            renamed.append(f"{_shown(name)} is {final}")
        if changed:
            notes.append(f"{final}: {changed}")
        columns.append(OwnColumn(Column(final, kind, "as it came", unit), values))  # type: ignore[arg-type]
    if renamed:
        notes.insert(0, f"columns with another name: {', '.join(renamed)}")
    return columns, notes


def _shown(name: str) -> str:
    return name if name and name.isprintable() and name == name.strip() else repr(name)


def _free(name: str, used: Collection[str]) -> str:
    if ascii_lower(name) not in used:
        return name
    number = 2
    while ascii_lower(f"{name}_{number}") in used:
        number += 1
    return f"{name}_{number}"


def own_values(series: pd.Series) -> tuple[str | None, str, list[Any], str]:
    """Return type, unit, SQL values and a note on what is changed; no type for binary values.

    Lists and objects are JSON, which the unit states. Integers of more than 64 bits and values of
    mixed types are text.
    """
    values = series.tolist()
    kinds = set(map(type, values)) - {type(None)}
    if not kinds <= {str, bool, int}:
        values = [_plain(value) for value in values]
        kinds = {type(value) for value in values if value is not None}
    if bytes in kinds:
        return None, "", [], "its values are binary"
    if kinds <= {bool}:
        return "BOOLEAN" if kinds else "TEXT", "", values, ""
    if kinds == {int}:
        if all(v is None or -_INT64 <= v < _INT64 for v in values):
            return "INTEGER", "", values, ""
        return "TEXT", "", _texts(values), "integers are text, as some have more than 64 bits"
    if kinds <= {int, float} and not _inexact(values):
        return "REAL", "", [None if v is None else float(v) for v in values], ""
    if kinds & {list, dict}:
        return "TEXT", _JSON, [None if v is None else _json(v) for v in values], ""
    if kinds == {str}:
        return _text_column(values)
    if kinds <= {datetime.datetime}:
        return _times(values)
    texts = _texts(values)
    return "TEXT", "", texts, "values of several types are text" if len(kinds) > 1 else ""


def _inexact(values: Iterable[Any]) -> bool:
    return any(isinstance(value, int) and abs(value) > _EXACT for value in values)


def _text_column(values: list[Any]) -> tuple[str, str, list[Any], str]:
    if all(value is None or _is_utc(value) for value in values):
        return "DATETIME", "", values, ""
    notes = []
    if any(value and "\0" in value for value in values):
        values = [value and value.replace("\0", _MARK) for value in values]
        notes.append(f"NUL characters are {_MARK}")
    try:
        "".join(value or "" for value in values).encode()
    except UnicodeEncodeError:
        values = [value and _SURROGATES.sub(_MARK, value) for value in values]
        notes.append(f"halves of characters are {_MARK}")
    return "TEXT", "", values, ", ".join(notes)


def _is_utc(text: str) -> bool:
    """Return whether a text is a time of a DATETIME column: others would be read as no time."""
    if not _UTC.fullmatch(text):
        return False
    try:
        datetime.datetime.fromisoformat(text)
    except ValueError:  # such as month 13 or second 60
        return False
    return True


def _times(values: list[Any]) -> tuple[str, str, list[Any], str]:
    """Return times in UTC as DATETIME, others as text: a time without a zone is not in UTC."""
    texts = [None if value is None else value.isoformat() for value in values]
    if all(text is None or _UTC.fullmatch(text.replace("+00:00", "Z")) for text in texts):
        return "DATETIME", "", [None if text is None else timestamp(text) for text in texts], ""
    return "TEXT", "", texts, ""


def _texts(values: Iterable[Any]) -> list[str | None]:
    out: list[str | None] = []
    for value in values:
        if value is None:
            out.append(None)
        elif isinstance(value, bool):
            out.append("true" if value else "false")
        else:
            text = value.isoformat() if isinstance(value, datetime.date) else str(value)
            out.append(clean_text(text))
    return out


def clean_text(text: str) -> str:
    """Return a text without what a GeoPackage cannot hold: NUL and halves of characters."""
    return _SURROGATES.sub(_MARK, text.replace("\0", _MARK))


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=_jsonable)
    return _SURROGATES.sub(_MARK, text)


def _jsonable(value: Any) -> Any:
    plain = _plain(value)
    return plain if isinstance(plain, str | int | float | bool | list | dict) else str(plain)


def _plain(value: Any) -> Any:
    """Return a Python value; None for NaN, NaT and NA."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, pd.Timestamp):
        return value if value.nanosecond else value.to_pydatetime()
    return value
