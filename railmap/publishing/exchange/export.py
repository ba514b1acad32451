"""Export a map in the format of another program, selected by the suffix."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError

from railmap.errors import Option, OutputError, UsageError
from railmap.files.output import atomic_output, check_output
from railmap.mapping.store.reader import Map, read_map
from railmap.publishing.exchange.dxf import write_dxf
from railmap.publishing.exchange.events_csv import write_events
from railmap.publishing.exchange.features import feature_layer, write_flatgeobuf, write_geojson
from railmap.publishing.exchange.landxml import write_landxml
from railmap.publishing.exchange.osm import write_osm
from railmap.publishing.exchange.qgis_project import write_qgis_project
from railmap.publishing.file_names import without_paths

__all__ = ["EXPORT_SUFFIXES", "export_map"]

_MAP_WRITERS: dict[str, tuple[Callable[[Map, Path], int], str]] = {
    ".osm": (write_osm, "ways"),
    ".dxf": (write_dxf, "polylines"),
    ".xml": (write_landxml, "alignments"),
}
_LAYER_WRITERS: dict[str, Callable[[Map, str, Path], int]] = {
    ".geojson": write_geojson,
    ".json": write_geojson,
    ".fgb": write_flatgeobuf,
}
EXPORT_SUFFIXES = (*_LAYER_WRITERS, *_MAP_WRITERS, ".csv", ".qgz")


def export_map(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    layer: str | None = None,
    overwrite: bool = False,
    keep_paths: bool = False,
) -> str:
    """Write a map as GeoJSON, FlatGeobuf, OSM XML, DXF, LandXML, CSV or a QGIS project.

    Parameters
    ----------
    path
        The map.
    output
        The file to write: ``.geojson``, ``.fgb``, ``.osm``, ``.dxf``, ``.xml`` (LandXML),
        ``.csv`` (events) or ``.qgz``.
    layer
        For GeoJSON and FlatGeobuf, the layer (by default ``railway_link``); for CSV, the event
        layer (by default all).
    overwrite
        Whether `output` may replace an existing file.
    keep_paths
        Write paths as they are in the map; by default only file names, see `without_paths`.

    Returns
    -------
    str
        What was written, such as ``"12 ways"``.

    Raises
    ------
    UsageError
        If the suffix is not one of these, or the map has no such layer.
    MapError
        If the map cannot be read.
    OutputError
        If the file exists, is the map, or cannot be written.
    MissingExtraError
        If the format needs an extra that is not installed.
    """
    target = Path(output)
    suffix = target.suffix.lower()
    if suffix not in EXPORT_SUFFIXES:
        raise UsageError(f"{target}: no export to {suffix!r}; use {', '.join(EXPORT_SUFFIXES)}")
    if layer is not None and suffix not in (*_LAYER_WRITERS, ".csv"):
        raise UsageError(Option("layer"), f" is for GeoJSON, FlatGeobuf and CSV, not for {suffix}")
    check_output(target, overwrite=overwrite, inputs=[path])
    content = read_map(path) if keep_paths else without_paths(read_map(path))
    name = layer or "railway_link"
    if suffix in _LAYER_WRITERS:
        feature_layer(content, name)
    with atomic_output(target, overwrite=overwrite, inputs=[path]) as partial:
        try:
            if suffix in _LAYER_WRITERS:
                return f"{_LAYER_WRITERS[suffix](content, name, partial)} features of {name}"
            if suffix == ".csv":
                return write_events(content, partial, name=layer)
            if suffix == ".qgz":
                return f"{write_qgis_project(content, partial, target)} layers"
            write, unit = _MAP_WRITERS[suffix]
            return f"{write(content, partial)} {unit}"
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            reason = error.strerror or str(error)
            raise OutputError(f"{target}: cannot be written ({reason})") from error
        except (DataSourceError, DataLayerError) as error:
            raise OutputError(f"{target}: cannot be written; check the free disk space") from error
