"""Vector files of other people: read through GDAL, and told of in our words, not GDAL's."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from railmap.errors import InputError, RailmapError
from railmap.files.inputs import check_input

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "LAYER_NAME",
    "only_layer",
    "read_polygons",
    "reading_vector",
    "vector_file",
    "vector_layers",
]

LAYER_NAME = "|layername="
"""What stands between a file and the name of one of its layers, as in QGIS."""


def vector_file(path: str | os.PathLike[str]) -> str:
    """Return the file of ``FILE|layername=NAME``."""
    return os.fspath(path).partition(LAYER_NAME)[0]


@contextmanager
def reading_vector(path: str | os.PathLike[str], what: str = "a vector file") -> Iterator[None]:
    """Read a vector file inside: GDAL's warnings go unheard, its errors become one line.

    Parameters
    ----------
    path
        The file, checked first.
    what
        What it should have been, for the message.

    Raises
    ------
    InputError
        If it isn't there, is empty, or something inside can't read it.
    """
    check_input(path)
    try:
        with warnings.catch_warnings():
            # That M is dropped, that a name ends otherwise: nobody here asks for it.
            warnings.filterwarnings("ignore", module="pyogrio")
            yield
    except RailmapError:
        raise
    except Exception as error:
        # Whatever GDAL, pyogrio, shapely or SQLite raise: the file is at fault.
        raise InputError(
            f"{os.fspath(path)}: can't be read as {what}: it is damaged or of another kind"
        ) from error


def vector_layers(path: str | os.PathLike[str], what: str = "a vector file") -> dict[str, str]:
    """Return the geometry type by name of a file's layers that have geometries; "" if any.

    Raises
    ------
    InputError
        If it can't be read.
    """
    import pyogrio

    with reading_vector(path, what):
        found = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    some = ("Unknown", "Geometry", "GeometryCollection")
    return {
        name: "" if str(kind).startswith(some) else str(kind)
        for name, kind in found
        if kind is not None
    }


def only_layer(path: str | os.PathLike[str], kind: str, what: str) -> str:
    """Name the one layer of a file whose geometries are, or else may be, of a kind.

    Parameters
    ----------
    kind
        ``Polygon`` or ``LineString``; their multiples count too.
    what
        What is wanted, for the message: "polygon" or "line".

    Raises
    ------
    InputError
        If it can't be read, or has none or several.
    """
    layers = vector_layers(path)
    names = [name for name, found in layers.items() if kind in found]
    names = names or [name for name, found in layers.items() if not found]
    if not names:
        raise InputError(f"{os.fspath(path)}: has no {what}s")
    if len(names) > 1:
        raise InputError(
            f"{os.fspath(path)}: has several {what} layers ({', '.join(names)});"
            f" name one as {os.fspath(path)}{LAYER_NAME}{names[0]}"
        )
    return names[0]


def read_polygons(path: str | os.PathLike[str]) -> gpd.GeoSeries:
    """Read the polygons of a file, from its one layer of them or that of ``FILE|layername=NAME``.

    Raises
    ------
    InputError
        If it can't be read, or has no layer of polygons or several.
    """
    import geopandas as gpd

    file, _, named = os.fspath(path).partition(LAYER_NAME)
    name = named or only_layer(file, "Polygon", "polygon")
    if named and named not in (layers := vector_layers(file)):
        raise InputError(f"{file}: has no layer {named!r}, only {', '.join(layers)}")
    with reading_vector(file, "polygons"):
        frame = gpd.read_file(file, layer=name)
    series = frame.geometry
    series = series[series.geom_type.isin(["Polygon", "MultiPolygon", "GeometryCollection"])]
    if series.empty:
        raise InputError(f"{file}: has no polygons")
    return series
