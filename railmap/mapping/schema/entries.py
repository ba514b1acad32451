"""Types of the schema: layers, columns and domains of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Column", "Domain", "Layer"]

ColumnType = Literal["TEXT", "INTEGER", "REAL", "BOOLEAN", "DATETIME"]


@dataclass(frozen=True, slots=True)
class Domain:
    """Permitted values of a column: an enumeration, or the range `minimum`-`maximum`."""

    name: str
    values: tuple[tuple[str, str], ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """An attribute; `domain` is the name of a `Domain`, `required` means NOT NULL."""

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    domain: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """A table with or without geometry.

    Parameters
    ----------
    geometry
        GeoPackage geometry type, None for a table without geometry.
    measured
        Geometries carry M (``"required"``) or may (``"optional"``).
    always
        Written to every map; other layers are added with their first row.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    geometry: str | None = None
    measured: Literal["no", "required", "optional"] = "no"
    always: bool = False

    def column(self, name: str) -> Column:
        """Return a column by name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")
