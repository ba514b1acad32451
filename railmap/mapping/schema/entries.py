"""What the schema is written in: layers, their columns and what these may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Column", "Domain", "Layer"]

ColumnType = Literal["TEXT", "INTEGER", "REAL", "BOOLEAN", "DATETIME"]


@dataclass(frozen=True, slots=True)
class Domain:
    """What a column may hold: named values (an enum), or the range `minimum`-`maximum`."""

    name: str
    values: tuple[tuple[str, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One attribute; `domain` names a `Domain`, `required` means NOT NULL."""

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    domain: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """One table.

    Parameters
    ----------
    geometry
        GeoPackage geometry type name, None for a table of attributes only.
    measured
        Geometries carry M (``"required"``) or may (``"optional"``).
    always
        Written to every map; the others come with their first row.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    geometry: str | None = None
    measured: Literal["no", "required", "optional"] = "no"
    always: bool = False

    def column(self, name: str) -> Column:
        """Return the column `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")
