"""Events as CSV: a line a defect, scene, post or issue, with its place in every form."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from railmap.errors import UsageError
from railmap.mapping.reader import Map
from railmap.mapping.schema import layer as schema_layer
from railmap.publishing.features import plain_columns
from railmap.publishing.lonlat import to_lonlat

__all__ = ["EVENT_LAYERS", "write_events"]

EVENT_LAYERS = ("defect", "defect_area", "scene_event", "milestone", "qa_issue")
_PLACE = ("event_layer", "lon", "lat", "x", "y", "line_ref", "position_km")


def write_events(content: Map, path: Path, *, name: str | None = None) -> int:
    """Write the events of one layer, or of all that the map has; return how many.

    Columns: the layer, longitude and latitude (WGS 84, 9 decimals), x and y (metres of the map's
    CRS, of the middle of lines and areas), the line's ref and kilometre where the event has
    them, then every column of the layers.

    Raises
    ------
    UsageError
        If `name` isn't an event layer of the map.
    """
    present = [entry for entry in EVENT_LAYERS if entry in content.layers]
    if name is not None and name not in present:
        raise UsageError(f"{content.path}: no event layer {name}; it has {', '.join(present)}")
    wanted = present if name is None else [name]
    columns = list(_PLACE)
    for entry in wanted:
        columns += [
            column.name for column in schema_layer(entry).columns if column.name not in columns
        ]
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\r\n")
        writer.writeheader()
        for entry in wanted:
            for record in _records(content, entry):
                writer.writerow(record)
                rows += 1
    return rows


def _records(content: Map, name: str) -> list[dict[str, object]]:
    frame = content.layers[name]
    assert isinstance(frame, gpd.GeoDataFrame)
    table = plain_columns(frame).astype(object)
    table = table.where(table.notna(), None)
    if "line_id" in table.columns:
        lines = content.layers.get("railway_line")
        refs = {} if lines is None else dict(zip(lines["line_id"], lines["ref"], strict=True))
        table["line_ref"] = table["line_id"].map(refs).where(table["line_id"].notna(), None)
    if "line_m" in table.columns:
        table["position_km"] = [
            None if pd.isna(value) else f"{value / 1000:.6f}" for value in table["line_m"]
        ]
    records: list[dict[str, object]] = table.to_dict("records")  # type: ignore[assignment]
    for record in records:
        record["event_layer"] = name
    shapes = frame.geometry.to_numpy()
    seen = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if seen.size:
        xy = shapely.get_coordinates([_middle(shapes[row]) for row in seen])
        lonlat = to_lonlat(content.crs, xy)
        for row, (x, y), (lon, lat) in zip(seen.tolist(), xy, lonlat, strict=True):
            records[row] |= {
                "x": f"{x:.4f}",
                "y": f"{y:.4f}",
                "lon": f"{lon:.9f}",
                "lat": f"{lat:.9f}",
            }
    return records


def _middle(shape: shapely.Geometry) -> shapely.Geometry:
    if shape.geom_type == "Point":
        return shape
    if shape.geom_type == "LineString":
        return shape.interpolate(0.5, normalized=True)
    return shape.representative_point()
