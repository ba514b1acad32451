"""Write events as CSV: one row for each defect, scene, milestone, issue or user event."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from railmap.errors import UsageError
from railmap.mapping.attach.user_layers import read_user_layers
from railmap.mapping.schema import GEOMETRY_COLUMN
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.features import plain_columns
from railmap.publishing.exchange.lonlat import to_lonlat
from railmap.publishing.exchange.safe_text import is_formula, no_formula

__all__ = ["EVENT_LAYERS", "write_events"]

EVENT_LAYERS = ("defect", "defect_area", "scene_event", "milestone", "qa_issue")
# Other layers with a position on the tracks, and their name in the summary.
_OTHERS = {"milestone": "posts", "qa_issue": "issues"}
_PLACE = ("event_layer", "lon", "lat", "x", "y", "line_ref", "position_km")


def write_events(content: Map, path: Path, *, name: str | None = None) -> str:
    """Write the events of one layer or of all layers; return their numbers as text.

    Columns: the layer, longitude and latitude (WGS 84, 9 decimals), x and y (metres in the
    map's CRS; the midpoint of lines and areas), the line's ref and kilometre if the event has
    them, then every column of the layers. A column of a user layer with the name of one of the
    first columns is written as ``own_…``. Missing values are empty. Text that a spreadsheet would
    run as a formula gets an apostrophe, which the returned text states.

    Parameters
    ----------
    content
        The map.
    path
        The CSV file to write.
    name
        Event layer; None writes all.

    Raises
    ------
    UsageError
        If `name` is not an event layer of the map.
    """
    present = _event_layers(content)
    if name is not None and name not in present:
        raise UsageError(f"{content.path}: no event layer {name}; it has {', '.join(present)}")
    wanted = list(present) if name is None else [name]
    columns = list(_PLACE)
    for entry in wanted:
        columns += [
            column for column in present[entry] if column not in (*columns, GEOMETRY_COLUMN)
        ]
    counts = dict.fromkeys(("events", *_OTHERS.values()), 0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\r\n")
        writer.writerow({column: no_formula(column) for column in columns})
        quoted = sum(map(is_formula, columns))
        for entry in wanted:
            for record in _records(content, entry, present[entry]):
                for key, value in record.items():
                    if isinstance(value, float) and math.isnan(value):
                        record[key] = None
                    if isinstance(value, str) and is_formula(value):
                        record[key] = no_formula(value)
                        quoted += 1
                writer.writerow(record)
                counts[_OTHERS.get(entry, "events")] += 1
    numbers = [f"{count} {unit}" for unit, count in counts.items() if count or unit == "events"]
    text = ", ".join(numbers)
    return f"{text}; {quoted} cells that begin like a formula got a ' before" if quoted else text


def _event_layers(content: Map) -> dict[str, gpd.GeoDataFrame]:
    """Return the event layers by name: those of the schema, then user layers."""
    out: dict[str, gpd.GeoDataFrame] = {
        entry: content.layers[entry] for entry in EVENT_LAYERS if entry in content.layers
    }
    for layer, frame in read_user_layers(content):
        # Columns of the user must not be confused with the position that is written.
        taken = {*frame.columns, *_PLACE}
        renamed: dict[str, str] = {}
        for column in frame.columns:
            if column in _PLACE:
                renamed[column] = f"own_{column}"
                while renamed[column] in taken:
                    renamed[column] = f"own_{renamed[column]}"
                taken.add(renamed[column])
        out[layer.name] = frame.rename(columns=renamed)
    return out


def _records(content: Map, name: str, frame: gpd.GeoDataFrame) -> list[dict[str, object]]:
    table = plain_columns(frame).astype(object)
    table = table.where(table.notna(), None)
    records: list[dict[str, object]] = table.to_dict("records")  # type: ignore[assignment]
    if "line_id" in table.columns:
        lines = content.layers.get("railway_line")
        refs = {} if lines is None else dict(zip(lines["line_id"], lines["ref"], strict=True))
        for record in records:
            ref = refs.get(record["line_id"])
            record["line_ref"] = None if pd.isna(ref) else ref
    if "line_m" in table.columns:
        for record, value in zip(records, table["line_m"], strict=True):
            record["position_km"] = None if pd.isna(value) else _decimal(value / 1000, 6)
    for record in records:
        record["event_layer"] = name
    shapes = frame.geometry.to_numpy()
    placed = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if placed.size:
        xy = shapely.get_coordinates([_middle(shapes[row]) for row in placed])
        lonlat = to_lonlat(content.crs, xy)
        for row, (x, y), (lon, lat) in zip(placed.tolist(), xy, lonlat, strict=True):
            records[row] |= {
                "x": _decimal(x, 4),
                "y": _decimal(y, 4),
                "lon": _decimal(lon, 9),
                "lat": _decimal(lat, 9),
            }
    return records


def _decimal(value: float, digits: int) -> str | None:
    """Return a number as text; None if it is not finite, as of a place outside the CRS."""
    return f"{value:.{digits}f}" if math.isfinite(value) else None


def _middle(shape: shapely.Geometry) -> shapely.Geometry:
    if shape.geom_type == "Point":
        return shape
    if shape.geom_type == "LineString":
        return shape.interpolate(0.5, normalized=True)
    return shape.representative_point()
