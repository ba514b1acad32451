"""Segments of a horizontal alignment, and their geometry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from railmap.publishing.exchange.alignment.true_curves import TrueCurve
from railmap.publishing.exchange.ifc.model import Model

__all__ = ["add_horizontal"]

# Directions and curvatures that are closer than these are the same.
_SAME_HEADING = 1e-5
_SAME_CURVATURE = 1e-9


def add_horizontal(
    model: Model, context: Any, alignment: Any, key: str, curves: Sequence[TrueCurve]
) -> Any:
    """Give an alignment its horizontal layout and its curve; return the ``IfcCompositeCurve``.

    The segments of the layout share their ``IfcCurveSegment`` with the curve. The last segment of
    both has no length, as the standard demands.
    """
    last = curves[-1]
    x, y = (float(v) for v in last.points(last.length)[0])
    end = TrueCurve("LINE", x, y, last.heading_at(last.length), 0.0)
    layout = model.rooted("IfcAlignmentHorizontal", key)
    segments, pieces = [], []
    for number, (curve, following) in enumerate(pairwise([*curves, end, None])):
        if curve is None:
            continue
        piece = _piece(model, curve, _transition(curve, following))
        segments.append(_segment(model, context, f"{key} {number}", number, curve, piece))
        pieces.append(piece)
    model.relate("IfcRelNests", f"{key} layout", RelatingObject=alignment, RelatedObjects=[layout])
    model.relate("IfcRelNests", f"{key} segments", RelatingObject=layout, RelatedObjects=segments)
    whole = model.add("IfcCompositeCurve", pieces, False)
    alignment.Representation = model.shape(context, "Curve2D", [whole])
    return whole


def _segment(
    model: Model, context: Any, key: str, number: int, curve: TrueCurve, piece: Any
) -> Any:
    radii = [1 / k if k else 0.0 for k in (curve.start_curvature, curve.end_curvature)]
    design = model.add(
        "IfcAlignmentHorizontalSegment",
        StartPoint=model.point(curve.x, curve.y),
        StartDirection=curve.heading % math.tau,
        StartRadiusOfCurvature=radii[0],
        EndRadiusOfCurvature=radii[1],
        SegmentLength=curve.length,
        PredefinedType=curve.kind,
    )
    return model.rooted(
        "IfcAlignmentSegment",
        key,
        Name=f"H{number + 1}",
        ObjectPlacement=model.placement(model.east, model.north),
        Representation=model.shape(context, "Segment", [piece]),
        DesignParameters=design,
    )


def _piece(model: Model, curve: TrueCurve, transition: str) -> Any:
    place = model.add(
        "IfcAxis2Placement2D", model.point(curve.x, curve.y), model.direction(curve.heading)
    )
    start, length = 0.0, curve.length
    if curve.kind == "LINE":
        origin = model.add("IfcCartesianPoint", (0.0, 0.0))
        along = model.add("IfcVector", model.add("IfcDirection", (1.0, 0.0)), 1.0)
        parent = model.add("IfcLine", origin, along)
    elif curve.kind == "CIRCULARARC":
        parent = model.add("IfcCircle", _axes(model), abs(1 / curve.start_curvature))
        length = math.copysign(length, curve.start_curvature)  # + left
    else:
        # Curvature of the parent is s / (A |A|).
        change = curve.end_curvature - curve.start_curvature
        constant = math.copysign(math.sqrt(length / abs(change)), change)
        parent = model.add("IfcClothoid", _axes(model), constant)
        start = curve.start_curvature * length / change
    measures = [model.add("IfcLengthMeasure", value) for value in (start, length)]
    return model.add("IfcCurveSegment", transition, place, *measures, parent)


def _axes(model: Model) -> Any:
    origin = model.add("IfcCartesianPoint", (0.0, 0.0))
    return model.add("IfcAxis2Placement2D", origin, model.add("IfcDirection", (1.0, 0.0)))


def _transition(curve: TrueCurve, following: TrueCurve | None) -> str:
    if following is None:
        return "DISCONTINUOUS"
    turn = following.heading - curve.heading_at(curve.length)
    if abs(math.remainder(turn, math.tau)) > _SAME_HEADING:
        return "CONTINUOUS"
    if abs(following.start_curvature - curve.end_curvature) > _SAME_CURVATURE:
        return "CONTSAMEGRADIENT"
    return "CONTSAMEGRADIENTSAMECURVATURE"
