"""Vertical alignments: their segments, and the gradient curves over the horizontal one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from railmap.publishing.exchange.alignment.alignments import Alignment
from railmap.publishing.exchange.alignment.true_curves import true_curves
from railmap.publishing.exchange.alignment.vertical import VerticalPart, vertical_runs
from railmap.publishing.exchange.ifc.model import Model

__all__ = ["Axes", "add_vertical"]

Floats = NDArray[np.float64]

_SAME_GRADIENT = 1e-5
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, slots=True)
class Axes:
    """Contexts of representations of IFC.

    Parameters
    ----------
    axis, footprint
        Subcontexts of curves in space, and of their plan.
    """

    axis: Any
    footprint: Any


def add_vertical(model: Model, axes: Axes, alignment: Alignment, entity: Any, plan: Any) -> None:
    """Give an alignment its vertical layouts; nothing without heights.

    An alignment with heights from one end to the other, or on one stretch, has one
    ``IfcAlignmentVertical``, and its axis is an ``IfcGradientCurve``. Each of several stretches is
    an ``IfcAlignment`` of its own, a part of the whole, as the standard demands where a horizontal
    layout is used again.

    Parameters
    ----------
    model
        The file.
    axes
        Contexts of its representations.
    alignment, entity
        The alignment, and its ``IfcAlignment``.
    plan
        Its horizontal curve.
    """
    runs = list(vertical_runs(alignment.profile))
    drawn, along = _lengths(alignment)
    parts = [[_stretched(part, drawn, along) for part in run] for run in runs]
    key = alignment.object_id
    if len(parts) == 1:
        layout, curve = _layout(model, axes, f"{key} vertical", parts[0], plan)
        nest = next(one for one in entity.IsNestedBy if _is_layout(one))
        nest.RelatedObjects = [*nest.RelatedObjects, layout]
        shape = entity.Representation.Representations[0]
        shape.ContextOfItems, shape.RepresentationIdentifier = axes.footprint, "FootPrint"
        space = model.add("IfcShapeRepresentation", axes.axis, "Axis", "Curve3D", [curve])
        entity.Representation.Representations = [shape, space]
        return
    children = []
    for number, run in enumerate(parts, 1):
        name = f"{key} vertical {number}"
        layout, curve = _layout(model, axes, name, run, plan)
        child = model.rooted(
            "IfcAlignment",
            name,
            Name=f"{alignment.name}, heights {number}",
            ObjectPlacement=entity.ObjectPlacement,
            Representation=model.shape(axes.axis, "Curve3D", [curve]),
        )
        model.relate("IfcRelNests", f"{name} layout", RelatingObject=child, RelatedObjects=[layout])
        children.append(child)
    model.relate(
        "IfcRelAggregates", f"{key} heights", RelatingObject=entity, RelatedObjects=children
    )


def _is_layout(nest: Any) -> bool:
    """Return whether a relation nests the layouts of an alignment, not its referents."""
    return bool(nest.RelatedObjects[0].is_a("IfcAlignmentHorizontal"))


def _lengths(alignment: Alignment) -> tuple[Floats, Floats]:
    """Metres along the drawn line and along the exact curves, at the ends of the elements."""
    drawn, along = [0.0], [0.0]
    for element in alignment.elements:
        drawn.append(float(element.xys[-1, 2]))
        along.append(along[-1] + sum(curve.length for curve in true_curves(element)))
    return np.array(drawn), np.array(along)


def _stretched(part: VerticalPart, drawn: Floats, along: Floats) -> VerticalPart:
    """Return a part along the exact curves; its heights are kept, its gradients follow."""
    first, last = (float(np.interp(m, drawn, along)) for m in (part.first, part.last))
    share = part.length / (last - first)
    return VerticalPart(
        first, last, part.height, part.start_gradient * share, part.end_gradient * share
    )


def _layout(
    model: Model, axes: Axes, key: str, parts: Sequence[VerticalPart], plan: Any
) -> tuple[Any, Any]:
    """Add a vertical layout; return it and its gradient curve."""
    layout = model.rooted("IfcAlignmentVertical", key)
    last = parts[-1]
    end = VerticalPart(last.last, last.last, last.end_height, last.end_gradient, last.end_gradient)
    segments, pieces = [], []
    for number, (part, following) in enumerate(
        zip([*parts, end], [*parts[1:], end, None], strict=True), 1
    ):
        piece = _piece(model, part, following)
        segments.append(_segment(model, axes, f"{key} {number}", number, part, piece))
        pieces.append(piece)
    model.relate("IfcRelNests", f"{key} segments", RelatingObject=layout, RelatedObjects=segments)
    return layout, model.add("IfcGradientCurve", pieces, False, plan, None)


def _segment(
    model: Model, axes: Axes, key: str, number: int, part: VerticalPart, piece: Any
) -> Any:
    bent = part.length > 0 and part.is_parabola
    change = part.end_gradient - part.start_gradient
    design = model.add(
        "IfcAlignmentVerticalSegment",
        StartDistAlong=part.first,
        HorizontalLength=part.length,
        StartHeight=part.height,
        StartGradient=part.start_gradient,
        EndGradient=part.end_gradient if bent else part.start_gradient,
        RadiusOfCurvature=part.length / change if bent else None,
        PredefinedType="PARABOLICARC" if bent else "CONSTANTGRADIENT",
    )
    return model.rooted(
        "IfcAlignmentSegment",
        key,
        Name=f"V{number}",
        ObjectPlacement=model.placement(model.east, model.north),
        Representation=model.shape(axes.axis, "Segment", [piece]),
        DesignParameters=design,
    )


def _piece(model: Model, part: VerticalPart, following: VerticalPart | None) -> Any:
    start = model.add("IfcCartesianPoint", (part.first, part.height))
    place = model.add("IfcAxis2Placement2D", start, model.direction(math.atan(part.start_gradient)))
    if part.length > 0 and part.is_parabola:
        bend = (part.end_gradient - part.start_gradient) / part.length / 2
        origin = model.add("IfcCartesianPoint", (0.0, 0.0))
        axes = model.add("IfcAxis2Placement2D", origin, model.add("IfcDirection", (1.0, 0.0)))
        # the placement of the segment turns its start into x, so the polynomial has its gradient
        parent = model.add(
            "IfcPolynomialCurve", axes, (0.0, 1.0), (0.0, part.start_gradient, bend), None
        )
        slopes = part.start_gradient + bend * part.length * (_NODES + 1)
        length = float(np.hypot(1.0, slopes) @ _WEIGHTS) * part.length / 2
    else:
        origin = model.add("IfcCartesianPoint", (0.0, 0.0))
        parent = model.add("IfcLine", origin, model.add("IfcVector", model.direction(0.0), 1.0))
        length = part.length * math.hypot(1.0, part.start_gradient)
    measures = [model.add("IfcLengthMeasure", value) for value in (0.0, length)]
    return model.add("IfcCurveSegment", _transition(part, following), place, *measures, parent)


def _transition(part: VerticalPart, following: VerticalPart | None) -> str:
    if following is None:
        return "DISCONTINUOUS"
    kink = abs(following.start_gradient - part.end_gradient) > _SAME_GRADIENT
    return "CONTINUOUS" if kink else "CONTSAMEGRADIENT"
