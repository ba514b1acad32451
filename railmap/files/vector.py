"""Read vector files; turn GDAL errors into railmap errors."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from railmap.errors import InputError, RailmapError, one_line
from railmap.files.inputs import check_input
from railmap.files.unfinished import roll_back_unfinished
from railmap.files.vector_kinds import check_vector_kind

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "LAYER_NAME",
    "describe_vector",
    "named_layer",
    "only_layer",
    "read_polygons",
    "reading_vector",
    "vector_file",
    "vector_layers",
]

LAYER_NAME = "|layername="
"""Separator between a file and the name of one of its layers, as in QGIS."""


def vector_file(path: str | os.PathLike[str]) -> str:
    """Return the file of ``FILE|layername=NAME``."""
    return os.fspath(path).partition(LAYER_NAME)[0]


@contextmanager
def reading_vector(path: str | os.PathLike[str], what: str = "a vector file") -> Iterator[None]:
    """Ignore GDAL's warnings in the block; turn its errors into one-line errors.

    Parameters
    ----------
    path
        The file, which is checked first.
    what
        The expected kind of file, for the message.

    Raises
    ------
    InputError
        If it is missing or empty, of another kind than its name says (see `check_vector_kind`),
        or reading it in the block fails.
    """
    check_input(path)
    roll_back_unfinished(Path(path))
    check_vector_kind(path, what)
    _fetch_no_schema()
    try:
        with warnings.catch_warnings():
            # Warnings about dropped M values and unusual suffixes are irrelevant here.
            warnings.filterwarnings("ignore", module="pyogrio")
            yield
    except RailmapError:
        raise
    except Exception as error:
        # Any error of GDAL, pyogrio, shapely or SQLite: the file is at fault.
        raise InputError(
            f"{os.fspath(path)}: cannot be read as {what}: it is damaged or of another format"
            f" ({one_line(error)[:300]})"
        ) from error


@cache
def _fetch_no_schema() -> None:
    """Keep GDAL from fetching the schema that a GML file names by an address."""
    import pyogrio

    pyogrio.set_gdal_config_options({"GML_DOWNLOAD_SCHEMA": False})


def vector_layers(path: str | os.PathLike[str], what: str = "a vector file") -> dict[str, str]:
    """Return the geometry type of each layer that has geometries, by name; "" if mixed.

    Raises
    ------
    InputError
        If it cannot be read.
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


def describe_vector(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Describe a vector file: number, type and CRS of the features of each layer, as plain values.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    import pyogrio

    layers = {}
    with reading_vector(path):
        for name, _ in pyogrio.list_layers(path):
            info = pyogrio.read_info(path, layer=name, force_feature_count=True)
            kind = info["geometry_type"] or "table"
            layers[str(name)] = f"{info['features']} x {kind}, {info['crs'] or 'no CRS'}"
    return {"kind": "vector file", "layers": layers}


def only_layer(path: str | os.PathLike[str], kind: str, what: str) -> str:
    """Return the name of the only layer with geometries of a type, or else of unknown type.

    Parameters
    ----------
    kind
        ``Polygon`` or ``LineString``; the multi types count too.
    what
        The word for it in messages: "polygon" or "line".

    Raises
    ------
    InputError
        If it cannot be read, or has no such layer or several.
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


def named_layer(file: str, name: str) -> str:
    """Return `name` if the file has a layer of that name.

    Raises
    ------
    InputError
        If it cannot be read, or has no such layer.
    """
    if name not in (layers := vector_layers(file)):
        raise InputError(f"{file}: has no layer {name!r}, only {', '.join(layers)}")
    return name


def read_polygons(path: str | os.PathLike[str]) -> gpd.GeoSeries:
    """Read polygons from the only polygon layer of a file, or from ``FILE|layername=NAME``.

    Raises
    ------
    InputError
        If it cannot be read, or has no polygon layer or several.
    """
    import geopandas as gpd

    file, _, named = os.fspath(path).partition(LAYER_NAME)
    name = named_layer(file, named) if named else only_layer(file, "Polygon", "polygon")
    with reading_vector(file, "polygons"):
        frame = gpd.read_file(file, layer=name)
    series = frame.geometry
    series = series[series.geom_type.isin(["Polygon", "MultiPolygon", "GeometryCollection"])]
    if series.empty:
        raise InputError(f"{file}: has no polygons")
    return series
