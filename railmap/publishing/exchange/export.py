"""Export a map in the format of another program, selected by the suffix."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError

from railmap.errors import Option, OutputError, UsageError, one_line
from railmap.files.file_set import atomic_files, check_files
from railmap.files.output import atomic_output
from railmap.mapping.store.reader import Map, read_map
from railmap.progress import NullReporter, Reporter
from railmap.publishing.exchange.alignment.alignments import alignment_losses
from railmap.publishing.exchange.dxf.document import write_dxf
from railmap.publishing.exchange.events_csv import write_events
from railmap.publishing.exchange.features import feature_layer, write_flatgeobuf
from railmap.publishing.exchange.geojson import write_geojson
from railmap.publishing.exchange.geopackage import write_geopackage
from railmap.publishing.exchange.ifc.document import ifc_losses, write_ifc
from railmap.publishing.exchange.kml import KML_LOSSES, write_kml
from railmap.publishing.exchange.landxml.document import write_landxml
from railmap.publishing.exchange.origin import origin_of
from railmap.publishing.exchange.osm import write_osm
from railmap.publishing.exchange.parquet import PARQUET_LOSSES, write_parquet
from railmap.publishing.exchange.qgis_project import write_qgis_project
from railmap.publishing.exchange.rinf.document import rinf_losses, write_rinf
from railmap.publishing.exchange.shapefile import (
    SHAPEFILE_PARTS,
    shapefile_losses,
    write_shapefile,
)
from railmap.publishing.exchange.sidecar import sidecar_of, write_sidecar
from railmap.publishing.file_names import without_paths

__all__ = ["EXPORT_SUFFIXES", "LINE_SUFFIXES", "export_map", "write_lines"]

_MAP_WRITERS: dict[str, tuple[Callable[[Map, Path], int], str]] = {
    ".osm": (write_osm, "ways"),
    ".dxf": (write_dxf, "centrelines"),
    ".xml": (write_landxml, "alignments"),
    ".ifc": (write_ifc, "alignments"),
    ".ttl": (write_rinf, "tracks"),
}
_LAYER_WRITERS: dict[str, Callable[[Map, str, Path], int]] = {
    ".geojson": write_geojson,
    ".json": write_geojson,
    ".fgb": write_flatgeobuf,
    ".kml": write_kml,
    ".parquet": write_parquet,
}
# What a format loses that a user may miss.
_LOSSES: dict[str, Callable[[Map, str], Sequence[str]]] = {
    ".shp": shapefile_losses,
    ".kml": lambda *_: KML_LOSSES,
    ".parquet": lambda *_: PARQUET_LOSSES,
    ".xml": alignment_losses,
    ".ifc": ifc_losses,
    ".ttl": rinf_losses,
}
_LAYER_SUFFIXES = (*_LAYER_WRITERS, ".shp")
LINE_SUFFIXES = (*_LAYER_WRITERS, ".osm", ".dxf", ".xml")
EXPORT_SUFFIXES = (*_LAYER_WRITERS, *_MAP_WRITERS, ".shp", ".gpkg", ".csv", ".qgz")


def export_map(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    layer: str | None = None,
    overwrite: bool = False,
    keep_paths: bool = False,
    reporter: Reporter | None = None,
) -> str:
    """Write a map in a format of another program; the suffix of `output` chooses it.

    Licences and origin are in the file, or in one beside it where the format has no place: of a
    CSV ``NAME.csv-metadata.json``, of a Shapefile ``NAME.shp.txt``.

    Parameters
    ----------
    path
        The map.
    output
        The file to write: ``.geojson``, ``.fgb``, ``.kml``, ``.parquet`` (GeoParquet), ``.shp``,
        ``.gpkg`` (the whole map), ``.osm``, ``.dxf``, ``.xml`` (LandXML), ``.ifc`` (IFC 4.3),
        ``.ttl`` (RINF), ``.csv`` (events) or ``.qgz``.
    layer
        For the formats of one layer, from GeoJSON to Shapefile, the layer (by default
        ``railway_link``); for CSV, the event layer (by default all).
    overwrite
        Whether `output` may replace an existing file.
    keep_paths
        Write paths as they are in the map; by default only file names, see `without_paths`.
    reporter
        Receives a warning of what the format loses.

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
    if layer is not None and suffix not in (*_LAYER_SUFFIXES, ".csv"):
        fitting = ", ".join((*_LAYER_SUFFIXES, ".csv"))
        raise UsageError(Option("layer"), f" is for {fitting}, not for {suffix}")
    beside = _beside(target)
    check_files(target, beside, overwrite=overwrite, inputs=[path])
    content = read_map(path) if keep_paths else without_paths(read_map(path))
    name = layer or "railway_link"
    if suffix in _LAYER_SUFFIXES:
        feature_layer(content, name)
    said = _write_whole(content, path, target, beside, layer, overwrite)
    # Not before: a format whose extra is missing loses nothing.
    for text in _LOSSES[suffix](content, name) if suffix in _LOSSES else ():
        (reporter or NullReporter()).warning(f"{target.name}: {text}")
    return said


def _write_whole(
    content: Map,
    path: str | os.PathLike[str],
    target: Path,
    beside: Sequence[Path],
    layer: str | None,
    overwrite: bool,
) -> str:
    if not beside:
        with (
            atomic_output(target, overwrite=overwrite, inputs=[path]) as partial,
            _writing(target),
        ):
            return _write(content, partial, target, layer)
    with (
        atomic_files(target, beside, overwrite=overwrite, inputs=[path]) as folder,
        _writing(target),
    ):
        said = _write(content, folder / target.name, target, layer)
        write_sidecar(folder / target.name, origin_of(content))
        return said


def _write(content: Map, path: Path, target: Path, layer: str | None) -> str:
    """Write to `path` what becomes `target`; return what was written."""
    suffix, name = target.suffix.lower(), layer or "railway_link"
    if suffix == ".csv":
        return write_events(content, path, name=layer)
    if suffix == ".qgz":
        return f"{write_qgis_project(content, path, target)} layers"
    if suffix == ".gpkg":
        return f"{write_geopackage(content, path)} layers"
    if suffix == ".shp":
        return f"{write_shapefile(content, name, path)} features of {name}"
    return _write_lines(content, name, path, suffix)


def _beside(target: Path) -> list[Path]:
    """Return the files that are written beside an export."""
    parts = SHAPEFILE_PARTS if target.suffix.lower() == ".shp" else ()
    out = [target.with_suffix(part) for part in parts]
    sidecar = sidecar_of(target)
    return out if sidecar is None else [*out, sidecar]


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
