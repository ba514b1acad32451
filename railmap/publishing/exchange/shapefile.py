"""Write a layer as Shapefile, and say what that loses."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio

from railmap.errors import OutputError, UsageError
from railmap.mapping.schema import Layer
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.features import feature_layer, plain_columns
from railmap.publishing.exchange.gdal_layer import gdal_columns

__all__ = ["SHAPEFILE_PARTS", "shapefile_losses", "write_shapefile"]

SHAPEFILE_PARTS = (".dbf", ".shx", ".prj", ".cpg")
"""Files beside the ``.shp``."""

_NAME_BYTES = 10
_TEXT_BYTES = 254
# Of a layer without geometries, which states its type all the same.
_EMPTY_KINDS = {"LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOLYGON": "MultiPolygon"}


def write_shapefile(content: Map, name: str, path: Path) -> int:
    """Write a layer as Shapefile in the map's CRS with M; return the number of features.

    Parameters
    ----------
    content
        The map.
    name
        The layer; its geometries are of one type.
    path
        The ``.shp`` to write, with its files beside it.

    Raises
    ------
    UsageError
        If the layer is missing, or has geometries of several types.
    OutputError
        If the disk does not give back what was written.
    """
    layer, frame = feature_layer(content, name)
    kind = _kind(content, layer, frame)
    if layer.measured == "required":
        kind = f"Measured {kind}"
    table = plain_columns(frame)
    table.columns = pd.Index(_short_names(list(table.columns)).values())
    wkb, data, columns, masks = gdal_columns(table, frame.geometry.to_numpy())
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        again = Path(folder) / path.name
        for file in (path, again):
            pyogrio.raw.write(
                file, wkb, data, columns, field_mask=masks, driver="ESRI Shapefile",
                geometry_type=kind, crs=content.crs.to_wkt(), encoding="UTF-8",
                DBF_DATE_LAST_UPDATE=_day(content),
            )  # fmt: skip
        _check_written(path, again, len(table))
    return len(table)


def _check_written(path: Path, again: Path, count: int) -> None:
    """Compare two copies and their sizes: GDAL does not report every failed write."""
    for suffix in (path.suffix, *SHAPEFILE_PARTS):
        first, second = path.with_suffix(suffix), again.with_suffix(suffix)
        if first.is_file() != second.is_file():
            raise OutputError(f"{path.name}: has lost its {suffix}; check the disk")
        if not first.is_file():
            continue
        content = first.read_bytes()
        if content != second.read_bytes() or not _is_whole(suffix, content, count):
            raise OutputError(f"{path.name}: its {suffix} is not what was written; check the disk")


def _is_whole(suffix: str, content: bytes, count: int) -> bool:
    """Return whether a part is as long as it says, and has an entry for each feature."""
    if suffix in (".shp", ".shx"):
        (words,) = struct.unpack_from(">i", content, 24) if len(content) >= 28 else (0,)
        whole = len(content) == 2 * words
        return whole and (suffix == ".shp" or len(content) == 100 + 8 * count)
    if suffix == ".dbf":
        rows, header, row = (
            struct.unpack_from("<IHH", content, 4) if len(content) > 12 else (0,) * 3
        )
        return bool(rows == count and len(content) - header - rows * row in (0, 1) and header)
    return len(content) > 0


def shapefile_losses(content: Map, name: str) -> list[str]:
    """Return what a layer loses as Shapefile, a sentence each."""
    _, frame = feature_layer(content, name)
    table = plain_columns(frame)
    cut = [
        f"{old} is {new}" for old, new in _short_names(list(table.columns)).items() if old != new
    ]
    said = ["Shapefile has no descriptions of columns and no permitted values"]
    if cut:
        said.append(f"names of columns have 10 characters: {', '.join(cut)}")
    long = sum(
        isinstance(value, str) and len(value.encode()) > _TEXT_BYTES
        for column in table.columns
        for value in table[column]
    )
    if long:
        said.append(f"{long} texts are cut off after {_TEXT_BYTES} bytes")
    return said


def _day(content: Map) -> str:
    """Return the day of the last run; GDAL would write that of the clock."""
    runs = content.layers["processing_run"]["started_at"].dropna()
    return f"{runs.max():%Y-%m-%d}" if len(runs) else "1970-01-01"


def _kind(content: Map, layer: Layer, frame: gpd.GeoDataFrame) -> str:
    found = sorted({str(one).removeprefix("Multi") for one in frame.geom_type.dropna()})
    if len(found) > 1:
        raise UsageError(
            f"{content.path}: {layer.name} has {' and '.join(found)}; a Shapefile holds one of "
            "them, so export it as .geojson or .gpkg"
        )
    if not found:
        return _EMPTY_KINDS.get(layer.geometry or "", "Point")
    (kind,) = found
    multi = bool(frame.geom_type.dropna().str.startswith("Multi").any())
    return f"Multi{kind}" if multi and kind != "LinearRing" else kind


def _short_names(names: list[str]) -> dict[str, str]:
    """Return names of at most 10 ASCII characters, each once in capitals or not."""
    out: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = "".join(one if one.isascii() and (one.isalnum() or one == "_") else "_"
                        for one in name)  # fmt: skip
        short, number = plain[:_NAME_BYTES] or "_", 0
        while short.lower() in taken:
            number += 1
            short = f"{plain[: _NAME_BYTES - len(str(number)) - 1]}_{number}"
        taken.add(short.lower())
        out[name] = short
    return out
