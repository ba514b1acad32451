"""Export a map in the format of another program, selected by the suffix."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError

from railmap.errors import Option, OutputError, UsageError, one_line
from railmap.files.output import atomic_output, check_output
from railmap.mapping.store.reader import Map, read_map
from railmap.publishing.exchange.dxf import write_dxf
from railmap.publishing.exchange.events_csv import write_events
from railmap.publishing.exchange.features import feature_layer, write_flatgeobuf
from railmap.publishing.exchange.geojson import write_geojson
from railmap.publishing.exchange.landxml import write_landxml
from railmap.publishing.exchange.osm import write_osm
from railmap.publishing.exchange.qgis_project import write_qgis_project
from railmap.publishing.file_names import without_paths

__all__ = ["EXPORT_SUFFIXES", "LINE_SUFFIXES", "export_map", "write_lines"]

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
LINE_SUFFIXES = (*_LAYER_WRITERS, *_MAP_WRITERS)
EXPORT_SUFFIXES = (*LINE_SUFFIXES, ".csv", ".qgz")


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
    with atomic_output(target, overwrite=overwrite, inputs=[path]) as partial, _writing(target):
        if suffix == ".csv":
            return write_events(content, partial, name=layer)
        if suffix == ".qgz":
            return f"{write_qgis_project(content, partial, target)} layers"
        return _write_lines(content, name, partial, suffix)


def write_lines(
    content: Map, layer: str, output: str | os.PathLike[str], *, overwrite: bool = False
) -> str:
    """Write a map in memory; the suffix is one of `LINE_SUFFIXES`.

    Parameters
    ----------
    content
        The map; its file is an input that the output may not replace.
    layer
        The layer for GeoJSON and FlatGeobuf; the other formats take links and nodes.
    output
        The file to write.
    overwrite
        Whether `output` may replace an existing file.

    Returns
    -------
    str
        What was written, such as ``"1 ways"``.

    Raises
    ------
    OutputError
        If the file exists, is the map, or cannot be written.
    MissingExtraError
        If the format needs an extra that is not installed.
    """
    target = Path(output)
    inputs = [content.path]
    with atomic_output(target, overwrite=overwrite, inputs=inputs) as partial, _writing(target):
        return _write_lines(content, layer, partial, target.suffix.lower())


def _write_lines(content: Map, layer: str, partial: Path, suffix: str) -> str:
    if suffix in _LAYER_WRITERS:
        return f"{_LAYER_WRITERS[suffix](content, layer, partial)} features of {layer}"
    write, unit = _MAP_WRITERS[suffix]
    return f"{write(content, partial)} {unit}"


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Turn errors of the writers into one line."""
    try:
        yield
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        reason = error.strerror or str(error)
        raise OutputError(f"{target}: cannot be written ({reason})") from error
    except (DataSourceError, DataLayerError) as error:
        raise OutputError(
            f"{target}: cannot be written ({one_line(error)}); check the free disk space"
        ) from error
