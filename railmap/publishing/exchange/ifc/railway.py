"""The railway with its track and turnouts in the spatial structure."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import shapely

from railmap.mapping.store.reader import Map
from railmap.publishing.exchange.alignment.vertical import node_heights
from railmap.publishing.exchange.ifc.model import Model

__all__ = ["add_railway"]

_TURNOUTS = ("switch", "railway_crossing")


def add_railway(model: Model, content: Map, project: Any, alignments: list[Any]) -> None:
    """Add site, railway and two parts: track with the alignments, and turnouts and crossings."""
    here = model.placement(model.east, model.north)
    site = model.rooted("IfcSite", "site", Name="Site", ObjectPlacement=here)
    railway = model.rooted("IfcRailway", "railway", Name="Railway", ObjectPlacement=here)
    parts = [
        model.rooted(
            "IfcRailwayPart",
            kind,
            Name=name,
            ObjectPlacement=here,
            UsageType="LONGITUDINAL",
            PredefinedType=kind,
        )
        for kind, name in (("PLAINTRACK", "Track"), ("TURNOUTTRACK", "Turnouts and crossings"))
    ]
    for key, whole, pieces in (
        ("project", project, [site]),
        ("site", site, [railway]),
        ("railway", railway, parts),
    ):
        model.relate("IfcRelAggregates", key, RelatingObject=whole, RelatedObjects=pieces)
    model.relate(
        "IfcRelReferencedInSpatialStructure",
        "track",
        RelatedElements=alignments,
        RelatingStructure=parts[0],
    )
    stops, turnouts = _nodes(model, content)
    for part, things in zip(parts, (stops, turnouts), strict=True):
        model.relate(
            "IfcRelContainedInSpatialStructure",
            part.PredefinedType,
            RelatedElements=things,
            RelatingStructure=part,
        )


def _nodes(model: Model, content: Map) -> tuple[list[Any], list[Any]]:
    """Add buffer stops and turnouts; return both."""
    nodes = content.nodes
    nodes = nodes[shapely.get_type_id(nodes.geometry.to_numpy()) == 0]
    heights = node_heights(content)
    stops: list[Any] = []
    turnouts: list[Any] = []
    for row in nodes[~nodes.geometry.is_empty].itertuples():
        if row.railway in _TURNOUTS:
            turnouts.append(_turnout(model, row, heights.get(row.node_id, 0.0)))
        elif row.railway == "buffer_stop":
            stops.append(
                model.rooted(
                    "IfcTrackElement",
                    row.node_id,
                    Name=f"buffer stop {row.Index}",
                    ObjectPlacement=model.placement(
                        row.geom.x, row.geom.y, z=heights.get(row.node_id, 0.0)
                    ),
                    PredefinedType="VEHICLESTOP",
                )
            )
    return stops, turnouts


def _turnout(model: Model, row: Any, height: float) -> Any:
    kind = "switch" if row.railway == "switch" else "crossing"
    ref = next((str(v) for c in ("ref", "name") if not pd.isna(v := getattr(row, c, None))), None)
    heading = 90.0 if pd.isna(row.heading_deg) else float(row.heading_deg)
    turnout = model.rooted(
        "IfcElementAssembly",
        row.node_id,
        Name=ref or f"{kind} {row.Index}",
        ObjectType=kind,
        ObjectPlacement=model.placement(
            row.geom.x, row.geom.y, math.radians(90.0 - heading), height
        ),
        Tag=ref,
        PredefinedType="TURNOUTPANEL",
    )
    values: dict[str, Any] = {
        "NodeId": str(row.node_id),
        "TurnoutType": _known(row.turnout_type),
        "Side": _known(row.turnout_side),
    }
    for name, value in (("CrossingNumber", row.crossing_number), ("Accuracy", row.h_accuracy_m)):
        if not pd.isna(value):
            kind = "IfcLengthMeasure" if name == "Accuracy" else "IfcReal"
            values[name] = (kind, float(value))
    model.describe(turnout, row.node_id, "Railmap_Turnout", values)
    return turnout


def _known(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
