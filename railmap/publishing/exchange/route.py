"""Find a route and write it as GeoPackage or in a format of `export`."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from railmap._version import __version__
from railmap.errors import OutputError, UsageError
from railmap.files.output import atomic_output, check_output
from railmap.mapping.gpkg.blobs import geometry_blob, line_m_blob, wkb_from_blob
from railmap.mapping.gpkg.package import GeoPackage, Row
from railmap.mapping.gpkg.srs import spatial_reference
from railmap.mapping.referencing.route import Reversal, Route, SwitchSetting, find_train_route
from railmap.mapping.referencing.stops import Stop
from railmap.mapping.schema import Layer, layer
from railmap.mapping.schema.ids import IdMaker
from railmap.mapping.schema.route import ROUTE, ROUTE_LINK, ROUTE_NODE
from railmap.mapping.store.access import explain
from railmap.mapping.store.licences import add_licence, read_licences
from railmap.mapping.store.reader import Map
from railmap.mapping.style.qml import layer_qml
from railmap.publishing.exchange.export import LINE_SUFFIXES, write_lines

__all__ = ["route_through_map", "write_route"]

# Columns of a row of `ROUTE_NODE`, and what has its place.
_Place = tuple[dict[str, Any], Stop | SwitchSetting | Reversal]

_SUFFIXES = (".gpkg", *LINE_SUFFIXES)


def route_through_map(
    path: str | os.PathLike[str],
    start: str,
    end: str,
    *,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    **options: Any,
) -> Route:
    """Find a route with `find_train_route`, and write it if `output` is given.

    Parameters
    ----------
    path, start, end
        The map, and the ends of the route.
    output
        File to write, see `write_route`.
    overwrite
        Whether `output` may replace an existing file.
    **options
        Further options of `find_train_route`.

    Raises
    ------
    UsageError, InputError, MapError
        As for `find_train_route`.
    OutputError, MissingExtraError
        As for `write_route`.
    """
    if output is not None:
        _check_suffix(Path(output))
        check_output(output, overwrite=overwrite, inputs=[path])
    route = find_train_route(path, start, end, **options)
    if output is not None:
        write_route(route, output, overwrite=overwrite)
    return route


def write_route(route: Route, output: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a route.

    Parameters
    ----------
    route
        The route.
    output
        A GeoPackage with the layers `ROUTE_LAYERS`; or the line in another format of `export`:
        ``.geojson``, ``.fgb``, ``.kml``, ``.parquet``, ``.osm``, ``.dxf`` or ``.xml``.
    overwrite
        Whether `output` may replace an existing file.

    Raises
    ------
    UsageError
        If the suffix is not one of these.
    OutputError
        If the file exists, is the map, or cannot be written.
    MissingExtraError
        If the format needs an extra that is not installed.
    """
    target = Path(output)
    _check_suffix(target)
    if target.suffix.lower() != ".gpkg":
        write_lines(_as_map(route), ROUTE.name, target, overwrite=overwrite)
        return
    reference = spatial_reference(route.content.crs)
    runs = route.content.layers["processing_run"]["started_at"].dropna()
    # The map's time, not the clock's: same input, same bytes.
    changed = runs.max().to_pydatetime() if len(runs) else datetime(1970, 1, 1, tzinfo=UTC)
    with atomic_output(target, overwrite=overwrite, inputs=[route.content.path]) as partial:
        try:
            with GeoPackage(partial, reference, changed, f"railmap {__version__}") as package:
                for entry, rows in _rows(route, reference.srs_id).items():
                    package.add_layer(entry, rows)
                    if qml := layer_qml(entry):
                        package.add_style(entry, qml)
                for licence in read_licences(route.content.path):
                    add_licence(package.sql, licence)
                package.commit()
        except sqlite3.Error as error:
            raise OutputError(f"{target}: {explain(error, 'cannot be written')}") from error


def _check_suffix(target: Path) -> None:
    if target.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"{target}: no route as {target.suffix!r}; use {', '.join(_SUFFIXES)}")


def _values(route: Route) -> dict[str, Any]:
    return {
        "start": route.start.text,
        "end": route.end.text,
        "length_m": route.length_m,
        "reversals": len(route.reversals),
        "links": len(route.links),
        "switches": len(route.switches),
        "train_length_m": route.train_length_m,
    }


def _rows(route: Route, srs_id: int) -> dict[Layer, list[Row]]:
    done = np.cumsum([0.0, *(passage.length_m for passage in route.links)])
    links: list[Row] = [
        (
            {
                "seq": seq,
                "link_id": passage.link_id,
                "m_from": passage.m_from,
                "m_to": passage.m_to,
                "route_m": done[seq],
            },
            None,
            None,
        )
        for seq, passage in enumerate(route.links)
    ]
    nodes: list[Row] = [
        (values | {"seq": seq}, *geometry_blob(srs_id, shapely.Point(x, y)))
        for seq, (values, x, y) in enumerate(_nodes(route))
    ]
    line = (_values(route), *line_m_blob(srs_id, route.xym))
    return {ROUTE: [line], ROUTE_LINK: links, ROUTE_NODE: nodes}


def _event_values(event: SwitchSetting | Reversal) -> dict[str, Any]:
    values: dict[str, Any] = {
        "kind": "switch" if isinstance(event, SwitchSetting) else "reversal",
        "node_id": event.node_id,
        "link_id": event.link_id,
        "route_m": event.route_m,
    }
    if isinstance(event, SwitchSetting):
        values |= {"leg": event.leg, "position": event.position, "facing": event.facing}
    return values


def _nodes(route: Route) -> list[tuple[dict[str, Any], float, float]]:
    """Return ends, switches and reversals in order of travel, with their x and y."""
    ends: list[_Place] = [
        ({"kind": kind, "node_id": stop.node_id, "link_id": stop.link_id, "route_m": m}, stop)
        for kind, stop, m in (("start", route.start, 0.0), ("end", route.end, route.length_m))
    ]
    between: list[_Place] = [(_event_values(event), event) for event in route.events()]
    return [(values, place.x, place.y) for values, place in (ends[0], *between, ends[1])]


def _as_map(route: Route) -> Map:
    """Return a map whose only link is the route, for the formats of `export`."""
    crs = route.content.crs
    blob, _ = line_m_blob(0, route.xym)
    line = shapely.from_wkb(wkb_from_blob(blob))
    name = IdMaker()("route", blob)
    values = dict.fromkeys(column.name for column in layer("railway_link").columns)
    values |= {"link_id": name, "start_node": f"{name} start", "end_node": f"{name} end"}
    values |= {"railway": "rail", "name": f"{route.start.text} to {route.end.text}"}
    values |= {"length_m": route.length_m}
    layers: dict[str, pd.DataFrame] = {
        name: route.content.layers[name].iloc[:0] for name in ("railway_node", "alignment_segment")
    }
    layers["processing_run"] = route.content.layers["processing_run"]
    for name, row in (("railway_link", values), (ROUTE.name, _values(route))):
        frame = pd.DataFrame([row], index=pd.Index([1], name="fid"))
        frame = frame.astype({key: "Int64" for key, value in row.items() if type(value) is int})
        layers[name] = gpd.GeoDataFrame(frame.assign(geom=[line]), geometry="geom", crs=crs)
    return Map(route.content.path, crs, layers)
