"""Triggers in a GeoPackage: those of the standard may run, others are refused before writing."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable

from railmap.errors import MapError

__all__ = ["check_tables", "check_triggers", "foreign_triggers"]

# Names and texts in quotes are replaced by these before a statement is compared.
_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|\[[^\]]*\]|`[^`]*`")
_NAME = r'(?:"q"|\w+)'
_ARGUMENT = rf"(?:(?:NEW|OLD)\.{_NAME}|ST_\w+\((?:NEW|OLD)\.{_NAME}\))"
_INDEX = r"(?:\"rtree\"|rtree_\w+)"
_COUNTED = r"(?:lower\(\s*)?table_name\)?\s*=\s*(?:lower\(\s*)?'s'\)?"
# What the triggers of the standard, of GDAL and of QGIS do; nothing else.
_STATEMENTS = tuple(
    re.compile(text, re.IGNORECASE | re.DOTALL)
    for text in (
        rf"INSERT (?:OR REPLACE )?INTO {_INDEX} VALUES\s*\({_ARGUMENT}(?:,\s*{_ARGUMENT})*\)",
        rf"DELETE FROM {_INDEX} WHERE id\s*(?:=\s*{_ARGUMENT}|IN\s*\({_ARGUMENT},\s*{_ARGUMENT}\))",
        rf"UPDATE (?:OR REPLACE )?{_INDEX} SET (?:,?\s*{_NAME}\s*=\s*{_ARGUMENT})+"
        rf"\s+WHERE\s+{_NAME}\s*=\s*{_ARGUMENT}",
        r"UPDATE gpkg_ogr_contents SET feature_count\s*=\s*feature_count\s*[+-]\s*1\s+WHERE "
        + _COUNTED,
        r"SELECT RAISE\s*\(\s*(?:ABORT|ROLLBACK|FAIL)\s*,\s*'s'\s*\)(?:\s+WHERE .*)?",
        r"UPDATE gpkg_contents SET last_change\s*=\s*strftime\([^;]*\)\s+WHERE [^;]*",
    )
)
_BODY = re.compile(r"\bBEGIN\b(.*)\bEND\s*;?\s*$", re.IGNORECASE | re.DOTALL)
_WHEN = re.compile(r"\bWHEN\b(.*)", re.IGNORECASE | re.DOTALL)
_CALLS = re.compile(r"(\w+)\s*\(")
_HARMLESS = {
    "st_isempty", "st_minx", "st_maxx", "st_miny", "st_maxy", "lower", "in", "and", "or", "not",
    "when", "select", "typeof", "count", "case", "values",
}  # fmt: skip


def foreign_triggers(sql: sqlite3.Connection) -> list[str]:
    """Return the names of triggers that do anything but what the standard's triggers do."""
    found = sql.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
    return [str(name) for name, text in found if not _is_known(str(text))]


def check_triggers(file: object, sql: sqlite3.Connection) -> None:
    """Check that writing to a map runs no code of somebody else.

    Raises
    ------
    MapError
        If it has triggers that are not of the GeoPackage standard.
    """
    foreign = foreign_triggers(sql)
    if foreign:
        more = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise MapError(
            f"{file}: the trigger {foreign[0]}{more} would run when railmap writes, and is none of"
            " a GeoPackage's own; remove it if you do not know it"
        )


def check_tables(file: object, sql: sqlite3.Connection, names: Iterable[str]) -> None:
    """Check that layers are stored and not computed when they are read.

    Raises
    ------
    MapError
        If one is a view or a table of a module.
    """
    computed = {
        str(name)
        for (name,) in sql.execute(
            "SELECT lower(name) FROM sqlite_master"
            " WHERE type = 'view' OR (type = 'table' AND sql LIKE 'CREATE VIRTUAL%')"
        )
    }
    for name in names:
        if name.lower() in computed:
            raise MapError(f"{file}: the layer {name} is computed and no table; map again")


def _is_known(text: str) -> bool:
    plain = _QUOTED.sub(_without_content, text)
    body = _BODY.search(plain)
    if body is None or "--" in plain or "/*" in plain:
        return False
    condition = _WHEN.search(plain[: body.start()])
    calls = _CALLS.findall(condition[1]) if condition else []
    statements = [" ".join(part.split()) for part in body[1].split(";")]
    return all(call.lower() in _HARMLESS for call in calls) and all(
        any(known.fullmatch(part) for known in _STATEMENTS) for part in statements if part
    )


def _without_content(quoted: re.Match[str]) -> str:
    text = quoted[0]
    if text[0] == "'":
        return "'s'"
    return '"rtree"' if text[1:].lower().startswith("rtree_") else '"q"'
