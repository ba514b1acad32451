"""Defects, scenes and events of the user."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from railmap.mapping.schema.route import ROUTE
from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.dxf.canvas import Canvas
from railmap.publishing.exchange.user_events import user_events

__all__ = ["add_events"]

_EVENTS = ("defect", "defect_area", "scene_event")
_CLASSES = ("class", "scene_class")
_IDS = ("defect_id", "event_id")


def add_events(canvas: Canvas, content: Map) -> None:
    """Insert a block for each event at a point, and draw those that are lines or areas.

    Each layer of events is a CAD layer. A route has no events.
    """
    if ROUTE.name in content.layers:
        return
    for name in _EVENTS:
        frame = content.layers.get(name)
        if isinstance(frame, gpd.GeoDataFrame):
            _add_layer(canvas, name, frame)
    for one in user_events(content):
        _add_layer(canvas, one.layer.name, one.frame)


def _add_layer(canvas: Canvas, name: str, frame: gpd.GeoDataFrame) -> None:
    layer = canvas.layer("EVENT", name)
    values = frame.drop(columns=frame.geometry.name).to_dict("records")
    for shape, row in zip(frame.geometry, values, strict=True):
        if shape is None or shape.is_empty:
            continue
        kind, ident = _first(row, _CLASSES), _first(row, _IDS)
        tags = {
            "KIND": name,
            "CLASS": kind,
            "SEVERITY": _first(row, ("severity",)),
            "EVENT_ID": ident,
        }
        drawn = canvas.outline(shape, layer)
        for point in shapely.get_parts(shape):
            if point.geom_type == "Point":
                drawn.append(canvas.insert("EVENT", (point.x, point.y), layer, 0.0, tags))
                if kind:
                    canvas.text(kind, (point.x, point.y), canvas.layer("EVENT_TEXT"))
        for entity in drawn:
            canvas.tag(entity, **{key.lower(): text for key, text in tags.items() if text})


def _first(row: dict[str, object], names: tuple[str, ...]) -> str:
    found = (row.get(name) for name in names)
    return next((str(v) for v in found if v is not None and not pd.isna(v)), "")
